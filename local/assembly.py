"""The assembly: what `app.py` synthesized, read and resolved, or refused with all the reasons."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Formatter
from typing import Generic, TypeVar, cast

from pydantic import ValidationError

from local.errors import LaptopError
from local.intrinsics import Intrinsics
from local.json_value import Json
from local.resources import TYPES, ResourceProperties

P = TypeVar("P", bound=ResourceProperties)

_SECTIONS = {"AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Resources"}
_RESOURCE_KEYS = {
    "Type",
    "Properties",
    "DependsOn",  # everything is made in an order that suits its type
    "DeletionPolicy",  # everything ends with the laptop run
    "UpdateReplacePolicy",  # nothing is updated
    "Metadata",  # a text for tools
}
_CDK_BOOTSTRAP = {  # what CDK puts into every template, about deploying it
    "Parameters": {"BootstrapVersion"},
    "Rules": {"CheckBootstrapVersion"},
}


@dataclass(frozen=True)
class Place:
    """Where the stack runs: an account and a region that exist on this machine only."""

    endpoint: str
    region: str = "eu-west-1"
    account: str = "123456789012"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Resource(Generic[P]):
    """A resource of the stack, resolved. `attributes` holds what Ref and Fn::GetAtt give."""

    logical_id: str
    name: str
    attributes: Mapping[str, str]
    properties: P

    @property
    def arn(self) -> str:
        """Its ARN, where its type has one."""
        return self.attributes["Arn"]


@dataclass(frozen=True)
class Stack:
    """A stack, resolved: every resource and output. `assets` are directories by object key."""

    name: str
    place: Place
    resources: tuple[Resource[ResourceProperties], ...]
    outputs: Mapping[str, str]
    assets: Mapping[str, Path]

    def of(self, model: type[P]) -> list[Resource[P]]:
        """The resources of a type."""
        return [
            cast("Resource[P]", resource)
            for resource in self.resources
            if isinstance(resource.properties, model)
        ]


def read(directory: Path, place: Place) -> Stack:
    """Read and resolve the assembly's stack. Raises LaptopError, which names all that is wrong."""
    artifacts = _json(directory / "manifest.json")["artifacts"]
    stacks = {
        name: artifact["properties"]
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    if len(stacks) != 1:
        raise LaptopError(f"The laptop run takes one stack, and {directory} has {len(stacks)}.")
    [(artifact_id, properties)] = stacks.items()
    name = properties.get("stackName", artifact_id)
    body = _json(directory / properties["templateFile"])
    return resolved(name, body, place, _assets(directory, artifacts))


def resolved(
    name: str, body: Mapping[str, Json], place: Place, assets: Mapping[str, Path]
) -> Stack:
    """Resolve a template. Raises LaptopError, which names all that is wrong."""
    template = _Template(name, body, place)
    problems = template.strange_sections()
    resources = [template.resource(logical_id, problems) for logical_id in body["Resources"]]
    outputs = {
        key: template.attempt(f"Outputs.{key}", output["Value"], problems)
        for key, output in body.get("Outputs", {}).items()
    }
    if problems:
        listed = "\n  ".join(problems)
        raise LaptopError(f"The laptop run does not honour everything in {name}:\n  {listed}")
    return Stack(name, place, tuple(filter(None, resources)), outputs, assets)


def _json(path: Path) -> Json:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise LaptopError(f"{path} cannot be read ({problem}): run `make run` again.") from None


def _assets(directory: Path, artifacts: Mapping[str, Json]) -> Mapping[str, Path]:
    manifests = [
        _json(directory / artifact["properties"]["file"])
        for artifact in artifacts.values()
        if artifact["type"] == "cdk:asset-manifest"
    ]
    return {
        destination["objectKey"]: (directory / file["source"]["path"]).resolve()
        for manifest in manifests
        for file in manifest["files"].values()
        for destination in file["destinations"].values()
    }


class _Template:
    def __init__(self, name: str, body: Mapping[str, Json], place: Place) -> None:
        self._name = name
        self._body = body
        self._place = place
        pseudo = {
            "AWS::Region": place.region,
            "AWS::AccountId": place.account,
            "AWS::Partition": place.partition,
            "AWS::URLSuffix": place.url_suffix,
            "AWS::StackName": name,
        }
        self._intrinsics = Intrinsics(pseudo, self.attribute)

    def strange_sections(self) -> list[str]:
        return [
            f"{section}.{key}"
            for section, entries in self._body.items()
            if section not in _SECTIONS
            for key in sorted(set(entries) - _CDK_BOOTSTRAP.get(section, set()))
        ]

    def attempt(self, path: str, value: Json, problems: list[str]) -> Json:
        """The value resolved; what hinders it joins the problems."""
        try:
            return self._intrinsics.resolve(value)
        except LaptopError as problem:
            problems.append(f"{path}: {problem}")
            return None

    def resource(self, logical_id: str, problems: list[str]) -> Resource[ResourceProperties] | None:
        """The resource resolved, or None; what hinders it joins the problems."""
        declared = self._body["Resources"][logical_id]
        where = f"{logical_id} ({declared['Type']})"
        problems.extend(f"{where}: {key}" for key in declared.keys() - _RESOURCE_KEYS)
        model = TYPES.get(declared["Type"])
        if model is None:
            problems.append(f"{where}: the whole type")
            return None
        values = self.attempt(where, declared.get("Properties", {}), problems)
        if values is None:
            return None
        try:
            properties = model.model_validate(values)
        except ValidationError as invalid:
            problems.extend(f"{where}: {_said(error)}" for error in invalid.errors())
            return None
        attributes = {name: self.attribute(logical_id, name) for name in model.ATTRIBUTES}
        return Resource(logical_id, self._physical_name(logical_id), attributes, properties)

    def attribute(self, logical_id: str, name: str) -> str:
        """What `Ref` (as the name "Ref") or `Fn::GetAtt` gives for a resource."""
        declared = self._body["Resources"].get(logical_id)
        if declared is None:
            raise LaptopError(f"there is no resource {logical_id}.")
        model = TYPES.get(declared["Type"])
        if model is None:
            return f"<{logical_id}.{name}>"  # the type itself is a problem already
        if name not in model.ATTRIBUTES:
            raise LaptopError(f"{declared['Type']} has no attribute {name} on a laptop.")
        form = model.ATTRIBUTES[name]
        own = declared.get("Properties", {})
        facts = asdict(self._place) | {"id": logical_id, "name": self._physical_name(logical_id)}
        for _, field, _, _ in Formatter().parse(form):
            if field and field in own:
                facts[field] = self._intrinsics.resolve(own[field])
        return form.format_map(facts)

    def _physical_name(self, logical_id: str) -> str:
        declared = self._body["Resources"][logical_id]
        model = TYPES[declared["Type"]]
        given = declared.get("Properties", {}).get(model.NAMED_BY)
        generated = model.generated_name(self._name, logical_id)
        return self._intrinsics.resolve(given) if given else generated


def _said(error: Json) -> str:
    path = ".".join(str(part) for part in error["loc"])
    return path if error["type"] == "extra_forbidden" else f"{path}: {error['msg']}"

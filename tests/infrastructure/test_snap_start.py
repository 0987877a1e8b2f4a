"""With SnapStart, the function behind the door starts from a snapshot, and nothing else changes."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from infrastructure.stages import DEV
from inlet.providers import PROVIDERS
from local.resources import Function
from tests.infrastructure.conftest import PROJECT, template_of
from tests.infrastructure.limits import LIMITS
from tests.infrastructure.lint import linted
from tests.infrastructure.template import Template, name_of, readable
from tests.laptop.stack import read_template


@pytest.fixture(scope="module")
def snapped() -> Template:
    return template_of("prod", snap_start=True)


def test_the_example_in_the_docs_is_what_a_stage_can_have() -> None:
    page = (PROJECT / "docs" / "performance.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    written: dict[str, Any] = {}
    exec(example, written)  # noqa: S102 - our own text
    stage = replace(DEV, snap_start=written["snap_start"])
    stage.check(PROVIDERS)
    assert stage.snap_start


def versions(template: Template) -> dict[str, str]:
    """The whole logical id of each function's version, by the function."""
    return {
        readable(resource["Properties"]["FunctionName"]): logical_id
        for logical_id, resource in template.document["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


def test_only_ingest_starts_from_a_snapshot(snapped: Template, prod: Template) -> None:
    def started(template: Template) -> dict[str, Any]:
        functions = template.all("Lambda::Function").items()
        return {name: one["SnapStart"] for name, one in functions if "SnapStart" in one}

    assert started(snapped) == {"IngestFunction": {"ApplyOn": "PublishedVersions"}}
    assert started(prod) == {}


def test_a_snapshot_is_taken_of_a_version_that_is_new_with_it(
    snapped: Template, prod: Template
) -> None:
    now, before = versions(snapped), versions(prod)
    assert {name for name in now if now[name] != before[name]} == {"IngestFunction"}
    # The version before, whose snapshot would be billed on, goes with the deployment.
    version = snapped.document["Resources"][now["IngestFunction"]]
    assert version.get("DeletionPolicy", "Delete") == "Delete"


def test_everybody_calls_the_alias_of_that_version(snapped: Template) -> None:
    live = snapped.all("Lambda::Alias")["IngestFunctionLive"]
    (attribute,) = [live["FunctionVersion"]["Fn::GetAtt"]]
    assert attribute == [versions(snapped)["IngestFunction"], "Version"]
    for integration in snapped.all("ApiGatewayV2::Integration").values():
        assert readable(integration["IntegrationUri"]) == "IngestFunctionLive"
    outputs = snapped.document["Outputs"]
    assert readable(outputs["IngestFunctionArn"]["Value"]) == "IngestFunctionLive"
    named = {
        name: readable(permission["FunctionName"])
        for name, permission in snapped.all("Lambda::Permission").items()
    }
    assert [function for function in named.values() if "Ingest" in function] == [
        "IngestFunctionLive"
    ]


def test_permissions_alarms_and_everything_else_stay_as_they_are(
    snapped: Template, prod: Template
) -> None:
    changed = deepcopy(snapped.document)
    for resource in changed["Resources"].values():
        resource["Properties"].pop("SnapStart", None)
    text = json.dumps(changed).replace(
        versions(snapped)["IngestFunction"], versions(prod)["IngestFunction"]
    )
    assert json.loads(text) == prod.document


@pytest.mark.parametrize(
    ("kind", "name", "change", "problem"),
    [
        ("Function", "IngestFunction", {"Runtime": "python3.11"}, "runs on python3.11"),
        ("Function", "IngestFunction", {"FileSystemConfigs": [{}]}, "has a file system"),
        (
            "Function",
            "IngestFunction",
            {"EphemeralStorage": {"Size": 513}},
            "has a disk of more than 512 MB",
        ),
        (
            "Alias",
            "IngestFunctionLive",
            {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1}},
            "has provisioned concurrency",
        ),
        ("Version", "IngestFunctionCurrentVersion", {"FunctionName": "another"}, "has no version"),
    ],
)
def test_what_goes_with_no_snapshot_is_seen(
    snapped: Template, kind: str, name: str, change: dict[str, Any], problem: str
) -> None:
    template = Template(deepcopy(snapped.document))
    named = template.all(f"Lambda::{kind}")
    [whole] = [one for one in named if one.startswith(name)]
    named[whole].update(change)
    assert list(LIMITS["snap_start"](template)) == [f"IngestFunction {problem}"]


@pytest.mark.parametrize("limit", LIMITS)
def test_aws_takes_it(snapped: Template, limit: str) -> None:
    assert list(LIMITS[limit](snapped)) == []


@pytest.mark.exhaustive
def test_cfn_lint_finds_nothing_in_it(snapped: Template) -> None:
    assert linted(snapped) == []


def test_the_laptop_run_takes_it_too(snapped: Template) -> None:
    functions = read_template(snapped.document).of(Function)
    assert {
        name_of(function.logical_id)
        for function in functions
        if function.properties.snap_start.apply_on == "PublishedVersions"
    } == {"IngestFunction"}

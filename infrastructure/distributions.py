"""Distributions: what of the locked ones goes into a bundle, and what does not.

botocore describes every operation of every AWS service, which is most of what would be deployed and
much of what is read at each start. A bundle has the operations that the functions call. Most of
what else takes time at a start is the import of what is never used.
"""

import gzip
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infrastructure.mistakes import Mistake

OPERATIONS: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset({"DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"}),
    "events": frozenset({"DescribeEventBus", "PutEvents"}),
    "s3": frozenset({"GetObject", "PutObject"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "sns": frozenset({"Publish"}),
    "sqs": frozenset({"ChangeMessageVisibility"}),
}
"""The operations that the functions call, by botocore's name of the service."""

UNUSED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/metrics",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    "boto3/crt.py",
    "boto3/data",
    "boto3/docs",
    "boto3/dynamodb/conditions.py",
    "boto3/dynamodb/table.py",
    "boto3/dynamodb/transform.py",
    "boto3/ec2",
    "boto3/examples",
    "boto3/exceptions.py",
    "boto3/resources",
    "boto3/s3",
    "boto3/session.py",
    "boto3/utils.py",
    "botocore/docs/bcdoc",
    "botocore/docs/client.py",
    "botocore/docs/example.py",
    "botocore/docs/method.py",
    "botocore/docs/paginator.py",
    "botocore/docs/params.py",
    "botocore/docs/service.py",
    "botocore/docs/shape.py",
    "botocore/docs/sharedexample.py",
    "botocore/docs/translator.py",
    "botocore/docs/waiter.py",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "pydantic/mypy.py",
    "pydantic/v1",
    "s3transfer",
    "s3transfer-*.dist-info",
    "urllib3/http2/connection.py",
)
"""What of the distributions no function imports, nor anything that one imports."""

STAND_INS = Path(__file__).parent / "stand_ins"
"""Modules instead of those of the same names, which import much that no function needs."""

_MODEL, _RULES = "service-2", "endpoint-rule-set-1"
_FOR_ALL_SERVICES = frozenset(
    {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
)


def keep_what_is_used(root: Path) -> None:
    """Take out of a folder of distributions what no function needs.

    Raises Mistake where a distribution is not what it was when this was written: what is left out
    then, and what is not, is to be looked at again.
    """
    for name in UNUSED:
        _remove(root, name)
    for stand_in in STAND_INS.rglob("*.py"):
        name = str(stand_in.relative_to(STAND_INS))
        _remove(root, name)
        if _has(root, name):
            shutil.copyfile(stand_in, root / name)
    if _has(root, "botocore"):
        _trim_services(root / "botocore" / "data")
    if _has(root, "pydantic_core"):
        _make_plain(root / "pydantic_core" / "core_schema.py")


def fingerprint() -> bytes:
    """All that decides what is kept."""
    return b"".join(
        file.read_bytes() for file in [Path(__file__), *sorted(STAND_INS.rglob("*.py"))]
    )


def _has(root: Path, name: str) -> bool:
    """Whether the distribution is there at all to which a name belongs."""
    return (root / name.partition("/")[0]).exists()


def _remove(root: Path, name: str) -> None:
    """Take away a module, compiled or not, or a folder. Raises Mistake where it is not there."""
    found = list(root.glob(name))
    if not found and _has(root, name):
        raise Mistake(f"There is no {name} any more: take it out of {__name__}.")
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
            continue
        path.unlink()
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()


def _make_plain(schemas: Path) -> None:
    """Make classes of dictionaries of the typed dictionaries that pydantic's schemas are.

    Nothing at run time asks for their types, and Python compiles the text of each at the import.
    """
    typed = re.compile(r"^class (\w+)\((\w+)(?:, total=(?:True|False))?\):", re.MULTILINE)
    plain, changed = typed.subn(
        lambda found: f"class {found[1]}({found[2].replace('TypedDict', 'dict')}):",
        schemas.read_text(),
    )
    if not changed:
        raise Mistake(f"{schemas.name} is written otherwise than {__name__} knows it.")
    schemas.write_text(plain)


def _trim_services(data: Path) -> None:
    trimmed = dict(_trimmed_services(data))
    for path in data.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in _FOR_ALL_SERVICES:
            raise Mistake(f"botocore has {path.name} for all services: look whether it is needed.")
    for path, content in trimmed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)
    endpoints = data / "endpoints.json"
    _write(endpoints, _trimmed_endpoints(json.loads(endpoints.read_text())))


def _trimmed_services(data: Path) -> Iterator[tuple[Path, Any]]:
    """What is kept of each service, by the file that it is kept in."""
    for service, operations in OPERATIONS.items():
        model = _latest(data / service, _MODEL)
        described = _read(model)
        for extras in model.parent.glob(f"{_MODEL}.*.json"):
            _merge(described, json.loads(extras.read_text())["merge"])
        yield model.parent / f"{_MODEL}.json", _trimmed_model(described, operations, service)
        rules = _latest(data / service, _RULES)
        yield rules.parent / f"{_RULES}.json", _read(rules)


def _latest(service: Path, name: str) -> Path:
    """The file of a service's latest version. botocore takes the latest, too."""
    found = sorted(service.glob(f"*/{name}.json*"))
    if not found:
        raise Mistake(f"botocore has no {name} of {service.name}.")
    return found[-1]


def _trimmed_model(
    model: dict[str, Any], operations: Iterable[str], service: str
) -> dict[str, Any]:
    """A service's model with some operations, and with the shapes of those, errors included."""
    unknown = sorted(set(operations) - model["operations"].keys())
    if unknown:
        raise Mistake(f"botocore's {service} has no operation {unknown[0]}.")
    kept = {name: model["operations"][name] for name in sorted(operations)}
    reachable: set[str] = set()
    found = set(_shapes_in(kept))
    while found:
        reachable |= found
        found = set(_shapes_in([model["shapes"][name] for name in found])) - reachable
    shapes = {name: model["shapes"][name] for name in sorted(reachable)}
    undocumented = _without_documentation({"operations": kept, "shapes": shapes})
    # The documentation of what else there is, botocore asks for.
    return {**model, "documentation": "", **undocumented}


def _shapes_in(described: Any) -> Iterator[str]:  # noqa: ANN401 - it is JSON
    if isinstance(described, dict):
        if isinstance(described.get("shape"), str):
            yield described["shape"]
        for value in described.values():
            yield from _shapes_in(value)
    elif isinstance(described, list):
        for value in described:
            yield from _shapes_in(value)


def _without_documentation(described: Any) -> Any:  # noqa: ANN401 - it is JSON
    if isinstance(described, dict):
        return {
            name: _without_documentation(value)
            for name, value in described.items()
            # A member of a structure may have this name too, and is no text.
            if not (name == "documentation" and isinstance(value, str))
        }
    if isinstance(described, list):
        return [_without_documentation(value) for value in described]
    return described


def _trimmed_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Every partition with its regions, and of their services those that the functions call."""
    partitions = [
        {
            **partition,
            "services": {
                name: service
                for name, service in partition["services"].items()
                if name in OPERATIONS
            },
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _merge(into: dict[str, Any], extras: Mapping[str, Any]) -> None:
    """What botocore does with its own additions to a model."""
    for name, value in extras.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _read(file: Path) -> dict[str, Any]:
    opened = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    content: dict[str, Any] = json.loads(opened)
    return content


def _write(file: Path, content: Any) -> None:  # noqa: ANN401 - it is JSON
    """As short as can be, and not compressed: the zip file is, and reading is quicker so."""
    file.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False))

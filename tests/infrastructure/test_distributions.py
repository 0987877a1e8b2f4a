"""What is kept of the distributions: all that is needed, and what is missing is named."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.session import Session

from infrastructure import distributions
from infrastructure.bundle import Builder, for_host
from infrastructure.distributions import OPERATIONS, keep_what_is_used
from infrastructure.mistakes import Mistake
from tests.infrastructure.inside import in_the

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The bundle that the laptop run takes too; made here only where nobody made it before."""
    return Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles").build(for_host())


def models(session: Session) -> dict[str, ServiceModel]:
    """The services that the functions call, as botocore describes them."""
    return {service: session.get_service_model(service) for service in OPERATIONS}


def session(data: Path | None = None) -> Session:
    """A session of botocore, with all of its own data or with those of a bundle."""
    made = Session()
    # One of its own: making clients changes the models that a loader has read.
    made.register_component("data_loader", Loader())
    if data:
        loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
        made.register_component("data_loader", loader)
    return made


def called(bundle: Path) -> Iterator[str]:
    """The names of all methods that the functions, and Powertools for them, call."""
    powertools = bundle / "aws_lambda_powertools/utilities/idempotency/persistence/dynamodb.py"
    for file in [*(bundle / "functions").rglob("*.py"), powertools]:
        yield from re.findall(r"\.(\w+)\(", file.read_text())


def test_every_operation_that_is_called_is_there_and_no_other(bundle: Path) -> None:
    names = set(called(bundle))
    # Of the full models, so that one that is called and was forgotten is found.
    assert {
        service: {
            operation for operation in model.operation_names if xform_name(operation) in names
        }
        for service, model in models(session()).items()
    } == OPERATIONS


def test_an_operation_takes_and_gives_what_it_does_in_full(bundle: Path) -> None:
    full, kept = models(session()), models(session(bundle / "botocore/data"))
    for service, operations in OPERATIONS.items():
        assert set(kept[service].operation_names) == operations
        assert kept[service].metadata == full[service].metadata
        for name in operations:
            one, other = kept[service].operation_model(name), full[service].operation_model(name)
            assert shape(one.input_shape) == shape(other.input_shape)
            assert shape(one.output_shape) == shape(other.output_shape)
            assert [shape(e) for e in one.error_shapes] == [shape(e) for e in other.error_shapes]
            assert one.http == other.http
            assert one.endpoint == other.endpoint
            assert one.static_context_parameters == other.static_context_parameters


def shape(described: Any, above: tuple[str, ...] = ()) -> Any:
    """A shape and all that it consists of, without documentation."""
    if described is None or described.name in above:
        return described and described.name
    above += (described.name,)
    parts = dict(getattr(described, "members", {}))
    parts |= {part: getattr(described, part, None) for part in ("member", "key", "value")}
    return (
        *(described.name, described.type_name, described.serialization, described.metadata),
        {name: shape(part, above) for name, part in parts.items() if part},
    )


def test_each_service_is_found_where_it_is_in_every_region_of_every_partition(
    bundle: Path,
) -> None:
    full, kept = session(), session(bundle / "botocore/data")
    regions = [
        region
        for partition in full.get_available_partitions()
        for region in full.get_available_regions("sqs", partition)
    ]
    assert {"eu-west-1", "cn-north-1", "us-gov-west-1"} < set(regions)
    for region in regions:
        for service in OPERATIONS:
            assert url(kept, service, region) == url(full, service, region)


def test_where_a_service_is_depends_on_nothing_that_it_is_asked_but_for_s3() -> None:
    """So that clients of functions need not work out an address for each call."""
    everywhere = session()
    everywhere.set_credentials("an-id", "a-key")
    compared = 0
    for service in OPERATIONS.keys() - {"s3"}:
        for partition in everywhere.get_available_partitions():
            for region in everywhere.get_available_regions("sqs", partition):
                client: Any = everywhere.create_client(service, region)
                for name in OPERATIONS[service]:
                    operation = client._service_model.operation_model(name)  # noqa: SLF001
                    context = {"client_region": region, "client_config": client.meta.config}
                    worked_out, headers, _ = client._resolve_endpoint_ruleset(  # noqa: SLF001
                        operation, ASKED.get(service, {}), context
                    )
                    assert (worked_out, headers) == (client.meta.endpoint_url, {})
                    assert "signing" not in context
                    compared += 1
    assert compared > 300


ASKED = {"sns": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:topic"}}


def url(of: Session, service: str, region: str) -> str:
    """Where a service is."""
    return str(of.create_client(service, region).meta.endpoint_url)


CALLS = """
import json, os, sys
sys.path.insert(0, ".")
from botocore.session import Session

class Sent(Exception):
    pass

def show(request, **_):
    body = request.body.read() if hasattr(request.body, "read") else request.body
    told = {name: str(value) for name, value in request.headers.items()
            if name.startswith(("X-Amz-T", "Content-"))}
    told["scope"] = str(request.headers["Authorization"]).split(",")[0].split("/")[2:]
    print(request.method, request.url, body, json.dumps(told))
    raise Sent

key = {"pk": {"S": "a subject"}}
bucket = {"Bucket": "a-bucket", "Key": "a key"}
calls = {
    "dynamodb": {
        "DeleteItem": {"TableName": "table", "Key": key},
        "GetItem": {"TableName": "table", "Key": key},
        "PutItem": {"TableName": "table", "Item": key},
        "Query": {"TableName": "table", "KeyConditionExpression": "pk = :pk"},
        "UpdateItem": {"TableName": "table", "Key": key, "UpdateExpression": "SET a = :a"},
    },
    "events": {
        "DescribeEventBus": {"Name": "bus"},
        "PutEvents": {"Entries": [{"Source": "inlet", "DetailType": "A", "Detail": "{}"}]},
    },
    "s3": {"GetObject": bucket, "PutObject": {**bucket, "Body": b"a body", "ContentType": "a/b"}},
    "secretsmanager": {"GetSecretValue": {"SecretId": "secret"}},
    "sns": {"Publish": {"TopicArn": "topic", "Message": "a message"}},
    "sqs": {
        "ChangeMessageVisibility": {
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/queue",
            "ReceiptHandle": "handle",
            "VisibilityTimeout": 1,
        }
    },
}
os.environ |= {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a-key",
               "AWS_DEFAULT_REGION": "eu-west-1"}
if sys.argv[1:]:
    from functions.aws import client as made
else:
    made = Session().create_client
for service, operations in calls.items():
    client = made(service)
    client.meta.events.register("before-send", show)
    for operation, parameters in operations.items():
        try:
            client._make_api_call(operation, parameters)
        except Sent:
            pass
"""


def test_each_call_is_the_same_as_with_everything(bundle: Path) -> None:
    in_full = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles").packages(for_host())
    one, other = (
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", CALLS, *asked],
            cwd=place,
            capture_output=True,
            text=True,
            check=True,
            env={},
        ).stdout
        for place, asked in ((bundle, ["as functions do"]), (in_full, []))
    )
    assert one == other
    assert len(one.splitlines()) == sum(map(len, OPERATIONS.values()))


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_client_of_each_service_is_made_in_the_bundle(bundle: Path, service: str) -> None:
    program = (
        "import os; os.environ['AWS_DEFAULT_REGION'] = 'eu-west-1';"
        f" from functions.aws import client; print(client('{service}').meta.endpoint_url)"
    )
    assert in_the(bundle, program) == f"https://{service}.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (
            "from functions.aws import client; client('lambda')",
            (
                "botocore.exceptions.UnknownServiceError: Unknown service: 'lambda'. Valid service"
                " names are: dynamodb, events, s3, secretsmanager, sns, sqs"
            ),
        ),
        (
            "import boto3; boto3.client('s3')",
            (
                "AttributeError: There is no boto3.client in the bundle: functions.aws.client makes"
                " a client, and for what else is needed, infrastructure/distributions.py is to be"
                " changed."
            ),
        ),
        (
            "import aws_lambda_powertools.metrics",
            "ModuleNotFoundError: No module named 'aws_lambda_powertools.metrics'",
        ),
    ],
)
def test_what_is_not_in_the_bundle_is_named_when_it_is_used(
    bundle: Path, program: str, says: str
) -> None:
    assert in_the(bundle, program) == says


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Distributions that have what is taken away, and of botocore one service."""
    root = tmp_path / "packages"
    stand_ins = [
        str(file.relative_to(distributions.STAND_INS))
        for file in distributions.STAND_INS.rglob("*.py")
    ]
    for name in [*distributions.UNUSED, *stand_ins]:
        file = root / name.replace("*", "1")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return root


def test_what_is_taken_away_must_be_there(packages: Path) -> None:
    (packages / "pydantic/mypy.py").unlink()
    with pytest.raises(Mistake) as mistake:
        keep_what_is_used(packages)
    assert str(mistake.value) == (
        "There is no pydantic/mypy.py any more: take it out of infrastructure.distributions."
    )


def test_bytecode_goes_with_its_module(packages: Path) -> None:
    compiled = packages / "pydantic/__pycache__/mypy.cpython-313.pyc"
    compiled.parent.mkdir()
    compiled.write_text("")
    with pytest.raises(Mistake):
        keep_what_is_used(packages)
    assert not compiled.exists()


def test_an_operation_that_botocore_does_not_have_is_named(packages: Path) -> None:
    service = packages / "botocore/data/dynamodb/2012-08-10/service-2.json"
    service.parent.mkdir(parents=True)
    service.write_text('{"operations": {"PutItem": {}}, "shapes": {}}')
    with pytest.raises(Mistake) as mistake:
        keep_what_is_used(packages)
    assert str(mistake.value) == "botocore's dynamodb has no operation DeleteItem."


def test_a_service_that_botocore_does_not_have_is_named(packages: Path) -> None:
    (packages / "botocore/data").mkdir()
    with pytest.raises(Mistake) as mistake:
        keep_what_is_used(packages)
    assert str(mistake.value) == "botocore has no service-2 of dynamodb."

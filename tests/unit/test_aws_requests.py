"""Requests of the functions' clients are those of boto3's, and signed as botocore signs them."""

import json
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore import xform_name
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from functions.runtime.aws import CLIENTS, JsonClient, client
from functions.runtime.signature import Keys, Scope, signed
from tests.support.pools import Response, connected_to

KEY = {"pk": {"S": "a subject"}}
ODD_KEY = "standard/v2.core[x]%2Fé/ ~a+b=c&d/☃//.json"
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "delete_item", {"TableName": "table", "Key": KEY}),
    ("dynamodb", "get_item", {"TableName": "table", "Key": KEY, "ConsistentRead": True}),
    (
        "dynamodb",
        "put_item",
        {"TableName": "t", "Item": {**KEY, "b": {"B": b"\0\xff"}, "é": {"M": KEY}}},
    ),
    ("dynamodb", "query", {"TableName": "table", "KeyConditionExpression": "pk = :pk"}),
    ("dynamodb", "update_item", {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :a"}),
    ("events", "describe_event_bus", {"Name": "bus"}),
    ("events", "put_events", {"Entries": [{"Source": "é", "DetailType": "☃", "Detail": "{}"}]}),
    ("s3", "get_object", {"Bucket": "a-bucket", "Key": ODD_KEY}),
    (
        "s3",
        "put_object",
        {
            "Bucket": "a-bucket",
            "Key": ODD_KEY,
            "Body": b"\0\xff",
            "ContentType": "application/json",
            "Metadata": {"subject": "marosa%2Fdocument", "received-at": "2025"},
            "IfNoneMatch": "*",
        },
    ),
    (
        "s3",
        "put_object",
        {"Bucket": "a-bucket", "Key": "k", "Body": b"", "ContentType": "a/b", "IfMatch": '"e"'},
    ),
    ("secretsmanager", "get_secret_value", {"SecretId": "a secret"}),
    (
        "sns",
        "publish",
        {
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:topic",
            "Subject": "Inlet (é)",
            "Message": "A sentence.\n\n☃ + & = %",
            "MessageAttributes": {
                "consumer": {"DataType": "String", "StringValue": "documents"},
                "provider": {"DataType": "String", "StringValue": "é"},
            },
        },
    ),
    (
        "sqs",
        "change_message_visibility",
        {
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/queue",
            "ReceiptHandle": "handle",
            "VisibilityTimeout": 1,
        },
    ),
]


class Sent(Exception):
    """A request that would have been sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.method = request.method
        self.url = request.url
        self.path = urlsplit(request.url).path
        self.headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        body: Any = request.body or b""
        self.body: bytes = (
            body.encode() if isinstance(body, str) else getattr(body, "read", lambda: body)()
        )

    @property
    def meaning(self) -> Any:
        """The body as its service reads it."""
        if "json" in self.headers.get("content-type", "") and self.method == "POST":
            return json.loads(self.body)
        if self.method == "POST":
            return sorted(parse_qsl(self.body.decode(), strict_parsing=True))
        return self.body


def stop(request: AWSPreparedRequest, **_: Any) -> Response:
    """Raise Sent instead of sending a request."""
    raise Sent(request)


def sent_by(made: Any, method: str, parameters: dict[str, Any]) -> Sent:
    """Return the request that a client's call would send."""
    with connected_to(stop), pytest.raises(Sent) as sent:
        getattr(made, method)(**parameters)
    return sent.value


@pytest.fixture(autouse=True)
def at_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients have AWS's own addresses; no request is sent."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a/token+")


@pytest.mark.parametrize(
    ("service", "method", "parameters"), CALLS, ids=[f"{call[0]} {call[1]}" for call in CALLS]
)
def test_request_is_that_of_boto3(service: str, method: str, parameters: dict[str, Any]) -> None:
    # boto3 adds checksums to objects otherwise. Here, the signature covers them.
    config = Config(request_checksum_calculation="when_required")
    theirs = boto3.client(service, config=config)  # type: ignore[call-overload]
    theirs.meta.events.register_first("before-send", stop)
    ours, its = (sent_by(one, method, parameters) for one in (client(service, SUFFIX), theirs))
    assert (ours.method, ours.url, ours.meaning) == (its.method, its.url, its.meaning)
    names = {
        name
        for name in its.headers
        if name in {"content-type", "host", "if-match", "if-none-match"}
        or name.startswith(("x-amz-meta-", "x-amz-target", "x-amz-security"))
    }
    assert {name: ours.headers[name] for name in names} == {n: its.headers[n] for n in names}


SUFFIX = "amazonaws.com"


def test_every_operation_is_compared_and_there_is_no_other() -> None:
    operations = {
        (service, name)
        for service, made in CLIENTS.items()
        for name in vars(made)
        if not name.startswith("_") and callable(vars(made)[name])
    }
    assert {(service, method) for service, method, _ in CALLS} == operations
    names = {
        xform_name(n): n for s in CLIENTS for n in Session().get_service_model(s).operation_names
    }
    for service, method, parameters in CALLS:
        if issubclass(CLIENTS[service], JsonClient):
            target = sent_by(client(service, SUFFIX), method, parameters).headers["x-amz-target"]
            assert target.partition(".")[2] == names[method]


def test_service_is_at_the_same_address_as_for_boto3_in_every_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional")
    session = Session()
    compared = set()
    for partition in session.get_component("data_loader").load_data("endpoints")["partitions"]:
        for region in session.get_available_regions("sqs", partition["partition"]):
            monkeypatch.setenv("AWS_REGION", region)
            for service in CLIENTS:
                ours = client(service, partition["dnsSuffix"])._endpoint.url  # noqa: SLF001
                assert ours == session.create_client(service, region).meta.endpoint_url
            compared.add(region)
    assert {"eu-west-1", "cn-north-1", "us-gov-west-1"} < compared


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"),
        ("events", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
        ("s3", "AWS_ENDPOINT_URL_S3"),
        ("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
        ("sns", "AWS_ENDPOINT_URL_SNS"),
        ("sqs", "AWS_ENDPOINT_URL_SQS"),
    ],
)
def test_address_of_a_service_can_be_set(
    monkeypatch: pytest.MonkeyPatch, service: str, variable: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/")
    (method, parameters), *_ = [(m, p) for s, m, p in CALLS if s == service]
    for url in ("http://127.0.0.1:1", "http://127.0.0.1:2"):
        sent = sent_by(client(service, SUFFIX), method, parameters)
        assert sent.url.startswith(f"{url}/")
        assert sent.headers["host"] == url.removeprefix("http://")
        if service == "s3":
            assert sent.path.startswith("/a-bucket/standard/")
        monkeypatch.setenv(variable, "http://127.0.0.1:2")


NOW = datetime(2025, 3, 30, 10, 15, tzinfo=UTC)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@pytest.mark.parametrize("service", CLIENTS)
@given(
    region=st.sampled_from(["eu-west-1", "us-gov-west-1"]),
    keys=st.builds(Keys, st.from_regex(r"\A\w+\Z"), printable.filter(bool), st.none() | printable),
    method=st.sampled_from(["GET", "POST", "PUT"]),
    key=st.text(max_size=30),
    values=st.dictionaries(st.from_regex(r"\Ax-amz-meta-[a-z0-9-]{1,9}\Z"), printable, max_size=4),
    body=st.binary(max_size=200),
)
def test_signature_is_that_of_botocore(  # noqa: PLR0913, PLR0917 - the parts of a request
    service: str,
    region: str,
    keys: Keys,
    method: str,
    key: str,
    values: dict[str, str],
    body: bytes,
) -> None:
    path = "/"
    if service == "s3":
        endpoint = client("s3", SUFFIX)
        path = endpoint._place("a-bucket", key.encode(errors="replace").decode())["path"]  # noqa: SLF001
    host = "a-host.example:8080"
    headers = {"host": host, "content-type": "a/b", "user-agent": "Inlet", **values}
    scope = Scope(service, region)
    ours = signed(method, path, headers, body, keys=keys, scope=scope, now=NOW)

    theirs = AWSRequest(method, f"https://{host}{path}", headers=headers, data=body)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    with patch("botocore.auth.get_current_datetime", lambda **_: NOW.replace(tzinfo=None)):
        auth(Credentials(*keys), service, region).add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]
    for name in ("x-amz-date", "x-amz-security-token", "x-amz-content-sha256"):
        assert ours.get(name) == theirs.headers.get(name), name

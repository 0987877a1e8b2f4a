"""Answers of AWS that were cut short are errors, and never mean that something is not there."""

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from moto.core.botocore_stubber import MockRawResponse

from functions.ingest.tombstones import Tombstones
from functions.runtime.aws import client
from inlet.complete_response import IncompleteResponse
from inlet.delivery import read
from inlet.operations.deployment import Deployment
from inlet.providers import PROVIDERS
from inlet.refusals import Unavailable
from inlet.request import Request
from tests.support.gateway import NOW
from tests.support.pools import Response, connected_to
from tests.support.samples import sample

TOMBSTONE = '{"Item": {"forgottenAt": {"S": "2099-01-01T00:00:00.000000Z"}}}'


def answering(service: str, body: str, status: int = 200) -> Any:
    """Return an operator's client that gets this answer to every call."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, status, {}, MockRawResponse(body))  # type: ignore[arg-type]

    client: Any = Deployment("memory", {}, boto3.Session()).client(service)
    client.meta.events.register_first("before-send", answer)  # before moto
    return client


@pytest.mark.parametrize("body", ["", "{", TOMBSTONE[:-1], "null", "[]", "{}}"])
def test_cut_short_answer_does_not_mean_that_an_item_is_missing(body: str) -> None:
    client = answering("dynamodb", body)
    with pytest.raises(IncompleteResponse, match="The response of GetItem was cut short"):
        client.get_item(TableName="timeline", Key={"pk": {"S": "x"}, "sk": {"S": "state"}})


def test_release_is_not_let_through_by_a_tombstone_that_was_cut_short() -> None:
    tombstones = Tombstones(dynamodb=client("dynamodb", "amazonaws.com"), table="timeline")
    delivery = read(
        PROVIDERS["marosa"],
        Request(
            body=sample("marosa", "DOCUMENT_STATUS_CHANGED").body,
            headers={},
            received_at=NOW,
            correlation_id="any",
        ),
    )
    cut_short = Response(200, TOMBSTONE[:-1].encode())
    with connected_to(lambda _: cut_short), pytest.raises(Unavailable):
        tombstones.check(delivery.metadata)


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("sqs", "receive_message", {"QueueUrl": "https://sqs.invalid/1/q"}),
        ("events", "list_rules", {"EventBusName": "bus"}),
        ("s3", "list_objects_v2", {"Bucket": "bodies"}),
    ],
)
def test_cut_short_list_is_not_an_empty_one(
    service: str, call: str, arguments: dict[str, str]
) -> None:
    client = answering(service, "")
    with pytest.raises(IncompleteResponse):
        getattr(client, call)(**arguments)


def test_empty_answer_is_complete_where_an_operation_has_no_result() -> None:
    client = answering("sqs", "")
    client.delete_message(QueueUrl="https://sqs.invalid/1/q", ReceiptHandle="x")


def test_empty_object_is_a_complete_answer() -> None:
    client = answering("dynamodb", "{}")
    answer = client.get_item(TableName="timeline", Key={"pk": {"S": "x"}, "sk": {"S": "state"}})
    assert "Item" not in answer


def test_error_is_an_error_whatever_its_body() -> None:
    client = answering("dynamodb", "{", status=400)
    with pytest.raises(ClientError):
        client.get_item(TableName="timeline", Key={"pk": {"S": "x"}, "sk": {"S": "state"}})

"""An event of the HTTP API becomes a request, whatever API Gateway makes of the bytes."""

from datetime import UTC, datetime

import pytest

from functions.ingest.gateway import provider_of, request_of
from tests.gateway import http_event


def test_a_request_is_what_was_sent() -> None:
    event = http_event("/webhooks/digiteal/A%20B", b"\xff\x00", {"X-Api-Key": "k"})
    request = request_of(event)
    assert provider_of(event) == "digiteal"
    assert request.body == b"\xff\x00"
    assert request.headers == {"x-api-key": "k"}
    assert request.received_at == datetime(2025, 4, 1, 8, tzinfo=UTC)
    assert request.correlation_id == "sample-request"
    assert request.path_type == "A B"


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"body": "{\u20ac}", "isBase64Encoded": False}, b"{\xe2\x82\xac}"),
        ({"body": "\ud800", "isBase64Encoded": False}, b"\xed\xa0\x80"),
        ({"body": None, "isBase64Encoded": False, "headers": None}, b""),
        ({"body": ""}, b""),
    ],
)
def test_a_body_is_the_bytes_that_were_sent(changes: dict[str, object], body: bytes) -> None:
    request = request_of(http_event("/webhooks/marosa", b"x", {}) | changes)
    assert request.body == body
    assert request.path_type is None


def test_where_the_door_does_not_say_when_it_is_now() -> None:
    event = http_event("/webhooks/marosa", b"{}", {})
    del event["requestContext"]["timeEpoch"]
    before = datetime.now(UTC)
    assert before <= request_of(event).received_at <= datetime.now(UTC)

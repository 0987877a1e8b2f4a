"""An event of the HTTP API becomes a request, whatever API Gateway makes of the bytes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.ingest.gateway import provider_of, request_id_of, request_of
from tests.support.gateway import http_event


def test_a_request_is_what_was_sent() -> None:
    event = http_event("/webhooks/digiteal/A%20B", b"\xff\x00", {"X-Api-Key": "k"})
    request = request_of(event, "a-request")
    assert provider_of(event) == "digiteal"
    assert request.body == b"\xff\x00"
    assert request.headers == {"x-api-key": "k"}
    assert request.received_at == datetime(2025, 4, 1, 8, tzinfo=UTC)
    assert request.correlation_id == "a-request"
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
    request = request_of(http_event("/webhooks/marosa", b"x", {}) | changes, "a-request")
    assert request.body == body
    assert request.path_type is None


def test_a_body_that_is_not_the_base64_it_is_said_to_be_is_lost() -> None:
    event = http_event("/webhooks/marosa", b"x", {}) | {"body": "{...}"}
    with pytest.raises(ValueError, match="base64"):
        request_of(event, "a-request")


def test_headers_are_texts_of_characters_or_left_out() -> None:
    headers: dict[str, Any] = {"X-\ud800": "\udc00", "x-number": 7, "x-none": None}
    request = request_of(http_event("/webhooks/marosa", b"", headers), "a-request")
    assert request.headers == {"x-?": "?", "x-number": "7"}


def test_a_request_has_the_doors_own_id_or_that_of_the_invocation() -> None:
    event = http_event("/webhooks/marosa", b"", {})
    assert request_id_of(event, otherwise="an-invocation") == "sample-request"
    del event["requestContext"]["requestId"]
    assert request_id_of(event, otherwise="an-invocation") == "an-invocation"


def test_what_an_emulator_leaves_out_is_not_known() -> None:
    before = datetime.now(UTC)
    request = request_of({"routeKey": "POST /webhooks/marosa"}, "a-request")
    assert before <= request.received_at <= datetime.now(UTC)
    assert (request.body, request.headers, request.address) == (b"", {}, "")
    assert request_id_of({}, otherwise="an-invocation") == "an-invocation"


def test_where_the_door_does_not_say_when_it_is_now() -> None:
    event = http_event("/webhooks/marosa", b"{}", {})
    del event["requestContext"]["timeEpoch"]
    before = datetime.now(UTC)
    assert before <= request_of(event, "a-request").received_at <= datetime.now(UTC)

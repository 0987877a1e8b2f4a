"""Whatever is thrown at the ingest function is answered as documented, and kept where it proved
who sent it.
"""

import base64
import json
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.ingest.gateway import request_of
from inlet.authentication import Credentials
from inlet.operations.openapi import openapi
from inlet.providers import PROVIDERS
from inlet.providers.standard.signature import WEBHOOK
from inlet.quarantined import content_id, object_key
from inlet.request import Request
from tests.support.door import Door
from tests.support.gateway import RIGHT, http_event

Event = dict[str, Any]

DOCUMENT = openapi()
OPERATIONS = schemathesis.openapi.from_dict(DOCUMENT)

thrown = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

CHARACTERS = st.characters(exclude_categories=["Cs"])
TYPES = sorted({name for provider in PROVIDERS.values() for name in provider.catalogue})
FIELDS = sorted(
    {
        field
        for provider in PROVIDERS.values()
        for model in provider.models.values()
        for field in model.model_fields
    }
)
EDGES = [
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "9999-12-31 23:59:59",
    "0001-01-01 00:00:00",
    "2025-03-30 02:30:00",
    "2025-W01",
    "\u0000",
    "\U0001f600",
    "x" * 600,
    10**4299,
    -(2**63),
    1e308,
    -0.0,
    True,
    None,
]
"""Ids, times and numbers that just are what they seem, or just are not."""

VALUES = st.recursive(
    st.sampled_from(EDGES)
    | st.sampled_from(TYPES)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(CHARACTERS, max_size=20),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(CHARACTERS, max_size=5), children)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([*FIELDS, "__class__", "model_fields", "ids", "TIME", "", "\U0001f600"])
TIMES = ["occurredAt", "executionTimestamp", "timestamp"]
NAMED = {
    "eventId": st.uuids().map(str),
    "eventType": st.sampled_from(TYPES) | st.text(CHARACTERS, max_size=5),
    "type": st.sampled_from(TYPES) | st.text(CHARACTERS, max_size=5),
}
"""What says which event it is, in one provider's way or another's."""
DOCUMENTS = st.one_of(
    st.dictionaries(NAMES, VALUES, max_size=8),
    st.fixed_dictionaries(NAMED, optional={name: VALUES for name in FIELDS if name not in NAMED}),
    st.fixed_dictionaries(
        NAMED, optional=dict.fromkeys(TIMES, st.sampled_from(EDGES)) | {"odd": VALUES}
    ),
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])

ODD = [
    b"",
    b"null",
    b"\xef\xbb\xbf\xef\xbb\xbf{}",
    b'{"a": NaN}',
    b'{"a": -Infinity}',
    b'{"a": 1e999}',
    b'{"a": 1' + b"0" * 5000 + b"}",
    b'{"a": 1, "a": 1}',
    b'{"eventId": "a", "event\\u0049d": "b"}',
    b'{"a": "\\ud800"}',
    b'{"\\udc00": 1}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\x00"}',
    b"[" * 199_999 + b"]" * 199_999,
    b'{"a":' * 64 + b"1" + b"}" * 64,
    b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    b'{"a":[' + b"{}," * 200_000 + b"{}]}",
]
BODIES = (
    st.builds(
        lambda value, encoding: _text(value).encode(encoding, "replace"), DOCUMENTS, ENCODINGS
    )
    | st.builds(lambda value: _text(value).encode(), VALUES)
    | st.sampled_from(ODD)
    | st.binary(max_size=60)
)

HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "Content-Type", WEBHOOK.event_id, "x-api-key", "cookie", "X-\ud800"]
    ),
    st.sampled_from(["application/json", "application/json;", "a/b+json; charset=utf-16"])
    | st.sampled_from(["application/json,application/json", "", " ", "\ud800", "x" * 10_000])
    | st.text(max_size=20),
    max_size=4,
)
ROUTES = [
    path for provider in PROVIDERS.values() for path in provider.routes + provider.oauth2_routes
]
LEFT_OUT = st.sets(
    st.sampled_from(
        ["version", "rawPath", "rawQueryString", "timeEpoch", "requestId", "http", "stage"]
    )
)
"""What emulators of API Gateway do not say."""

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

PATH_TYPES = st.sampled_from(TYPES) | st.text(min_size=1) | st.just("x" * 8_000)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Events of the HTTP API, with all that a sender may make of them."""
    path = draw(st.sampled_from(ROUTES))
    body = draw(BODIES)
    event = http_event(path.replace("{type}", "x"), body, draw(HEADERS))
    if "pathParameters" in event:
        event["pathParameters"]["type"] = draw(PATH_TYPES)
    if draw(st.booleans()):
        event |= {"body": body.decode(errors="surrogateescape"), "isBase64Encoded": False}
    else:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    for name in draw(LEFT_OUT):
        event.pop(name, None)
        event["requestContext"].pop(name, None)
    return event


def proven(event: Event) -> Event:
    """The event with what proves that it is the provider's."""
    _, door, name, *_ = event["routeKey"].split("/")
    own = event["headers"]
    headers = own | {WEBHOOK.event_id: own.get(WEBHOOK.event_id) or "an-id"}
    if door == "oauth2":
        event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "a"}, "scopes": None}}
        return event | {"headers": headers}
    credentials = Credentials.parse(json.dumps({"generated": RIGHT[name][1]}), name)
    request = request_of(event | {"headers": headers}, "a-request")
    return event | {"headers": headers | PROVIDERS[name].authentication.prove(request, credentials)}


def route_of(event: Event) -> str:
    """The path of an event's route."""
    return str(event["routeKey"]).removeprefix("POST ")


def check_documented(event: Event, answered: dict[str, Any]) -> None:
    """Fail for an answer that the document does not have of Inlet's own."""
    path, content_type = route_of(event), answered["headers"]["content-type"]
    documented = DOCUMENT["paths"][path]["post"]["responses"][str(answered["status"])]
    assert content_type in documented["content"]
    assert answered["status"] == 202 or content_type == "application/problem+json"
    OPERATIONS[path]["POST"].validate_response(
        schemathesis.Response(
            answered["status"],
            {name: [value] for name, value in answered["headers"].items()},
            json.dumps(answered["body"]).encode(),
            requests.Request("POST", "https://inlet.invalid").prepare(),
            elapsed=0,
            verify=True,
        )
    )


def kept(door: Door, event: Event, request: Request) -> bytes | None:
    """The body that is in quarantine for a request."""
    provider = PROVIDERS[route_of(event).split("/")[2]]
    key = object_key(provider.name, content_id(provider, request))
    found = door.s3.list_objects_v2(Bucket="quarantine", Prefix=key).get("Contents", [])
    if not found:
        return None
    stored = json.load(door.s3.get_object(Bucket="quarantine", Key=key)["Body"])
    return base64.b64decode(stored["body"])


@thrown
@given(event=events())
def test_what_is_proven_is_taken_or_kept(door: Door, event: Event) -> None:
    door.quarantine_bytes_per_day = 10**10
    event = proven(event)
    request = request_of(event, "a-request")

    answered = door.answer(event)

    check_documented(event, answered)
    assert answered["status"] in {202, 400, 404, 409, 415, 422}
    if answered["status"] != 202:
        assert kept(door, event, request) == request.body


@thrown
@given(event=events())
def test_what_is_not_proven_is_refused_before_it_is_read(door: Door, event: Event) -> None:
    answered = door.answer(event)
    check_documented(event, answered)
    assert answered["status"] == 401
    assert (door.dynamodb.calls, door.s3.calls, door.published) == ([], [], [])


@thrown
@given(event=events(), body=st.text(st.characters(exclude_characters=BASE64), min_size=1))
def test_what_is_not_the_base64_it_is_said_to_be_may_come_again(
    door: Door, event: Event, body: str
) -> None:
    """What was sent is lost by then, and the sender cannot know."""
    answered = door.answer(proven(event) | {"body": body, "isBase64Encoded": True})
    check_documented(event, answered)
    assert answered["status"] == 503
    assert door.kept() == {}

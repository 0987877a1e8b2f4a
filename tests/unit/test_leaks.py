"""What must never leak does not: dye is sent everywhere, and everything written is searched.

Everything runs in Lambda's own runtime, whose log holds what it makes of errors, and with every
library as talkative as a person can make it.
"""

import base64
import io
import json
import logging
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from awslambdaric import bootstrap  # type: ignore[import-untyped]
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from pydantic import BaseModel

import functions.canary.handler
import functions.consumer.handler
import functions.ingest.handler
from functions.canary.door import Door as CanaryDoor
from functions.canary.fly import Stations
from functions.telemetry import logger
from inlet.authentication import Credentials
from inlet.consumers import consumer_of
from inlet.operations.catalogue import sensitive
from inlet.provider import UNRECOGNISED, Provider
from inlet.providers import PROVIDERS
from inlet.refusals import NotJsonContent
from inlet.request import Request
from tests.support import dye
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.dye import NESTED, NUMBER, TEXT, WORD, filled
from tests.support.gateway import NOW, http_event
from tests.support.samples import sample
from tests.support.settings import CANARY, CONSUMER, INGEST
from tests.support.station import Station, detail_in, message

UUID = "00000000-0000-4000-8000-000000000999"
TIME = "2025-03-30 10:15:00"
KEY = base64.b64encode(TEXT.encode()).decode()
SECRET: dict[str, Any] = {
    "basic": [{"label": "one", "username": f"{TEXT} user", "password": TEXT}],
    "apiKey": [{"label": "two", "header": "x-api-key", "value": f"{TEXT} key"}],
    "signing": [{"label": "three", "secret": f"whsec_{KEY}"}],
    "generated": TEXT,
}


class Runtime:
    """Lambda's runtime around a handler. `said` is what whoever invoked it got back."""

    def __init__(self) -> None:
        self.marshaller = LambdaMarshaller()
        self.said: list[str] = []

    def invoke(self, handler: Callable[..., Any], event: Any) -> Any:
        """Run the handler on an event; what it answers, or what is said of its error."""
        bootstrap.handle_event_request(
            self, handler, "invocation", json.dumps(event), "application/json", "{}", "{}",
            "arn:aws:lambda:eu-west-1:123456789012:function:any:live",
            int(time.time() * 1000) + 60_000, None, bootstrap.StandardLogSink(),
        )  # fmt: skip
        return json.loads(self.said[-1])

    def post_invocation_result(self, _id: str, result: Any, *_: Any) -> None:
        """Take an answer."""
        self.said.append(result.decode() if isinstance(result, bytes) else result)

    def post_invocation_error(self, _id: str, error: str, fault: str, *_: Any) -> None:
        """Take an error, and what is said of it to a trace."""
        self.said += [fault, error]


@dataclass
class Written:
    """Everything that is written, by where it goes."""

    capsys: pytest.CaptureFixture[str]
    runtime: Runtime = field(default_factory=Runtime)
    log: io.StringIO = field(default_factory=io.StringIO)
    libraries: io.StringIO = field(default_factory=io.StringIO)
    messages: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    printed: str = ""
    errors: str = ""

    def everything(self) -> Mapping[str, str]:
        """All of it so far."""
        read = self.capsys.readouterr()
        self.printed += read.out
        self.errors += read.err
        return {
            "the function's log": self.log.getvalue(),
            "the libraries' log": self.libraries.getvalue(),
            "what is printed": self.printed,
            "standard error": self.errors,
            "answers": "\n".join(self.runtime.said),
            "messages to people": "\n".join(self.messages),
            "traces": "\n".join(self.traces),
        }

    def leaks(self) -> list[str]:
        """Where the dye is."""
        return [place for place, text in self.everything().items() if dye.found(text)]


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Written]:
    """Everything that is written from here on, at the level DEBUG."""
    written = Written(capsys)
    monkeypatch.setattr(logger.registered_handler, "stream", written.log)
    logging.getLogger("moto").setLevel(logging.WARNING)  # it is no part of the functions
    root, handler = logging.getLogger(), logging.StreamHandler(written.libraries)
    powertools = logging.getLogger("aws_lambda_powertools")  # it passes nothing on to the root
    before = root.level
    root.setLevel(logging.DEBUG)
    for talking in (root, powertools):
        talking.addHandler(handler)
    yield written
    for talking in (root, powertools):
        talking.removeHandler(handler)
    root.setLevel(before)


class Everywhere:
    """Both functions in Lambda's runtime, on AWS in memory, with credentials that are dyed."""

    def __init__(self, aws: Aws, written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
        self.door, self.station, self.written = Door(aws), Station(aws), written
        for arn in self.door.secrets.values():
            aws("secretsmanager").put_secret_value(SecretId=arn, SecretString=json.dumps(SECRET))
        monkeypatch.setattr(functions.ingest.handler, "stations", self.door.stations)
        monkeypatch.setattr(functions.consumer.handler, "taker", self.station.taker)
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")

    def post(  # noqa: PLR0913 - each is a part of a request
        self,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
        *,
        proven: bool = True,
        more: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Post to the door, with a body as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        provider = PROVIDERS[path.split("/")[2]]
        sent = {"content-type": "application/json", "webhook-id": str(uuid4())} | dict(
            headers or {}
        )
        if proven:
            request = Request(body=content, headers=sent, received_at=NOW, correlation_id="")
            credentials = Credentials.parse(json.dumps(SECRET), provider.name)
            sent |= provider.authentication.prove(request, credentials)
        event = http_event(path, content, sent) | dict(more or {})
        event["requestContext"]["http"]["userAgent"] = TEXT
        if claims:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": [TEXT]}}
        answered = self.written.runtime.invoke(functions.ingest.handler.handler, event)
        self.written.traces = [entry["TraceHeader"] for entry in self.door.published]
        return dict(answered)

    def release(self, named: Any) -> Any:
        """Ask for a release, as an operator does."""
        return self.written.runtime.invoke(functions.ingest.handler.handler, {"release": named})

    def consume(self, event: Any, consumer: str, *, attempt: Any = 1) -> Any:
        """Hand a message to a consumer's function, and take what it tells people."""
        self.station.consumer = consumer
        batch = {"Records": [message(0, event, attempt)]}
        answered = self.written.runtime.invoke(functions.consumer.handler.handler, batch)
        for sent in self.station.sent:
            subject = event["detail"]["metadata"]["subject"]
            text = dye.without_subject(sent["Message"], subject)
            self.written.messages.append(json.dumps(sent | {"Message": text}))
        return answered


@pytest.fixture
def everywhere(aws: Aws, written: Written, monkeypatch: pytest.MonkeyPatch) -> Everywhere:
    """Where the dye is sent to."""
    return Everywhere(aws, written, monkeypatch)


MAROSA = PROVIDERS["marosa"]
TAKEN: dict[str, Any] = {"batchItemFailures": []}
LEFT = {"batchItemFailures": [{"itemIdentifier": "0"}]}
ALWAYS = ("the function's log", "answers", "traces")
"""Where something is written of every event that goes its way."""

KINDS = {
    f"{provider.name}/{kind}": (provider, kind)
    for provider in PROVIDERS.values()
    for kind in provider.models
    if kind != UNRECOGNISED or provider.name in {"marosa", "digiteal", "standard"}
}


def types_of(provider: Provider, kind: str) -> list[str]:
    """The types of a kind; one that no catalogue knows, for those that nobody lists."""
    return [n for n, known in provider.catalogue.items() if known.kind == kind] or ["UNHEARD_OF"]


def path_of(provider: Provider, event_type: str) -> str:
    """Where a type is posted."""
    path = f"/webhooks/{provider.name}"
    return f"{path}/{event_type}" if provider.type_in_path else path


def valid(provider: Provider, kind: str, event_type: str) -> dict[str, Any]:
    """A body that is accepted, with the dye wherever that can be."""
    own: dict[str, dict[str, Any]] = {
        "marosa": {"eventId": str(uuid4()), "eventType": event_type, "occurredAt": TIME},
        "digiteal": {"executionTimestamp": TIME, "timestamp": TIME},
        "standard": {"type": event_type, "data": {"id": TEXT, "more": NESTED}},
    }
    body = filled(provider.models[kind])
    if provider.name in own:
        return body | own[provider.name]
    marked = set(sensitive(provider.models[kind]))
    shown = json.loads(sample(provider.name, event_type).body)
    return body | {name: value for name, value in shown.items() if name not in marked}


EVERY_KIND = pytest.mark.parametrize(("provider", "kind"), KINDS.values(), ids=KINDS)


@EVERY_KIND
def test_a_value_of_a_body_is_on_the_bus_and_in_the_timeline_alone(
    everywhere: Everywhere, provider: Provider, kind: str
) -> None:
    for event_type in types_of(provider, kind):
        body = valid(provider, kind, event_type)
        assert everywhere.post(path_of(provider, event_type), body)["statusCode"] == 202
        published = everywhere.door.published[-1]
        assert published["DetailType"] == event_type
        detail = json.loads(published["Detail"])
        assert detail["data"] == body
        subject = detail["metadata"]["subject"]
        assert everywhere.consume({"detail": detail}, consumer_of(kind).name) == TAKEN
        items = everywhere.station.items(subject)
        assert json.loads(detail_in(items[f"event#{detail['metadata']['eventId']}"])) == detail
        assert everywhere.post(path_of(provider, event_type), body)["statusCode"] == 202  # again
    assert everywhere.written.leaks() == []
    assert all(everywhere.written.everything()[place] for place in ALWAYS)


WRONG = {
    "a text": TEXT,
    "a number": NUMBER,
    "a fraction": NUMBER + 0.5,
    "a list": [TEXT],
    "an object": {TEXT: TEXT},
    "a list of objects": [{TEXT: NUMBER}],
    "a list of lists": [[NUMBER]],
}
"""The dye in types that a field may not have."""


TRIED = {"marosa/document", "digiteal/transfer", "standard/unrecognised"}
"""The kinds that `make test` tries: one of each of the first providers."""


@pytest.mark.parametrize(
    ("provider", "kind"),
    [
        pytest.param(*one, id=name, marks=() if name in TRIED else pytest.mark.exhaustive)
        for name, one in KINDS.items()
    ],
)
def test_a_value_of_the_wrong_type_is_in_quarantine_alone(
    everywhere: Everywhere, provider: Provider, kind: str
) -> None:
    event_type = types_of(provider, kind)[0]
    named = provider.models[kind].model_fields
    bodies: list[dict[str, Any]] = [
        *(dict.fromkeys(named, wrong) for wrong in WRONG.values()),
        *({name: TEXT} for name in named),  # one by one: each is the first that is wrong
        *({n: wrong} for n, one in named.items() if one.annotation is Any
          for wrong in WRONG.values()),
    ]  # fmt: skip
    for wrong in bodies:
        body = valid(provider, kind, event_type) | wrong
        assert everywhere.post(path_of(provider, event_type), body)["statusCode"] in {202, 422}
    kept = everywhere.door.kept().values()
    assert all(dye.found(base64.b64decode(one["body"]).decode()) for one in kept)
    assert everywhere.written.leaks() == []


BODIES = {
    "nothing around it": TEXT.encode(),
    "cut off": json.dumps(NESTED)[:-20].encode(),
    "not an object": json.dumps([TEXT]).encode(),
    "a text": json.dumps(TEXT).encode(),
    "a key twice": f'{{"{WORD}": 1, "{WORD}": "{WORD}"}}'.encode(),
    "no number": f'{{"{WORD}": NaN}}'.encode(),
    "a number too large": f"[{NUMBER}{NUMBER}e999]".encode(),
    "too many digits": (str(NUMBER) * 300).encode(),
    "an escape that is none": f'["\\{WORD}"]'.encode(),
    "a control character": f'["{WORD}\n"]'.encode(),
    "something behind it": f'{{}} "{WORD}"'.encode(),
    "no UTF-8": TEXT.encode() + b"\xff",
    "half a character": f'{{"a": "{WORD}\\ud800"}}'.encode(),
    "too deep": b"[" * 100 + f'"{WORD}"'.encode() + b"]" * 100,
    "too deep to recurse": b"[" * 100_000 + f'"{WORD}"'.encode(),
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_not_as_it_should_be_is_in_quarantine_alone(
    everywhere: Everywhere, body: str
) -> None:
    for provider in PROVIDERS.values():
        posted = everywhere.post(path_of(provider, "UNHEARD_OF"), BODIES[body])
        assert posted["statusCode"] in {400, 422}
    assert len(everywhere.door.kept()) == len(PROVIDERS)
    assert everywhere.written.leaks() == []


def test_a_large_body_is_in_its_bucket_alone(everywhere: Everywhere) -> None:
    body = valid(MAROSA, "document", "DOCUMENT_STATUS_CHANGED") | {"file": TEXT * 9000}
    assert everywhere.post("/webhooks/marosa", body)["statusCode"] == 202
    (large,) = everywhere.door.s3.list_objects_v2(Bucket="bodies")["Contents"]
    stored = everywhere.door.s3.get_object(Bucket="bodies", Key=large["Key"])["Body"].read()
    assert json.loads(stored) == body
    assert everywhere.written.leaks() == []


# Headers, paths, query strings, credentials

HEADERS = {
    "what says who sent it": ["authorization", "x-api-key", "cookie"],
    "a signature": ["webhook-signature", "webhook-timestamp", "x-hub-signature-256"],
    "a signature of Svix": ["svix-signature", "svix-timestamp"],
    "an event id": ["webhook-id"],
    "an event id of Svix": ["svix-id"],
    "a content type": ["content-type"],
    "a content encoding": ["content-encoding"],
    "others": [
        "forwarded", "referer", "traceparent", "tracestate", "user-agent", "x-amzn-trace-id",
        "x-forwarded-for", "x-request-id", f"x-{WORD}",
    ],
}  # fmt: skip
BASIC = base64.b64encode(f"{TEXT}:{TEXT}".encode()).decode()
VALUES = (TEXT, quote(TEXT), json.dumps(TEXT), BASIC, f"Basic {BASIC}", f"Bearer {WORD}.{BASIC}.",
          f"{TEXT}/json", f"v1,{KEY}", str(NUMBER))  # fmt: skip
AROUND = {
    "rawQueryString": f"token={quote(TEXT)}&{WORD}=1",
    "queryStringParameters": {"token": TEXT, WORD: "1"},
    "cookies": [f"session={TEXT}"],
    "stageVariables": {WORD: TEXT},
}
"""What an event of the HTTP API holds beside path, headers and body."""

GOOD = {"eventId": UUID, "eventType": "DOCUMENT_STATUS_CHANGED"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("proven", [True, False])
def test_a_header_is_written_nowhere(everywhere: Everywhere, headers: str, *, proven: bool) -> None:
    bodies = cycle((GOOD, {"eventId": TEXT}))
    for path in ("/webhooks/marosa", "/webhooks/digiteal", "/webhooks/standard"):
        for value in VALUES:
            sent = dict.fromkeys(HEADERS[headers], value)
            everywhere.post(path, next(bodies), sent, proven=proven, more=AROUND)
    statuses = {json.loads(said)["statusCode"] for said in everywhere.written.runtime.said}
    assert (statuses == {401}) is not proven
    assert everywhere.written.leaks() == []


@pytest.mark.parametrize("proven", [True, False])
def test_a_path_is_written_nowhere(everywhere: Everywhere, *, proven: bool) -> None:
    for segment in (TEXT, f"PAYMENT_INITIATED?{WORD}", f"{WORD};{NUMBER}", KEY + "="):
        path = f"/webhooks/digiteal/{quote(segment, safe='')}"
        answered = everywhere.post(path, {}, proven=proven, more=AROUND)
        assert answered["statusCode"] == (422 if proven else 401)
    assert everywhere.written.leaks() == []


def test_a_key_that_is_right_is_written_nowhere(everywhere: Everywhere) -> None:
    for headers in ({"x-api-key": f"{TEXT} key"}, {"authorization": f"Basic {_basic(SECRET)}"}):
        assert everywhere.post("/webhooks/marosa", GOOD, headers, proven=False)["statusCode"] == 202
        refused = everywhere.post("/webhooks/marosa", {}, headers, proven=False)
        assert refused["statusCode"] == 422
    (kept,) = everywhere.door.kept().values()
    assert not dye.found(json.dumps(kept))
    assert everywhere.written.leaks() == []


def _basic(secret: Mapping[str, Any]) -> str:
    user = secret["basic"][0]
    return base64.b64encode(f"{user['username']}:{user['password']}".encode()).decode()


def test_the_claims_of_a_token_are_written_nowhere(everywhere: Everywhere) -> None:
    claims = dict.fromkeys(("sub", "client_id", "email", "scope", "jti", WORD), TEXT)
    for body in (GOOD, {}):
        headers = {"authorization": f"Bearer {BASIC}"}
        everywhere.post("/oauth2/marosa", body, headers, proven=False, claims=claims)
    assert [json.loads(said)["statusCode"] for said in everywhere.written.runtime.said] == [
        202, 422,
    ]  # fmt: skip
    assert everywhere.written.leaks() == []


def test_of_a_body_the_log_has_its_type_and_event_id_and_nothing_else(
    everywhere: Everywhere,
) -> None:
    body = {"eventId": f"id-{WORD}", "note": TEXT}
    assert everywhere.post(f"/webhooks/digiteal/{WORD}", body)["statusCode"] == 202
    detail = json.loads(everywhere.door.published[0]["Detail"])
    everywhere.consume({"detail": detail}, "unrecognised")
    lines = [json.loads(line) for line in everywhere.written.log.getvalue().splitlines()]
    where = {name for line in lines for name, v in line.items() if dye.found(json.dumps(v))}
    assert where == dye.MEANT
    assert everywhere.written.leaks() == ["the function's log", "answers", "messages to people"]
    assert "type" in everywhere.station.sent[0]["Message"]


# Secrets


BAD_SECRETS = {
    "not JSON": TEXT,
    "cut off": json.dumps(SECRET)[:-30],
    "a text": json.dumps(TEXT),
    "a list": json.dumps([SECRET]),
    "a key that nobody knows": json.dumps({WORD: 5}),
    "no list": json.dumps({"basic": TEXT}),
    "a list of texts": json.dumps({"basic": [TEXT]}),
    "too long a label": json.dumps({"basic": [{**SECRET["basic"][0], "label": TEXT * 9}]}),
    "a number for a password": json.dumps({"basic": [{"label": TEXT, "password": NUMBER}]}),
    "a header that is none": json.dumps({"apiKey": [{**SECRET["apiKey"][0], "header": TEXT}]}),
    "a key that is no base64": json.dumps(
        {"signing": [{"label": TEXT, "secret": f"whsec_{TEXT}"}]}
    ),
    "no text to make a user of": json.dumps({"generated": NESTED}),
}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("bad", BAD_SECRETS)
def test_a_secret_that_is_not_as_it_should_be_is_written_nowhere(
    everywhere: Everywhere, provider: str, bad: str
) -> None:
    everywhere.door.secretsmanager.put_secret_value(
        SecretId=everywhere.door.secrets[provider], SecretString=BAD_SECRETS[bad]
    )
    path = path_of(PROVIDERS[provider], "UNHEARD_OF")
    assert everywhere.post(path, GOOD)["statusCode"] == 503
    assert everywhere.written.leaks() == []


@pytest.mark.parametrize("bad", BAD_SECRETS)
def test_an_operator_is_shown_no_value_of_a_bad_secret_either(bad: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - whichever it is
        Credentials.parse(BAD_SECRETS[bad], "any")
    names_the_key = bad == "a key that nobody knows"
    assert dye.found(str(raised.value)) is names_the_key


# Whatever goes wrong


def errors() -> Iterator[BaseException]:
    """What calls to AWS raise, and what nobody thinks of, each with the dye in it."""
    said = {"Code": "InternalError", "Message": TEXT}
    yield ClientError({"Error": said}, "Operation")  # type: ignore[typeddict-item]
    yield ClientError({"Error": said | {"Code": "ValidationException"}}, "Operation")  # type: ignore[typeddict-item]
    yield ReadTimeoutError(endpoint_url=f"https://{TEXT}")
    yield EndpointConnectionError(endpoint_url=f"https://{TEXT}")
    yield ParamValidationError(report=TEXT)
    yield KeyError(TEXT)
    yield ExceptionGroup(TEXT, [ValueError(TEXT), RuntimeError(TEXT, NUMBER)])
    yield UnicodeDecodeError("utf-8", TEXT.encode(), 0, 1, TEXT)
    for raising in (json.loads, Strict.model_validate_json, int):
        try:
            raising(TEXT)
        except ValueError as error:
            yield error
            chained = RuntimeError(TEXT)
            chained.__cause__ = error
            chained.add_note(TEXT)
            yield chained


class Strict(BaseModel):
    """A model that shows in its errors what it was given."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        ("secretsmanager", "get_secret_value"),
        ("dynamodb", "put_item"),
        ("dynamodb", "update_item"),
        ("dynamodb", "delete_item"),
        ("events", "put_events"),
        ("s3", "put_object"),
    ],
)
def test_what_aws_says_of_a_failed_call_is_written_nowhere(
    everywhere: Everywhere, client: str, operation: str, *, after: bool
) -> None:
    door, body = everywhere.door, valid(MAROSA, "document", "DOCUMENT_STATUS_CHANGED")
    if client == "s3":  # it stores bodies that are large, and those that are rejected
        body["file"] = TEXT * 9000
    for error in errors():
        for sent in ({}, body):
            getattr(door, client).fail(operation, error, after=after)
            if operation == "delete_item":  # it takes back a claim
                door.events.fail("put_events", error)
            everywhere.post("/webhooks/marosa", sent)
            getattr(door, client).fail(operation, after=after)
    statuses = {json.loads(said)["statusCode"] for said in everywhere.written.runtime.said}
    assert 503 in statuses
    assert everywhere.written.leaks() == []


@pytest.mark.parametrize("code", ["a code", "InternalFailure", "MalformedDetail"])
def test_what_the_bus_says_of_an_event_is_written_nowhere(
    everywhere: Everywhere, code: str
) -> None:
    refused = {"ErrorCode": TEXT if code == "a code" else code, "ErrorMessage": TEXT}
    everywhere.door.put_events_results = [{"FailedEntryCount": 1, "Entries": [refused]}]
    assert everywhere.post("/webhooks/marosa", GOOD)["statusCode"] in {422, 503}
    assert everywhere.written.leaks() == []


# Release


@pytest.mark.parametrize(
    "named",
    [TEXT, [TEXT], {TEXT: TEXT}, {"provider": TEXT, "id": TEXT}, {"provider": "marosa", "id": TEXT},
     {"provider": "marosa", "id": NESTED}, {"provider": NESTED, "id": ""}, {"provider": "marosa"}],
    ids=range(8),
)  # fmt: skip
def test_a_release_that_is_asked_for_wrongly_says_nothing_of_it(
    everywhere: Everywhere, named: Any
) -> None:
    assert everywhere.release(named)["errorType"] == "Failed"
    assert everywhere.written.leaks() == []


def test_what_is_released_is_on_the_bus_alone(
    everywhere: Everywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = valid(MAROSA, "document", "DOCUMENT_STATUS_CHANGED")
    everywhere.post("/webhooks/marosa", body, {"content-type": TEXT})
    identifier = _kept(everywhere)
    still = everywhere.release({"provider": "marosa", "id": identifier})
    assert still["status"] == "not-json-content"
    monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)
    released = everywhere.release({"provider": "marosa", "id": identifier})
    assert released["status"] == "accepted"
    assert json.loads(everywhere.door.published[0]["Detail"])["data"] == body
    assert everywhere.written.leaks() == []


def _kept(everywhere: Everywhere) -> str:
    (key,) = everywhere.door.kept()
    return key.removeprefix("marosa/").removesuffix(".json")


@pytest.mark.exhaustive
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        ("s3", "get_object"),
        ("s3", "put_object"),
        ("dynamodb", "get_item"),
        ("dynamodb", "put_item"),
        ("dynamodb", "update_item"),
        ("events", "put_events"),
    ],
)
def test_what_aws_says_of_a_failed_release_is_written_nowhere(
    everywhere: Everywhere,
    monkeypatch: pytest.MonkeyPatch,
    client: str,
    operation: str,
    *,
    after: bool,
) -> None:
    monkeypatch.setattr("inlet.delivery._check_content_type", _refuse)
    everywhere.post("/webhooks/marosa", valid(MAROSA, "document", "DOCUMENT_STATUS_CHANGED"))
    identifier = _kept(everywhere)
    monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)
    for error in errors():
        getattr(everywhere.door, client).fail(operation, error, after=after)
        everywhere.release({"provider": "marosa", "id": identifier})
    assert len(everywhere.written.runtime.said) > len(list(errors()))
    assert everywhere.written.leaks() == []


def _refuse(_: str | None) -> None:
    raise NotJsonContent("Not today.")


KEPT = {
    "provider": "marosa", "pathType": TEXT, "receivedAt": "2025-04-01T08:00:00Z",
    "correlationId": "an-id", "reason": "any", "detail": TEXT, "headers": {WORD: TEXT},
    "body": base64.b64encode(json.dumps(NESTED).encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize(
    "field", [*(name for name in KEPT if name != "correlationId"), "another", "none"]
)
def test_an_object_of_the_quarantine_that_was_altered_says_nothing_of_itself(
    everywhere: Everywhere, field: str
) -> None:
    values = [*WRONG.values(), {WORD: NUMBER}, None]
    texts = [json.dumps(KEPT if field == "none" else KEPT | {field: value}) for value in values]
    for body in (*texts, *(text[:-9] for text in texts), TEXT):
        everywhere.door.s3.put_object(Bucket="quarantine", Key="marosa/x.json", Body=body)
        everywhere.release({"provider": "marosa", "id": "x"})
    assert everywhere.written.leaks() == []


# Consumers


def event_of(consumer: str) -> dict[str, Any]:
    """An event that its consumer tells a human of, with the dye in its data."""
    provider, kind, event_type = {
        "documents": ("marosa", "document", "DOCUMENT_STATUS_CHANGED"),
        "transfers": ("digiteal", "transfer", "TRANSFER_REIMBURSEMENT_STARTED"),
    }[consumer]
    metadata = {
        "schema": "any@1", "eventId": str(uuid4()), "provider": provider, "known": True,
        "eventType": event_type, "subject": f"{provider}/{kind}/1", "occurredAt": "2025",
        "receivedAt": "2025", "correlationId": "an-id", "flags": [],
    }  # fmt: skip
    data = valid(PROVIDERS[provider], kind, event_type) | {"currentStatus": "ERROR"}
    return {"detail": {"metadata": metadata, "data": data}}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("client", "operation"),
    [
        ("dynamodb", "put_item"),
        ("dynamodb", "query"),
        ("dynamodb", "update_item"),
        ("sns", "publish"),
        ("sqs", "change_message_visibility"),
    ],
)
def test_what_aws_says_of_a_failed_message_is_written_nowhere(
    everywhere: Everywhere, client: str, operation: str, *, after: bool
) -> None:
    for error in errors():
        for consumer in ("documents", "transfers"):
            getattr(everywhere.station, client).fail(operation, error, after=after)
            if operation == "change_message_visibility":
                everywhere.station.dynamodb.fail("put_item", error)
            answered = everywhere.consume(event_of(consumer), consumer)
            assert answered in (LEFT, TAKEN)
            getattr(everywhere.station, client).fail(operation, after=after)
    assert json.dumps(LEFT) in everywhere.written.runtime.said
    assert everywhere.written.leaks() == []


MALFORMED = {
    "not JSON": TEXT,
    "a text": json.dumps(TEXT),
    "no detail": json.dumps({WORD: TEXT}),
    "no metadata": json.dumps({"detail": NESTED}),
    "metadata that is none": json.dumps({"detail": {"metadata": NESTED, "data": NESTED}}),
    "data that is none": json.dumps({"detail": {"metadata": {}, "data": TEXT}}),
}


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_message_that_is_no_event_says_nothing_of_itself(
    everywhere: Everywhere, malformed: str
) -> None:
    assert everywhere.consume(MALFORMED[malformed], "documents") == LEFT
    everywhere.consume(MALFORMED[malformed], "documents", attempt=TEXT)
    assert everywhere.written.leaks() == []


@pytest.mark.parametrize("name", [*event_of("documents")["detail"]["metadata"], "body", "replay"])
def test_metadata_that_are_none_say_nothing_of_themselves(
    everywhere: Everywhere, name: str
) -> None:
    for value in (*WRONG.values(), {"bucket": NESTED, "key": TEXT, "sha256": NUMBER}):
        event = event_of("documents")
        event["detail"]["metadata"][name] = value
        everywhere.consume(event, "documents") if not isinstance(value, str) else None
    assert everywhere.written.leaks() == []


@pytest.mark.parametrize(
    "batch",
    [TEXT, [TEXT], {TEXT: TEXT}, {"Records": TEXT}, {"Records": [TEXT]}, {"Records": [NESTED]}],
    ids=range(6),
)
def test_an_invocation_that_is_none_says_nothing_of_itself(
    everywhere: Everywhere, batch: Any
) -> None:
    invoke = everywhere.written.runtime.invoke
    assert "errorType" in invoke(functions.consumer.handler.handler, batch)
    said = invoke(functions.ingest.handler.handler, batch)
    assert "errorType" in said or said["statusCode"] == 503
    assert everywhere.written.leaks() == []


# The canary


@pytest.mark.parametrize("bad", [*BAD_SECRETS, "none"])
def test_what_hinders_a_canary_is_written_nowhere(
    everywhere: Everywhere, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    door = everywhere.door
    secret = BAD_SECRETS.get(bad, json.dumps(SECRET))
    door.secretsmanager.put_secret_value(SecretId=door.secrets["standard"], SecretString=secret)
    way_in = CanaryDoor(door.secretsmanager, door.secrets["standard"], f"http://{TEXT}")  # type: ignore[arg-type]
    stations = Stations(door=way_in, dynamodb=door.dynamodb, timeline_table="timeline")  # type: ignore[arg-type]
    monkeypatch.setattr(functions.canary.handler, "stations", lambda: stations)
    for planned in ("2025-04-01T08:00:00Z", TEXT):
        said = everywhere.written.runtime.invoke(
            functions.canary.handler.handler, {"planned": planned}
        )
        assert said["errorType"] == "Failed"
    assert everywhere.written.leaks() == []


# The start of a function


SETTINGS = {
    "ingest": INGEST.environment(),
    "consumer": CONSUMER.environment(),
    "canary": CANARY.environment(),
}
BAD_SETTINGS: list[tuple[str, str, str | None]] = [
    *((function, name, value) for function, s in SETTINGS.items() for name in s
      for value in (TEXT, None)),
    ("ingest", "SECRETS", json.dumps(SECRET)[:-9]),
    ("ingest", "ADDRESSES", json.dumps({"marosa": [TEXT]})),
    ("ingest", "ADDRESSES", json.dumps({"marosa": NUMBER})),
    ("consumer", "AWS_DEFAULT_REGION", TEXT),
]  # fmt: skip
"""A function, and a setting that is wrong or missing."""


@pytest.mark.parametrize(
    ("function", "name", "value"),
    BAD_SETTINGS,
    ids=[f"{n}-{function}-{name}" for n, (function, name, _) in enumerate(BAD_SETTINGS)],
)
@pytest.mark.usefixtures("start_undone")
def test_a_function_that_cannot_start_says_nothing_of_its_environment(
    written: Written, monkeypatch: pytest.MonkeyPatch, function: str, name: str, value: str | None
) -> None:
    start_in_vain(written, monkeypatch, function, {name: value})
    assert written.leaks() == []


@pytest.mark.parametrize(
    ("function", "types"),
    [
        ("ingest", json.dumps({TEXT: {}})),
        ("ingest", json.dumps({"marosa": NESTED})),
        ("consumer", json.dumps({"marosa": {TEXT: {"kind": NUMBER}}})),
        ("consumer", json.dumps(NESTED)[:-9]),
    ],
    ids=["a provider", "a type", "a kind", "no JSON"],
)
@pytest.mark.usefixtures("start_undone")
def test_a_function_that_cannot_start_says_nothing_of_the_types_of_its_stage(
    written: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, function: str, types: str
) -> None:
    (tmp_path / "stage-types.json").write_text(types)
    monkeypatch.setattr("functions.settings.STAGE_TYPES", tmp_path / "stage-types.json")
    start_in_vain(written, monkeypatch, function, {})
    assert [json.loads(said)["errorType"] for said in written.runtime.said] == ["Failed"]
    assert written.leaks() == []


def start_in_vain(
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    wrong: Mapping[str, str | None],
) -> None:
    """Start a function with other settings. What the runtime reports of its error is written."""
    environment = {
        **SETTINGS[function],
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:0",
        "AWS_SECRET_ACCESS_KEY": TEXT,
        "AWS_SESSION_TOKEN": TEXT,
        **wrong,
    }
    for variable, setting in environment.items():
        if setting is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, setting)
    monkeypatch.delitem(sys.modules, f"functions.{function}.handler", raising=False)
    try:
        runpy.run_module(f"functions.{function}.handler")
    except Exception:  # noqa: BLE001 - the runtime takes any
        fault = bootstrap.build_fault_result(sys.exc_info(), None)
        bootstrap.log_error(fault, bootstrap.StandardLogSink())
        written.runtime.said.append(json.dumps(fault))
        assert fault["errorType"] in {"Failed", "WrongSettings"}


# The search itself


def _raise(text: str) -> None:
    raise RuntimeError(text)


PLANT: Mapping[str, Callable[[Written, str], Any]] = {
    "the function's log": lambda _, text: logger.info("event", extra={"field": text}),
    "the libraries' log": lambda _, text: logging.getLogger("botocore.parsers").warning(text),
    "what is printed": lambda _, text: sys.stdout.write(text),
    "standard error": lambda _, text: sys.stderr.write(text),
    "answers": lambda w, text: w.runtime.invoke(lambda *_: {"body": text}, {}),
    "messages to people": lambda w, text: w.messages.append(text),
    "traces": lambda w, text: w.traces.append(text),
}


@pytest.mark.parametrize("form", dye.forms())
@pytest.mark.parametrize("place", PLANT)
def test_dye_that_was_planted_is_found(written: Written, place: str, form: str) -> None:
    PLANT[place](written, f"a text with {dye.forms()[form]} in it")
    assert written.leaks() == [place]


@pytest.mark.parametrize("form", dye.forms())
def test_dye_in_what_the_runtime_makes_of_an_error_is_found(written: Written, form: str) -> None:
    written.runtime.invoke(lambda *_: _raise(dye.forms()[form]), {})
    assert written.leaks() == ["what is printed", "answers"]


@pytest.mark.parametrize("place", PLANT)
def test_where_there_is_no_dye_none_is_found(written: Written, place: str) -> None:
    PLANT[place](written, f"{uuid4()} {uuid4().hex} {base64.b64encode(uuid4().bytes).decode()}")
    assert written.leaks() == []

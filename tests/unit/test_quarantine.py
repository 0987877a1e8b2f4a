"""Quarantine: what is refused after it was authenticated is kept, and can travel again."""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from functions.ingest import handler
from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from functions.telemetry import Failed
from inlet.authentication import Credentials
from inlet.providers import PROVIDERS
from inlet.quarantined import Quarantined, content_id
from inlet.request import Request
from tests.support.door import Door
from tests.support.faulty import throttled, timed_out
from tests.support.gateway import NOW, RIGHT, Context, basic, http_event
from tests.support.kills import Killed
from tests.support.samples import sample, samples

Told = Callable[[], list[dict[str, Any]]]

WRONG = sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract")
REFUSED = [s for s in samples() if s.answer and s.answer["status"] not in (202, 401)]


def the_object(door: Door) -> tuple[str, dict[str, Any]]:
    """The one object of the quarantine: the id it is kept under, and what it holds."""
    ((key, kept),) = door.kept().items()
    assert key == f"{kept['provider']}/{Path(key).stem}.json"
    day = "-2025-04-01" if kept["provider"] == "digiteal" else ""
    assert re.fullmatch("[0-9a-f]{32}" + day, Path(key).stem)
    return Path(key).stem, kept


def count_of(door: Door, provider: str, identifier: str) -> dict[str, str]:
    """What is counted of a content."""
    found = door.dynamodb.get_item(
        TableName="deliveries", Key={"id": {"S": f"quarantine#{provider}#{identifier}"}}
    )
    return {name: next(iter(value.values())) for name, value in found["Item"].items()}


# What is kept


@pytest.mark.parametrize("refused", REFUSED, ids=lambda s: f"{s.provider}/{s.name}")
def test_every_refusal_after_authentication_is_kept_before_it_is_answered(
    door: Door, refused: Any
) -> None:
    for before in refused.after:
        door.send(sample(refused.provider, before))
    answered = door.send(refused)
    _, kept = the_object(door)
    assert answered["status"] == refused.answer["status"]
    assert base64.b64decode(kept["body"]) == refused.body
    assert kept["provider"] == refused.provider
    assert kept["detail"] == answered["body"]["detail"]
    assert kept["receivedAt"] == "2025-04-01T08:00:00Z"
    assert kept["correlationId"] == "sample-request"
    assert kept["headers"]["content-type"] == refused.request["headers"]["content-type"]


def test_the_reason_and_the_fields_are_kept(door: Door) -> None:
    door.send(WRONG)
    _, kept = the_object(door)
    assert kept["reason"] == "wrong-contract"
    assert [problem["field"] for problem in kept["problems"]] == ["eventId", "currentStatus"]
    assert kept["pathType"] is None


def test_people_are_told_all_but_the_headers_and_the_body(door: Door) -> None:
    door.send(WRONG)
    _, kept = the_object(door)
    told = Quarantined.model_validate(kept).told()
    assert kept.keys() - told.keys() == {"headers", "body"}
    assert told == {name: kept[name] for name in told}


def test_the_type_of_the_path_is_kept(door: Door) -> None:
    door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")
    _, kept = the_object(door)
    assert kept["pathType"] == "PAYMENT_INITIATED"


def test_what_the_bus_refuses_for_good_is_kept(door: Door) -> None:
    door.put_events_results = [
        {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "MalformedDetail"}]}
    ]
    assert door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED"))["status"] == 422
    _, kept = the_object(door)
    assert kept["reason"] == "wrong-contract"


def test_what_a_stranger_sends_is_not_kept(door: Door) -> None:
    assert door.post("/webhooks/marosa", b"{", headers={})["status"] == 401
    assert door.kept() == {}
    assert door.dynamodb.calls == []


def test_what_may_come_again_is_not_kept(door: Door) -> None:
    door.events.fail("put_events", throttled())
    assert door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED"))["status"] == 503
    assert door.kept() == {}


def test_no_credential_is_kept(door: Door) -> None:
    key = {"label": "new", "header": "x-marosa", "value": "key-1"}
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString=json.dumps({"apiKey": [key]})
    )
    secret = {
        "x-marosa": "key-1",
        "Authorization": "secret-1",
        "Cookie": "secret-2",
        "X-Auth-Token": "secret-3",
        "x-hub-signature-256": "secret-4",
        "x-shop-hmac-sha256": "secret-7",
        "x-client-secret": "secret-5",
        "x-api-key": "secret-6",
        "x-shop-credential": "secret-8",
        "x-shop-password": "secret-9",
        "x-goog-iap-jwt-assertion": "secret-10",
        "x-session-id": "secret-11",
        "x-shop-passphrase": "secret-12",
        "x-oauth-scopes": "secret-13",
    }
    plain = {"user-agent": "a provider", "x-request-id": "7"}
    assert door.post("/webhooks/marosa", b"{}", headers=secret | plain)["status"] == 422
    _, kept = the_object(door)
    assert kept["headers"] == {"content-type": "application/json", **plain}


def test_a_header_that_is_no_text_is_kept_as_one(door: Door) -> None:
    odd = basic(*RIGHT["marosa"]) | {"x-odd": "\ud800"}
    assert door.post("/webhooks/marosa", b"{}", headers=odd)["status"] == 422
    _, kept = the_object(door)
    assert kept["headers"]["x-odd"] == "?"


def test_the_log_says_under_which_id_a_request_is_kept(door: Door, told: Told) -> None:
    door.send(WRONG)
    door.send(WRONG)
    identifier, _ = the_object(door)
    assert [log["quarantined"] for log in told()] == [identifier, identifier]


# Once per content


def test_a_content_is_kept_once_and_counted(door: Door) -> None:
    for _ in range(3):
        assert door.send(WRONG)["status"] == 422
    identifier, _ = the_object(door)
    counted = count_of(door, "marosa", identifier)
    assert (counted["times"], counted["reason"]) == ("3", "wrong-contract")
    assert counted["firstAt"] < counted["lastAt"]
    assert door.s3.calls.count("put_object") == 1


def test_a_repeated_content_costs_one_call(door: Door) -> None:
    door.send(WRONG)
    door.dynamodb.calls.clear()
    door.s3.calls.clear()
    door.send(WRONG)
    assert door.dynamodb.calls == ["update_item"]
    assert door.s3.calls == []


@pytest.mark.parametrize(
    "another",
    [
        ("/webhooks/digiteal/PAYMENT_INITIATED", b"[1]"),
        ("/webhooks/digiteal/PAYMENT_TRANSFERRED", b"[]"),
        ("/webhooks/digiteal", b"[]"),
    ],
)
def test_another_body_or_type_is_another_content(door: Door, another: tuple[str, bytes]) -> None:
    door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")
    door.post(*another)
    assert len(door.kept()) == 2


def test_an_event_id_in_a_header_makes_another_content(door: Door) -> None:
    for event_id in ("msg_1", "msg_2", "msg_2"):
        own = {"webhook-id": event_id, "content-type": "application/json"}
        credentials = Credentials.parse(json.dumps({"generated": RIGHT["standard"][1]}), "standard")
        request = Request(body=b"{}", headers=own, received_at=NOW, correlation_id="")
        proof = PROVIDERS["standard"].authentication.prove(request, credentials)
        assert door.post("/webhooks/standard", b"{}", headers=own | dict(proof))["status"] == 422
    kept = door.kept()
    assert sorted(one["headers"]["webhook-id"] for one in kept.values()) == ["msg_1", "msg_2"]
    assert all("webhook-signature" not in one["headers"] for one in kept.values())


def from_svix(
    door: Door, event_id: str, body: bytes, content_type: str = "application/json"
) -> dict[str, Any]:
    """Post to `standard` with the headers of Svix."""
    own = {"svix-id": event_id, "content-type": content_type}
    credentials = Credentials.parse(json.dumps({"generated": RIGHT["standard"][1]}), "standard")
    request = Request(body=body, headers=own, received_at=NOW, correlation_id="")
    proof = PROVIDERS["standard"].authentication.prove(request, credentials)
    return door.post("/webhooks/standard", body, headers=own | dict(proof))


def test_a_quarantined_request_of_svix_is_released_with_its_event_id(
    door: Door, mended: Callable[[], None]
) -> None:
    assert from_svix(door, "msg_2f8a", b'{"type": "a"}', "text/plain")["status"] == 415
    identifier, kept = the_object(door)
    assert kept["headers"] == {
        "content-type": "text/plain",
        "svix-id": "msg_2f8a",
        "svix-timestamp": "1743494400",
    }
    mended()
    assert door.release("standard", identifier) == {"eventId": "msg_2f8a", "status": "accepted"}
    assert from_svix(door, "msg_2f8a", b'{"type": "a"}')["body"]["status"] == "duplicate"


def test_an_event_id_of_svix_makes_another_content(door: Door) -> None:
    for event_id in ("msg_1", "msg_2", "msg_2"):
        assert from_svix(door, event_id, b"{}")["status"] == 422
    assert sorted(one["headers"]["svix-id"] for one in door.kept().values()) == ["msg_1", "msg_2"]


def test_once_the_object_may_be_gone_the_content_is_kept_again(door: Door) -> None:
    door.send(WRONG)
    identifier, _ = the_object(door)
    door.s3.delete_object(Bucket="quarantine", Key=f"marosa/{identifier}.json")
    door.dynamodb.update_item(
        TableName="deliveries",
        Key={"id": {"S": f"quarantine#marosa#{identifier}"}},
        UpdateExpression="SET keptUntil = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    door.send(WRONG)
    assert the_object(door)[0] == identifier


def post(
    door: Door, path: str, body: bytes, *, request_id: str, at: Any = NOW, **headers: str
) -> int:
    """Post a request with an id and a time of receipt; return the status."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    provider = path.split("/")[2]
    event = http_event(path, body, own | basic(*RIGHT[provider]), request_id=request_id)
    event["requestContext"]["timeEpoch"] = int(at.timestamp() * 1000)
    return int(door.answer(event)["status"])


def test_a_body_rejected_for_its_type_and_then_for_its_model_is_two_contents(door: Door) -> None:
    path, body = "/webhooks/marosa", b'{"eventId": 1}'
    assert post(door, path, body, request_id="1", content_type="text/plain") == 415
    assert post(door, path, body, request_id="2", content_type="application/json") == 422
    assert sorted(one["reason"] for one in door.kept().values()) == [
        "not-json-content",
        "wrong-contract",
    ]


@pytest.mark.parametrize(
    ("one", "other", "contents"),
    [
        ({"content_type": "text/plain"}, {"content_type": "Text/PLAIN; charset=utf-8"}, 1),
        ({"content_type": "text/plain"}, {"content_type": "text/xml"}, 2),
        ({"content_type": "application/json"}, {}, 1),
        ({"content_type": ""}, {}, 2),
        ({"content_encoding": "identity"}, {}, 1),
        ({"content_encoding": "gzip"}, {}, 2),
        ({"content_encoding": "gzip"}, {"content_encoding": "X-Gzip, identity"}, 1),
        ({"content_encoding": "gzip"}, {"content_encoding": "br"}, 2),
    ],
)
def test_media_type_and_encoding_belong_to_a_content(
    door: Door, one: dict[str, str], other: dict[str, str], contents: int
) -> None:
    assert post(door, "/webhooks/marosa", b"[]", request_id="1", **one) in {415, 422}
    assert post(door, "/webhooks/marosa", b"[]", request_id="2", **other) in {415, 422}
    assert len(door.kept()) == contents


LATE = datetime(2025, 4, 1, 23, 59, 59, 999000, tzinfo=UTC)
NEXT_DAY = datetime(2025, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "contents"), [("/webhooks/digiteal/PAYMENT_INITIATED", 2), ("/webhooks/marosa", 1)]
)
def test_the_utc_day_belongs_to_a_content_where_event_ids_are_derived(
    door: Door, path: str, contents: int
) -> None:
    assert post(door, path, b"[]", request_id="1", at=NOW) == 422
    assert post(door, path, b"[]", request_id="2", at=LATE) == 422
    assert post(door, path, b"[]", request_id="3", at=NEXT_DAY) == 422
    assert len(door.kept()) == contents


def test_what_is_rejected_on_two_days_is_released_as_two_events(door: Door) -> None:
    path, body = "/webhooks/digiteal/CARD_TOKEN_CREATED", b'{"token": "t-1"}'
    assert post(door, path, body, request_id="1", at=LATE, content_type="text/plain") == 415
    assert post(door, path, body, request_id="2", at=NEXT_DAY, content_type="text/plain") == 415
    identifiers = [Path(key).stem for key in door.kept()]
    assert sorted(identifier[32:] for identifier in identifiers) == ["-2025-04-01", "-2025-04-02"]
    outcomes = [door.release("digiteal", one, asJson=True) for one in identifiers]
    assert [outcome["status"] for outcome in outcomes] == ["accepted", "accepted"]
    assert len({outcome["eventId"] for outcome in outcomes}) == 2


@pytest.mark.parametrize("refused", REFUSED, ids=lambda s: f"{s.provider}/{s.name}")
def test_the_stored_request_has_the_id_that_it_is_stored_under(door: Door, refused: Any) -> None:
    for before in refused.after:
        door.send(sample(refused.provider, before))
    door.send(refused)
    identifier, stored = the_object(door)
    request = Quarantined.model_validate(stored).request
    assert content_id(PROVIDERS[refused.provider], request) == identifier


# The first object stays


def died(door: Door, client: str, operation: str, earlier: int, *, after: bool) -> None:
    """Let the next run end at a call like a killed process."""
    getattr(door, client).fail(operation, *[None] * earlier, Killed(), after=after)
    with pytest.raises(Killed):
        post(door, "/webhooks/marosa", b"[]", request_id="died")


def revive(door: Door) -> None:
    """Let all calls succeed from now on."""
    for client in (door.dynamodb, door.s3):
        for operation in ("update_item", "put_object", "get_object"):
            for after in (False, True):
                client.fail(operation, after=after)


def is_marked(door: Door, identifier: str) -> bool:
    return "keptUntil" in count_of(door, "marosa", identifier)


@pytest.mark.parametrize(
    ("client", "operation", "earlier", "after", "stored"),
    [
        ("dynamodb", "update_item", 0, False, "next"),
        ("dynamodb", "update_item", 0, True, "next"),
        ("dynamodb", "update_item", 1, False, "next"),
        ("dynamodb", "update_item", 1, True, "next"),
        ("s3", "put_object", 0, False, "next"),
        ("s3", "put_object", 0, True, "died"),
        ("dynamodb", "update_item", 2, False, "died"),
        ("dynamodb", "update_item", 2, True, "died"),
    ],
)
def test_a_run_killed_at_any_call_is_completed_by_the_next_and_its_object_stays(  # noqa: PLR0913
    door: Door, client: str, operation: str, earlier: int, *, after: bool, stored: str
) -> None:
    died(door, client, operation, earlier, after=after)
    revive(door)
    assert post(door, "/webhooks/marosa", b"[]", request_id="next") == 422
    identifier, document = the_object(door)
    assert document["correlationId"] == stored
    assert is_marked(door, identifier)
    assert post(door, "/webhooks/marosa", b"[]", request_id="later") == 422
    assert the_object(door) == (identifier, document)


@pytest.mark.parametrize(
    ("client", "operation", "earlier", "after"),
    [
        ("dynamodb", "update_item", 0, False),
        ("dynamodb", "update_item", 0, True),
        ("dynamodb", "update_item", 1, False),
        ("dynamodb", "update_item", 1, True),
        ("s3", "put_object", 0, False),
        ("s3", "get_object", 0, False),
        ("s3", "get_object", 0, True),
        ("dynamodb", "update_item", 2, False),
        ("dynamodb", "update_item", 2, True),
    ],
)
@pytest.mark.parametrize("fault", [Killed(), timed_out(), throttled()], ids=repr)
def test_a_run_that_completes_another_may_fail_at_any_call_too(  # noqa: PLR0913
    door: Door, client: str, operation: str, earlier: int, fault: BaseException, *, after: bool
) -> None:
    died(door, "s3", "put_object", 0, after=True)
    revive(door)
    getattr(door, client).fail(operation, *[None] * earlier, fault, after=after)
    if isinstance(fault, Killed):
        with pytest.raises(Killed):
            post(door, "/webhooks/marosa", b"[]", request_id="next")
    else:
        assert post(door, "/webhooks/marosa", b"[]", request_id="next") == 503
    revive(door)
    assert post(door, "/webhooks/marosa", b"[]", request_id="last") == 422
    identifier, document = the_object(door)
    assert document["correlationId"] == "died"
    assert is_marked(door, identifier)


def test_an_object_that_is_completed_later_counts_as_stored_from_when_it_was(door: Door) -> None:
    with time_machine.travel(datetime(2025, 4, 1, 8, tzinfo=UTC), tick=False):
        died(door, "s3", "put_object", 0, after=True)
    revive(door)
    with time_machine.travel(datetime(2025, 4, 14, 7, 59, 59, tzinfo=UTC), tick=False):
        assert post(door, "/webhooks/marosa", b"[]", request_id="next") == 422
    identifier, document = the_object(door)
    assert document["correlationId"] == "died"
    until = datetime(2025, 4, 14, 8, tzinfo=UTC)
    assert int(count_of(door, "marosa", identifier)["keptUntil"]) == until.timestamp()


def test_an_object_at_the_end_of_its_time_is_replaced(door: Door) -> None:
    with time_machine.travel(datetime(2025, 4, 1, 8, tzinfo=UTC), tick=False):
        died(door, "s3", "put_object", 0, after=True)
    revive(door)
    with time_machine.travel(datetime(2025, 4, 14, 8, tzinfo=UTC), tick=False):
        assert post(door, "/webhooks/marosa", b"[]", request_id="next") == 422
    identifier, document = the_object(door)
    assert document["correlationId"] == "next"
    until = datetime(2025, 4, 27, 8, tzinfo=UTC)
    assert int(count_of(door, "marosa", identifier)["keptUntil"]) == until.timestamp()


def test_where_another_run_replaces_the_object_first_the_answer_is_503(door: Door) -> None:
    with time_machine.travel(datetime(2025, 4, 1, 8, tzinfo=UTC), tick=False):
        died(door, "s3", "put_object", 0, after=True)
    revive(door)
    changed = ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")
    door.s3.fail("put_object", None, changed)
    assert post(door, "/webhooks/marosa", b"[]", request_id="next") == 503
    assert post(door, "/webhooks/marosa", b"[]", request_id="last") == 422


# Nothing is lost because of it


CALLS = [("dynamodb", "update_item", 0), ("dynamodb", "update_item", 1), ("s3", "put_object", 0),
         ("dynamodb", "update_item", 2)]  # fmt: skip
"""The calls that keeping takes: count, take room, put, mark."""


@pytest.mark.parametrize(("client", "operation", "earlier"), CALLS)
@pytest.mark.parametrize("error", [timed_out(), throttled()])
@pytest.mark.parametrize("after", [False, True])
def test_where_it_cannot_be_kept_the_no_is_not_final(  # noqa: PLR0913
    door: Door, client: str, operation: str, earlier: int, error: Exception, *, after: bool
) -> None:
    getattr(door, client).fail(operation, *[None] * earlier, error, after=after)
    answered = door.send(WRONG)
    assert (answered["status"], answered["body"]["detail"]) == (
        503,
        "The refused request could not be kept.",
    )
    assert door.send(WRONG)["status"] == 422
    the_object(door)


def test_without_the_time_to_keep_it_the_no_is_not_final(door: Door) -> None:
    late = Context(remaining_milliseconds=1000 * LONGEST_CALL_SECONDS - 1)
    answered = door.post("/webhooks/marosa", b"{}", context=late)
    assert (answered["status"], answered["body"]["detail"]) == (
        503,
        "The refused request could not be kept in time.",
    )
    assert door.kept() == {}


def test_a_broken_sender_cannot_fill_it(door: Door, told: Told) -> None:
    door.quarantine_bytes_per_day = 100_000
    statuses = [
        door.post("/webhooks/marosa", json.dumps({"n": n, "x": "x" * 10_000}).encode())["status"]
        for n in range(20)
    ]
    assert statuses == [422] * 7 + [503] * 13
    assert sum(len(json.dumps(one)) for one in door.kept().values()) < 100_000
    full = next(line for line in told() if line["message"] == "quarantine full")
    assert full["level"] == "WARNING"
    assert full["provider"] == "marosa"


def test_a_full_day_of_one_provider_is_nothing_to_another_and_known_contents_are_counted_on(
    door: Door,
) -> None:
    door.send(WRONG)
    door.quarantine_bytes_per_day = 1
    assert door.send(WRONG)["status"] == 422
    door.quarantine_bytes_per_day = 3000
    while (
        door.post("/webhooks/marosa", json.dumps({"n": len(door.kept())}).encode())["status"] == 422
    ):
        assert len(door.kept()) < 20
    assert door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")["status"] == 422


def test_what_is_counted_is_forgotten_after_its_object(door: Door) -> None:
    door.send(WRONG)
    identifier, _ = the_object(door)
    counted = count_of(door, "marosa", identifier)
    day = 86_400
    assert int(counted["expiration"]) - int(counted["keptUntil"]) == (14 + 7) * day - 13 * day


def test_an_encoded_body_is_quarantined_as_sent_with_its_encoding(door: Door) -> None:
    body = bytes.fromhex("1f8b0800")
    headers = basic(*RIGHT["marosa"]) | {"content-encoding": "gzip"}
    answered = door.post("/webhooks/marosa", body, headers)
    assert (answered["status"], answered["body"]["detail"]) == (
        415, "The content encoding must be identity, not gzip.",
    )  # fmt: skip
    _, kept = the_object(door)
    assert kept["body"] == "H4sIAA=="
    assert kept["headers"] == {"content-type": "application/json", "content-encoding": "gzip"}


# Release

TEXT = sample("marosa", "DOCUMENT_STATUS_CHANGED").body
REJECTED = {400, 415}


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


def test_a_request_with_another_content_type_is_released_as_json_if_asked(door: Door) -> None:
    post(door, "/webhooks/marosa", TEXT, request_id="1", content_type="text/plain")
    identifier, _ = the_object(door)
    assert door.release("marosa", identifier)["status"] == "not-json-content"
    assert door.release("marosa", identifier, asJson=True)["status"] == "accepted"
    (published,) = door.published
    assert json.loads(published["Detail"])["data"] == json.loads(TEXT)


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
    ],
)
def test_an_encoded_body_is_decoded_on_release(
    door: Door, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    body = encode(TEXT)
    assert (
        post(door, "/webhooks/marosa", body, request_id="1", content_encoding=encoding) in REJECTED
    )
    identifier, document = the_object(door)
    assert base64.b64decode(document["body"]) == body
    assert door.release("marosa", identifier)["status"] == "accepted"
    (published,) = door.published
    assert json.loads(published["Detail"])["data"] == json.loads(TEXT)


@pytest.mark.parametrize(
    ("encoding", "body", "detail"),
    [
        (
            "br",
            b"no br",
            "The content encoding 'br' is not supported: only gzip and deflate can be",
        ),
        ("gzip", b"no gzip", "The content encoding is gzip, but the body cannot be decoded."),
        ("gzip", gzip.compress(bytes(6_291_457)), "The decoded body is larger than 6291456 bytes."),
    ],
)
def test_a_body_that_cannot_be_decoded_stays_and_the_outcome_says_why(
    door: Door, encoding: str, body: bytes, detail: str
) -> None:
    assert (
        post(door, "/webhooks/marosa", body, request_id="1", content_encoding=encoding) in REJECTED
    )
    ((key, _),) = door.kept().items()
    outcome = door.release("marosa", Path(key).stem, asJson=True)
    assert outcome["status"] == "not-json-content"
    assert outcome["detail"].startswith(detail)
    assert door.published == []
    assert key in door.kept()


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Mends what refuses requests without JSON's content type."""

    def mend() -> None:
        monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)

    return mend


NOT_JSON = sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json_content")
SUBJECT = "marosa/document/INV-2025-00123"
EVENT_ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


def kept_and(door: Door, mended: Callable[[], None]) -> str:
    """The id of a request that is kept, and would be accepted now."""
    door.send(NOT_JSON)
    mended()
    return the_object(door)[0]


def test_what_is_released_travels_as_it_would_have(door: Door, mended: Callable[[], None]) -> None:
    identifier = kept_and(door, mended)
    assert door.release("marosa", identifier) == {"eventId": EVENT_ID, "status": "accepted"}
    (published,) = door.published
    metadata = json.loads(published["Detail"])["metadata"]
    assert metadata["receivedAt"] == "2025-04-01T08:00:00.000000Z"
    assert metadata["correlationId"] == "sample-request"


def test_the_outcome_is_kept_beside_it(door: Door, mended: Callable[[], None]) -> None:
    identifier = kept_and(door, mended)
    door.release("marosa", identifier)
    outcome = door.kept()[f"marosa/{identifier}.outcome.json"]
    assert outcome.pop("at")
    assert outcome == {"eventId": EVENT_ID, "status": "accepted"}


def test_what_is_still_wrong_stays_and_says_what(door: Door) -> None:
    door.send(WRONG)
    identifier, kept = the_object(door)
    outcome = door.release("marosa", identifier)
    assert outcome["status"] == "wrong-contract"
    assert [error["field"] for error in outcome["errors"]] == ["eventId", "currentStatus"]
    assert door.kept()[f"marosa/{identifier}.json"] == kept
    assert door.kept()[f"marosa/{identifier}.outcome.json"]["status"] == "wrong-contract"
    assert count_of(door, "marosa", identifier)["times"] == "1"


def test_released_twice_it_counts_once(door: Door, mended: Callable[[], None]) -> None:
    identifier = kept_and(door, mended)
    door.release("marosa", identifier)
    assert door.release("marosa", identifier)["status"] == "duplicate"
    assert len(door.published) == 1


def test_released_while_its_provider_sends_it_again_it_counts_once(
    door: Door, mended: Callable[[], None]
) -> None:
    identifier = kept_and(door, mended)
    outcomes: list[dict[str, Any]] = []
    original = door.put_events

    def meanwhile(**arguments: Any) -> dict[str, Any]:
        outcomes.append(door.release("marosa", identifier))
        return original(**arguments)

    door.put_events = meanwhile  # type: ignore[method-assign]
    assert door.send(NOT_JSON)["status"] == 202
    assert outcomes[0]["status"] == "unavailable"
    assert f"marosa/{identifier}.outcome.json" not in door.kept()
    assert door.release("marosa", identifier)["status"] == "duplicate"
    assert len(door.published) == 1


@pytest.mark.parametrize(
    ("client", "operation", "earlier"),
    [
        ("s3", "get_object", 0),
        ("dynamodb", "put_item", 0),
        ("events", "put_events", 0),
        ("dynamodb", "update_item", 0),
        ("s3", "put_object", 0),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_killed_anywhere_it_can_be_released_again(  # noqa: PLR0913
    door: Door,
    mended: Callable[[], None],
    client: str,
    operation: str,
    earlier: int,
    *,
    after: bool,
) -> None:
    identifier = kept_and(door, mended)
    killed = Killed()
    getattr(door, client).fail(operation, *[None] * earlier, killed, after=after)
    with pytest.raises(Killed):
        door.release("marosa", identifier, Context(remaining_milliseconds=-1))
    assert door.release("marosa", identifier)["status"] in {"accepted", "duplicate"}
    assert {entry["DetailType"] for entry in door.published} == {"DOCUMENT_STATUS_CHANGED"}
    assert door.kept()[f"marosa/{identifier}.outcome.json"]["eventId"] == EVENT_ID


def forgotten(door: Door, at: str) -> None:
    """Put a tombstone on the subject of the request that is kept."""
    item = {"pk": SUBJECT, "sk": "state", "forgottenAt": at}
    door.dynamodb.put_item(TableName="timeline", Item={n: {"S": v} for n, v in item.items()})


def test_what_is_about_a_subject_that_was_forgotten_since_does_not_travel(
    door: Door, mended: Callable[[], None], told: Told
) -> None:
    identifier = kept_and(door, mended)
    forgotten(door, "2025-04-01T08:00:00.000000Z")
    told()
    outcome = door.release("marosa", identifier)
    assert outcome == {
        "status": "forgotten",
        "detail": "Its subject was forgotten after it was received.",
        "errors": [],
    }
    assert door.published == []
    assert door.kept()[f"marosa/{identifier}.outcome.json"]["status"] == "forgotten"
    assert told()[0]["outcome"] == "forgotten"
    deliveries = door.dynamodb.scan(TableName="deliveries")["Items"]
    assert [one for one in deliveries if one["id"]["S"].startswith("delivery#")] == []


def test_what_came_after_its_subject_was_forgotten_travels(
    door: Door, mended: Callable[[], None]
) -> None:
    identifier = kept_and(door, mended)
    forgotten(door, "2025-04-01T07:59:59.999999Z")
    assert door.release("marosa", identifier)["status"] == "accepted"


@pytest.mark.parametrize("error", [throttled(), timed_out()])
def test_where_nobody_knows_whether_it_was_forgotten_nothing_is_decided(
    door: Door, mended: Callable[[], None], error: Exception
) -> None:
    identifier = kept_and(door, mended)
    door.dynamodb.fail("get_item", error)
    assert door.release("marosa", identifier)["status"] == "unavailable"
    assert door.published == []
    assert len(door.kept()) == 1
    assert door.release("marosa", identifier)["status"] == "accepted"


def test_a_content_whose_count_is_erased_while_it_is_kept_comes_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_object = door.s3.put_object

    def meanwhile(**arguments: Any) -> None:
        put_object(**arguments)
        for item in door.dynamodb.scan(TableName="deliveries")["Items"]:
            door.dynamodb.delete_item(TableName="deliveries", Key={"id": item["id"]})

    with monkeypatch.context() as patch:
        patch.setattr(door.s3, "put_object", meanwhile)
        assert door.send(WRONG)["status"] == 503
    assert door.send(WRONG)["status"] == 422
    identifier, _ = the_object(door)
    assert count_of(door, "marosa", identifier)["times"] == "1"


def test_a_release_is_logged_and_counted_as_one(
    door: Door, mended: Callable[[], None], told: Told
) -> None:
    identifier = kept_and(door, mended)
    told()
    door.release("marosa", identifier)
    (log,) = told()
    assert (log["message"], log["outcome"], log["quarantined"]) == (
        "release", "accepted", identifier,
    )  # fmt: skip
    assert log["provider"] == "marosa"


def test_the_function_releases_what_it_is_asked_to(
    door: Door, mended: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = kept_and(door, mended)
    monkeypatch.setattr(handler, "stations", door.stations)
    named = {"release": {"provider": "marosa", "id": identifier}}
    assert handler.handler(named, Context())["status"] == "accepted"  # type: ignore[arg-type]


def test_a_failure_that_nobody_expected_leaves_as_its_type_and_the_log_says_where(
    door: Door, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    monkeypatch.setattr(handler, "stations", door.stations)
    named = {"release": {"provider": "nobody", "id": "an-id"}}
    with pytest.raises(Failed, match=r"^KeyError$"):
        handler.handler(named, Context())  # type: ignore[arg-type]
    (line,) = told()
    assert (line["level"], line["message"], line["causes"][0]["type"]) == (
        "ERROR", "failed", "KeyError",
    )  # fmt: skip
    assert line["causes"][0]["at"][-1].endswith(" release")

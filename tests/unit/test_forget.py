"""A subject is forgotten: what was kept of it goes, and comes back by no way."""

import base64
import gzip
import json
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations, count
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from inlet.authentication import Credentials
from inlet.body import whole
from inlet.cli.commands import app
from inlet.event import Event
from inlet.operations.bodies import bodies_of
from inlet.operations.deployment import Deployment
from inlet.operations.forget import forget, traces
from inlet.operations.mentions import is_about
from inlet.operations.quarantine import Mention, erase, mentions
from inlet.providers import PROVIDERS
from inlet.quarantined import Quarantined
from inlet.refusals import NotJson
from inlet.request import Request
from tests.support.aws import Aws
from tests.support.deployed import write_laptop
from tests.support.door import Door
from tests.support.faulty import Faulty, throttled
from tests.support.gateway import NOW, RIGHT, basic, http_event
from tests.support.kills import Killed
from tests.support.samples import sample
from tests.support.station import ERROR, LATE, OK, SUBJECT, Station, event
from tests.support.transfers import Before

Inlet = Callable[..., Result]
Told = Callable[[], list[dict[str, Any]]]

BEFORE = "2025-04-01T08:00:00.000000Z"
AFTER = "2099-01-01T00:00:00.000000Z"
"""When events are received, as seen from when their subject is forgotten, which is now."""

OUTPUTS = {
    "TimelineTable": "timeline",
    "BodiesBucket": "bodies",
    "QuarantineBucket": "quarantine",
    "DeliveriesTable": "deliveries",
}

WRONG = sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract")
NOT_JSON = sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json_content")


pytestmark = pytest.mark.usefixtures("door")


@pytest.fixture
def deployment(aws: Aws) -> Deployment:
    """What an operator's commands work on."""
    return deployed(dynamodb=aws("dynamodb"), s3=aws("s3"))


def deployed(**clients: Any) -> Deployment:
    """A deployment with these clients."""
    return Deployment("memory", OUTPUTS, None, _clients=clients)  # type: ignore[arg-type]


@pytest.fixture
def inlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    """Runs the command on the AWS in memory, with an answer to what it asks."""
    monkeypatch.chdir(tmp_path)
    write_laptop(tmp_path, OUTPUTS)
    return lambda *arguments, answer="": CliRunner().invoke(app, arguments, input=answer)


EVENT_ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
BODIES = f"marosa/DOCUMENT_STATUS_CHANGED/{EVENT_ID}/"
"""Where the bodies of the event OK are."""


def put_body(door: Door, key: str, *, subject: str = SUBJECT, received_at: str = BEFORE) -> None:
    """Store a body as ingest does."""
    metadata = {"received-at": received_at, "subject": subject.replace("/", "%2F")}
    door.s3.put_object(Bucket="bodies", Key=key, Body=b"{}", Metadata=metadata)


def body_keys(door: Door) -> list[str]:
    """The keys of all bodies."""
    return [one["Key"] for one in door.s3.list_objects_v2(Bucket="bodies").get("Contents", ())]


# What goes


def test_timeline_bodies_and_what_mentions_it_in_quarantine_go_and_a_tombstone_stays(
    station: Station, door: Door, deployment: Deployment
) -> None:
    another = "marosa/DOCUMENT_STATUS_CHANGED/another/request-1.json"
    put_body(door, f"{BODIES}request-1.json")
    put_body(door, another)
    station.take(event(OK), event(ERROR))
    station.take(event(OK, subject="marosa/document/INV-2025-00124"))
    door.send(WRONG)
    door.send(NOT_JSON)
    door.post("/webhooks/marosa", b'{"documentId": "INV-2025-00124"}')

    at, erased = forget(deployment, SUBJECT)

    assert (erased.entries, erased.bodies, len(erased.quarantined)) == (2, 1, 2)
    assert station.items() == {"state": {"pk": SUBJECT, "sk": "state", "forgottenAt": at}}
    assert len(station.items("marosa/document/INV-2025-00124")) == 2
    assert body_keys(door) == [another]
    (left,) = door.kept().values()
    assert base64.b64decode(left["body"]) == b'{"documentId": "INV-2025-00124"}'


def test_what_is_counted_of_a_quarantined_request_goes_with_it_and_its_outcome(
    door: Door, deployment: Deployment
) -> None:
    door.send(WRONG)
    (identifier,) = (Path(key).stem for key in door.kept())
    door.release("marosa", identifier)
    assert len(door.kept()) == 2
    forget(deployment, SUBJECT)
    assert door.kept() == {}
    counted = {item["id"]["S"] for item in door.dynamodb.scan(TableName="deliveries")["Items"]}
    assert [one for one in counted if identifier in one] == []
    assert door.send(WRONG)["status"] == 422
    assert list(door.kept()) == [f"marosa/{identifier}.json"]


def test_a_quarantined_request_that_is_kept_anew_meanwhile_stays(
    door: Door, deployment: Deployment
) -> None:
    door.send(WRONG)
    (found,) = mentions(deployment, SUBJECT)
    key = f"marosa/{found.identifier}.json"
    door.s3.put_object(Bucket="quarantine", Key=key, Body=b'{"kept": "anew"}')
    erase(deployment, found)
    assert door.kept() == {key: {"kept": "anew"}}


@pytest.mark.parametrize("moment", [1, 2])
def test_a_request_that_arrives_while_its_content_is_erased_is_stored_anew(
    door: Door, deployment: Deployment, moment: int
) -> None:
    """Once its count is gone: before its outcome is erased, or its object."""
    door.send(WRONG)
    (found,) = mentions(deployment, SUBJECT)
    later = http_event(
        "/webhooks/marosa",
        WRONG.body,
        {"content-type": "application/json"} | basic(*RIGHT["marosa"]),
        request_id="later",
    )
    calls: list[str] = []

    def happens(name: str, **_: Any) -> None:
        calls.append(name)
        if calls == ["delete_item", "delete_object", "delete_object"][: moment + 1]:
            assert door.answer(later)["status"] == 422

    clients = {name: Before(deployment.client(name), happens) for name in ("dynamodb", "s3")}
    erase(deployed(**clients), found)
    assert calls == ["delete_item", "delete_object", "delete_object"]
    key = f"marosa/{found.identifier}.json"
    assert {name: one["correlationId"] for name, one in door.kept().items()} == {key: "later"}
    assert door.answer(later)["status"] == 422
    assert len(door.kept()) == 1


def test_a_run_whose_count_was_erased_and_made_anew_is_to_be_retried(
    door: Door, deployment: Deployment
) -> None:
    """It would mark an object that belongs to the erased count, and may be deleted."""
    door.send(WRONG)
    (found,) = mentions(deployment, SUBJECT)
    key = {"id": {"S": f"quarantine#marosa#{found.identifier}"}}
    door.dynamodb.update_item(TableName="deliveries", Key=key, UpdateExpression="REMOVE keptUntil")
    original, erased = door.s3, list[str]()

    def happens(name: str, **_: Any) -> None:
        if name == "put_object" and not erased:
            erased.append(name)
            door.dynamodb.delete_item(TableName="deliveries", Key=key)
            door.s3.fail("put_object", throttled())
            assert door.send(WRONG)["status"] == 503  # it has counted anew

    door.s3 = Faulty(Before(original, happens))
    assert door.send(WRONG)["status"] == 503
    assert erased == ["put_object"]
    assert door.send(WRONG)["status"] == 422


def test_what_expires_while_it_is_looked_through_is_passed_over(
    door: Door, deployment: Deployment
) -> None:
    door.send(WRONG)
    door.send(NOT_JSON)
    gone = ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
    s3 = Faulty(door.s3, before={"get_object": [gone]})
    expiring = deployed(s3=s3, dynamodb=deployment.client("dynamodb"))
    assert len(mentions(expiring, SUBJECT)) == 1
    s3.fail("get_object", throttled())
    with pytest.raises(ClientError):
        mentions(expiring, SUBJECT)


@pytest.mark.parametrize("code", ["NoSuchKey", "PreconditionFailed", "AccessDenied"])
def test_only_what_is_gone_or_another_need_not_be_erased(
    door: Door, deployment: Deployment, code: str
) -> None:
    refused = ClientError({"Error": {"Code": code, "Message": ""}}, "DeleteObject")
    s3 = Faulty(door.s3, before={"delete_object": [None, refused]})
    failing = deployed(s3=s3, dynamodb=deployment.client("dynamodb"))
    mention = Mention(provider="marosa", identifier="1", etag='"e"')
    if code == "AccessDenied":
        with pytest.raises(ClientError):
            erase(failing, mention)
    else:
        erase(failing, mention)


def test_a_delivery_stays_known_and_does_not_lead_to_its_subject_any_more(
    station: Station, door: Door, deployment: Deployment
) -> None:
    door.send(sample("marosa", OK))
    door.send(sample("marosa", ERROR))
    assert [SUBJECT in one for one in remembered(door)] == [True, True]
    station.take(event(OK))
    forget(deployment, SUBJECT)
    left = sorted(remembered(door), key=len)
    assert json.loads(left[0]) == {
        "key": "marosa#f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "contentHash": "1:aab91d118d03825d64a52792c1ebd2c28ec829edc3c798c6c7fa0a95c048e14e",
        "receivedAt": "2025-04-01T08:00:00.000000Z",
        "subject": None,
    }
    assert SUBJECT in left[1]
    assert door.send(sample("marosa", OK))["body"]["status"] == "duplicate"


def remembered(door: Door) -> list[str]:
    """What is remembered of each delivery."""
    items = door.dynamodb.scan(TableName="deliveries")["Items"]
    return [item["data"]["S"] for item in items if "data" in item]


# Bodies


def receive(door: Door, station: Station, body: dict[str, Any], event_id: str) -> Event:
    """Post a message of `standard`, and let its consumer take the event."""
    own = {"webhook-id": event_id, "content-type": "application/json"}
    sent = json.dumps(body).encode()
    credentials = Credentials.parse(json.dumps({"generated": RIGHT["standard"][1]}), "standard")
    request = Request(body=sent, headers=own, received_at=NOW, correlation_id="")
    proof = PROVIDERS["standard"].authentication.prove(request, credentials)
    assert door.post("/webhooks/standard", sent, headers=own | dict(proof))["status"] == 202
    published = door.published.pop()
    detail = json.loads(published["Detail"])
    station.consumer = "unrecognised"
    taken = {
        "source": published["Source"],
        "detail-type": published["DetailType"],
        "resources": published["Resources"],
        "detail": detail,
    }
    assert station.take(taken) == []
    return Event.model_validate(detail)


def test_a_body_that_two_events_share_is_read_after_one_subject_is_erased(
    station: Station, door: Door, deployment: Deployment
) -> None:
    body = {"type": "order.paid", "data": {"file": "x" * 204_800}}
    erased = receive(door, station, body, "msg_1")
    other = receive(door, station, body, "msg_2")
    assert erased.metadata.subject == "standard/unrecognised/msg_1"
    assert len(body_keys(door)) == 2

    _, counted = forget(deployment, "standard/unrecognised/msg_1")

    assert counted.bodies == 1
    assert whole(other, deployment.client("s3")) == body
    with pytest.raises(ClientError, match="NoSuchKey"):
        whole(erased, deployment.client("s3"))


def test_bodies_that_crashed_attempts_left_are_erased_with_the_event(
    station: Station, door: Door, deployment: Deployment
) -> None:
    """The attempt that published its event may even have had a small body."""
    station.take(event(OK))
    for number in range(3):
        put_body(door, f"{BODIES}request-{number}.json")
    assert traces(deployment, SUBJECT).bodies == 3
    assert forget(deployment, SUBJECT)[1].bodies == 3
    assert body_keys(door) == []


def test_body_whose_metadata_was_lost_counts_by_when_it_was_stored(
    station: Station, door: Door, deployment: Deployment
) -> None:
    station.take(event(OK))
    door.s3.put_object(Bucket="bodies", Key=f"{BODIES}request-1.json", Body=b"{}")
    metadata = event(OK)["detail"]["metadata"]
    assert bodies_of(deployment, metadata, "2025-04-01T08:00:00.000000Z") == []
    assert forget(deployment, SUBJECT)[1].bodies == 1
    assert body_keys(door) == []


def test_a_body_received_after_the_tombstone_stays(
    station: Station, door: Door, deployment: Deployment
) -> None:
    new = f"{BODIES}request-2.json"
    station.take(event(OK, receivedAt="2126-01-01T00:00:00.000000Z"))
    put_body(door, f"{BODIES}request-1.json", received_at="2126-01-01T00:00:00.000000Z")
    put_body(door, new, received_at="2126-01-01T00:00:00.000001Z")
    assert forget(deployment, SUBJECT)[0] == "2126-01-01T00:00:00.000000Z"
    assert body_keys(door) == [new]


def test_a_body_counts_by_when_it_was_received_and_not_by_when_it_was_stored(
    door: Door, deployment: Deployment
) -> None:
    """Both are stored now, which is long after the tombstone: a release may store one so late."""
    put_body(door, f"{BODIES}request-1.json", received_at="2025-04-01T08:00:00.000000Z")
    put_body(door, f"{BODIES}request-2.json", received_at="2025-04-01T08:00:00.000001Z")
    metadata = event(OK)["detail"]["metadata"]
    assert bodies_of(deployment, metadata, "2025-04-01T08:00:00.000000Z") == [
        f"{BODIES}request-1.json"
    ]


def test_the_body_of_an_event_with_the_same_id_about_another_subject_stays(
    station: Station, door: Door, deployment: Deployment
) -> None:
    """A provider may use an id again once deliveries no longer know it."""
    other = "marosa/document/INV-2025-00124"
    station.take(event(OK), event(OK, subject=other))
    put_body(door, f"{BODIES}request-1.json")
    put_body(door, f"{BODIES}request-2.json", subject=other)
    assert forget(deployment, SUBJECT)[1].bodies == 1
    assert body_keys(door) == [f"{BODIES}request-2.json"]


def test_an_event_id_that_begins_with_another_keeps_its_bodies(
    station: Station, door: Door, deployment: Deployment
) -> None:
    station.take(event(OK))
    longer = f"marosa/DOCUMENT_STATUS_CHANGED/{EVENT_ID}0/request-1.json"
    put_body(door, longer)
    forget(deployment, SUBJECT)
    assert body_keys(door) == [longer]


@pytest.mark.parametrize("code", ["404", "403"])
def test_only_a_body_that_has_expired_is_passed_over(
    station: Station, door: Door, deployment: Deployment, code: str
) -> None:
    station.take(event(OK))
    put_body(door, f"{BODIES}request-1.json")
    put_body(door, f"{BODIES}request-2.json")
    failed = ClientError({"Error": {"Code": code, "Message": ""}}, "HeadObject")
    s3 = Faulty(door.s3, before={"head_object": [failed]})
    failing = deployed(s3=s3, dynamodb=deployment.client("dynamodb"))
    if code == "404":
        assert forget(failing, SUBJECT)[1].bodies == 1
    else:
        with pytest.raises(ClientError):
            forget(failing, SUBJECT)


# What mentions an id


def kept(body: bytes | str, provider: str = "marosa", **more: Any) -> Quarantined:
    """A refused request."""
    return Quarantined.of(
        PROVIDERS[provider],
        Request(
            body=body.encode() if isinstance(body, str) else body,
            headers=more.get("headers", {}),
            received_at=NOW,
            correlation_id="",
            path_type=more.get("path_type"),
        ),
        NotJson("It was none."),
        (),
    )


@pytest.mark.parametrize(
    ("identifier", "body"),
    [
        ("INV-1", '{"documentId": "INV-1"}'),
        ("INV-1", '{"documentId": "INV-1"'),
        ("INV-1", '{"deep": [{"note": "of INV-1, not paid"}]}'),
        ("INV-1", '{"file": "INV-1_signed.pdf"}'),
        ("INV-1", '{"note": "see\\nINV-1\\n"}'),
        ("INV-1", '{"INV-1": true}'),
        ("INV-1", "documentId=INV-1&status=OK"),
        ("INV-1", '{"documentId": "\\u0049NV-1"}'),
        ("INV-1", '{"documentId": "INV-1"}'.encode("utf-16")),
        ("INV-1", b'\xff{"documentId": "INV-1"}'),
        ("a/b", '{"documentId": "a\\/b"}'),
        ('a"b\\c', '{"documentId": "a\\"b\\\\c"}'),
        ("Zoé", '{"documentId": "Zo\\u00e9"}'),
        ("Zoé", '{"documentId": "Zoé"}'.encode("cp1252")),
        ("\U0001f600", '{"documentId": "\\ud83d\\ude00"}'),
        ("12", '{"id": 12}'),
        ("12", '{"ids":[11,12,13]}'),
        ("12", '{"ref": "customer-12"}'),
        ("+32", '{"phone": "+32"}'),
    ],
)
def test_an_id_is_found_however_it_is_written(identifier: str, body: bytes | str) -> None:
    assert is_about(kept(body), PROVIDERS["marosa"], identifier)


@pytest.mark.parametrize(
    ("identifier", "body"),
    [
        ("INV-1", '{"documentId": "INV-12"}'),
        ("INV-1", '{"documentId": "XINV-1"}'),
        ("12", '{"id": 112, "other": 120}'),
        ("12", '{"at": "2025-12-30T12:12:12.12Z", "amount": 12.5, "more": 1.12}'),
        ("INV-1", '{"documentId": "INV-1-2"}'),
        ("INV-1", "\\ud83d"),
    ],
)
def test_a_part_of_another_word_is_no_mention(identifier: str, body: str) -> None:
    assert not is_about(kept(body), PROVIDERS["marosa"], identifier)


def test_an_id_is_found_in_a_header_and_where_it_was_made_of_the_body() -> None:
    message = kept("[", "standard", headers={"webhook-id": "msg_1"})
    assert is_about(message, PROVIDERS["standard"], "msg_1")
    unlinked = sample("digiteal", "TRANSFER_PAYMENT_RECEIVED__not_linked")
    assert unlinked.event
    derived = unlinked.event["detail"]["metadata"]["eventId"]
    request = kept(unlinked.body, "digiteal", path_type="TRANSFER_PAYMENT_RECEIVED")
    assert derived.encode() not in unlinked.body
    assert is_about(request, PROVIDERS["digiteal"], derived)
    assert not is_about(request, PROVIDERS["digiteal"], "another")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"documentId": "\\u0049NV-1"}', mtime=0)),
        ("deflate", zlib.compress(b'{"documentId": "INV-1"')),
        ("gzip", b'{"documentId": "INV-1"}'),
        ("br", b'{"documentId": "INV-1"}'),
    ],
)
def test_an_id_is_found_in_an_encoded_body_and_in_one_that_cannot_be_decoded(
    encoding: str, body: bytes
) -> None:
    request = kept(body, headers={"content-encoding": encoding})
    assert is_about(request, PROVIDERS["marosa"], "INV-1")
    assert not is_about(request, PROVIDERS["marosa"], "INV-2")


def test_a_derived_id_is_found_in_what_can_be_released_as_json() -> None:
    unlinked = sample("digiteal", "TRANSFER_PAYMENT_RECEIVED__not_linked")
    assert unlinked.event
    derived = unlinked.event["detail"]["metadata"]["eventId"]
    request = kept(
        gzip.compress(unlinked.body),
        "digiteal",
        path_type="TRANSFER_PAYMENT_RECEIVED",
        headers={"content-type": "text/plain", "content-encoding": "gzip"},
    )
    assert is_about(request, PROVIDERS["digiteal"], derived)


# What does not come back


@pytest.mark.parametrize("name", [OK, ERROR])
def test_what_was_received_before_leaves_nothing_and_tells_nobody(
    station: Station, deployment: Deployment, told: Told, name: str
) -> None:
    at, _ = forget(deployment, SUBJECT)
    assert station.take(event(name)) == []
    assert station.items() == {"state": {"pk": SUBJECT, "sk": "state", "forgottenAt": at}}
    assert station.sent == []
    assert told()[0]["outcome"] == "forgotten"


def test_what_is_received_afterwards_begins_a_new_timeline_and_the_tombstone_stays(
    station: Station, deployment: Deployment, told: Told
) -> None:
    station.take(event(OK))
    at, _ = forget(deployment, SUBJECT)
    station.take(event(LATE, receivedAt=AFTER))
    items = station.items()
    assert len(items) == 2
    assert (items["state"]["status"], items["state"]["forgottenAt"]) == ("PROCESSING", at)
    station.take(event(ERROR), event(OK))
    assert station.items() == items
    assert [line["outcome"] for line in told() if "message" in line][-2:] == ["forgotten"] * 2


def test_what_was_received_at_that_very_moment_is_forgotten(
    station: Station, deployment: Deployment
) -> None:
    at, _ = forget(deployment, SUBJECT)
    station.take(event(OK, receivedAt=at))
    assert len(station.items()) == 1


def test_what_is_already_there_is_forgotten_even_if_this_machines_clock_is_slow(
    station: Station, deployment: Deployment
) -> None:
    station.take(event(OK, receivedAt=AFTER))
    at, erased = forget(deployment, SUBJECT)
    assert (at, erased.entries) == (AFTER, 1)
    assert station.items() == {"state": {"pk": SUBJECT, "sk": "state", "forgottenAt": AFTER}}


def test_forgotten_again_nothing_is_left_either(deployment: Deployment) -> None:
    first, _ = forget(deployment, SUBJECT)
    second, erased = forget(deployment, SUBJECT)
    assert first < second
    assert (erased.entries, erased.bodies, erased.quarantined) == (0, 0, ())


def test_of_two_who_forget_at_once_the_later_counts(
    station: Station, deployment: Deployment
) -> None:
    key = {"pk": {"S": SUBJECT}, "sk": {"S": "state"}}
    station.dynamodb.put_item(TableName="timeline", Item=key | {"forgottenAt": {"S": AFTER}})
    assert forget(deployment, SUBJECT)[0] == AFTER


@pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
def test_what_aws_refuses_is_no_success(
    station: Station, deployment: Deployment, operation: str
) -> None:
    station.take(event(OK))
    failing = Faulty(station.dynamodb, before={operation: [throttled()]})
    with pytest.raises(ClientError):
        forget(deployed(dynamodb=failing, s3=deployment.client("s3")), SUBJECT)


@pytest.mark.parametrize("operation", ["update_item", "delete_item"])
def test_a_consumer_that_cannot_erase_what_it_wrote_tries_again(
    station: Station, deployment: Deployment, operation: str
) -> None:
    forget(deployment, SUBJECT)
    original = station.dynamodb
    station.dynamodb = Faulty(original, before={operation: [throttled()]})
    assert station.take(event(OK)) == ["0"]
    station.dynamodb = original
    assert station.take(event(OK), attempt=2) == []
    assert len(station.items()) == 1


def test_an_event_that_is_sent_anew_takes_the_place_of_what_was_forgotten(
    station: Station, deployment: Deployment
) -> None:
    """A run that died has left the entry of the first time."""
    forget(deployment, SUBJECT)
    original = station.dynamodb
    station.dynamodb = Faulty(original, before={"update_item": [throttled()]})
    station.take(event(OK))
    station.dynamodb = original
    assert station.take(event(OK, receivedAt=AFTER)) == []
    items = station.items()
    assert {item["receivedAt"] for item in items.values()} == {AFTER}
    assert len(items) == 2


# A life cycle


TRANSFER = "digiteal/transfer/00000000-0000-4000-8000-000000000211"


def step(name: str, **metadata: Any) -> dict[str, Any]:
    """An event of a trusted payment."""
    return event(name, "digiteal", **{"subject": TRANSFER, "flags": []} | metadata)


def test_a_life_begins_anew_after_it_was_forgotten(
    station: Station, deployment: Deployment
) -> None:
    station.consumer = "transfers"
    station.take(step("TRANSFER_CREATED"), step("TRANSFER_PAYMENT_COMPLETED"))
    assert "flags" in station.items(TRANSFER)["state"]
    at, _ = forget(deployment, TRANSFER)
    assert station.items(TRANSFER).keys() == {"state"}
    station.take(step("TRANSFER_PAYMENT_STARTED"))
    assert station.items(TRANSFER).keys() == {"state"}
    station.take(step("TRANSFER_CREATED", receivedAt=AFTER))
    state = station.items(TRANSFER)["state"]
    assert (state["writes"], state["forgottenAt"]) == (1, at)
    assert "flags" not in state


def test_a_life_that_is_forgotten_between_reading_and_writing_is_read_again(
    station: Station,
) -> None:
    station.consumer = "transfers"
    key = {"pk": {"S": TRANSFER}, "sk": {"S": "state"}}
    tombstone = key | {"forgottenAt": {"S": "2026-01-01T00:00:00.000000Z"}}
    original, tombstones = station.dynamodb, [tombstone]

    def happens(name: str, **_: Any) -> None:
        if name == "update_item" and tombstones:
            original.put_item(TableName="timeline", Item=tombstones.pop())

    station.take(step("TRANSFER_CREATED"))
    station.dynamodb = Faulty(Before(original, happens))
    assert station.take(step("TRANSFER_PAYMENT_RECEIVED", receivedAt=AFTER)) == []
    assert station.dynamodb.calls == ["put_item", "query", "update_item", "query", "update_item"]
    state = station.items(TRANSFER)["state"]
    assert (state["status"], state["writes"]) == ("TRANSFER_PAYMENT_RECEIVED", 1)


# Every order of calls


class Actor(threading.Thread):
    """A run that stops before each call to AWS until it is let on."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._act = act
        self._on, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.is_killed = False
        self.is_over = False
        self.error: Exception | None = None

    def run(self) -> None:
        """Act, and say when it is over."""
        try:
            self._act()
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 - the test raises it
            self.error = error
        self.is_over = True
        self._stopped.release()

    def stop_before_a_call(self) -> None:
        """Wait to be let on."""
        self._stopped.release()
        self._on.acquire()
        if self.is_killed:
            raise Killed

    def start(self) -> None:
        """Start, up to the first call."""
        super().start()
        self._stopped.acquire()

    def go_on(self) -> None:
        """Make one call, up to the next."""
        if not self.is_over:
            self._on.release()
            self._stopped.acquire()
            if self.error:
                raise self.error

    def kill(self) -> None:
        """End it where it is."""
        self.is_killed = True
        self.go_on()


class Stopping:
    """A client whose calls wait for the actor that makes them to be let on.

    But for those on deliveries, which have nothing to do with what a consumer does.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            actor = threading.current_thread()
            if isinstance(actor, Actor) and named.get("TableName") != "deliveries":
                actor.stop_before_a_call()
            return getattr(self._client, name)(*arguments, **named)

        return call


def check(station: Station, subject: str, new: Sequence[str] = ()) -> None:
    """Nothing is left that was forgotten, and the state is that of what is left."""
    items = station.items(subject)
    state = items.pop("state")
    assert all(entry["receivedAt"] > state["forgottenAt"] for entry in items.values())
    assert all("detail" in entry for entry in items.values())
    if items:
        last = max(items.values(), key=place)
        assert (state["upTo"], state["status"]) == ("#".join(place(last)), last["status"])
        assert state.get("entries", len(items)) == len(items)
    else:
        assert state == {"pk": subject, "sk": "state", "forgottenAt": state["forgottenAt"]}
    for received_at in new:
        is_there = received_at in {entry["receivedAt"] for entry in items.values()}
        assert is_there or received_at <= state["forgottenAt"]


def place(entry: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Where an entry is among those of its subject."""
    event_id = entry["sk"].removeprefix("event#")
    return entry["occurredAt"], f"{entry['rank']:04}", entry["receivedAt"], event_id


def let_end(actors: Iterable[Actor]) -> None:
    """Let actors make the calls that are left, one actor after the other."""
    for actor in actors:
        while not actor.is_over:
            actor.go_on()


SUBJECTS = count()

CALLS = range(7)
"""The calls of a consumer and the command, but for those that the command then makes alone."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("received_at", [BEFORE, AFTER])
@pytest.mark.parametrize("consumer", ["documents", "transfers"])
def test_a_consumer_and_the_command_may_meet_in_any_way(
    station: Station, deployment: Deployment, consumer: str, received_at: str
) -> None:
    """Every order of their calls, three of them the consumer's, with an entry there before."""
    station.consumer = consumer
    original, stopping = station.dynamodb, Stopping(station.dynamodb)
    forgetting = deployed(dynamodb=stopping, s3=deployment.client("s3"))
    for consumers in combinations(CALLS, 3):
        subject = f"digiteal/transfer/order-{next(SUBJECTS)}"
        station.dynamodb = original
        station.take(step("TRANSFER_CREATED", subject=subject))
        station.dynamodb = Faulty(stopping)
        sent = step("TRANSFER_PAYMENT_RECEIVED", subject=subject, receivedAt=received_at)
        taking = Actor(partial(station.take, sent))
        erasing = Actor(partial(forget, forgetting, subject))
        taking.start()
        erasing.start()
        for call in CALLS:
            (taking if call in consumers else erasing).go_on()
        let_end([taking, erasing])
        station.dynamodb = original
        check(station, subject, [received_at])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.integers(0, 6), max_size=40),
    kills=st.sets(st.integers(0, 39), max_size=3),
    life=st.booleans(),
)
def test_many_consumers_and_commands_may_meet_in_any_way_and_die(
    station: Station,
    deployment: Deployment,
    moves: list[int],
    kills: set[int],
    life: bool,  # noqa: FBT001
) -> None:
    """Two events from before, one of them sent anew, and a third from afterwards.

    What is sent anew may be the duplicate of what is then forgotten: it need not be there.
    """
    subject = f"digiteal/transfer/fate-{next(SUBJECTS)}"
    station.consumer = "transfers" if life else "documents"
    original, stopping = station.dynamodb, Stopping(station.dynamodb)
    forgetting = deployed(dynamodb=stopping, s3=deployment.client("s3"))
    created = step("TRANSFER_CREATED", subject=subject)
    jumped = step("TRANSFER_REIMBURSEMENT_STARTED", subject=subject, flags=["unknown-value:x"])
    started = step("TRANSFER_PAYMENT_STARTED", subject=subject, receivedAt=AFTER)
    anew = step("TRANSFER_CREATED", subject=subject, receivedAt="2099-01-02T00:00:00.000000Z")
    runs: list[Callable[[], Any]] = [
        *(partial(station.take, sent) for sent in (created, created, jumped, started, anew)),
        partial(forget, forgetting, subject),
        partial(forget, forgetting, subject),
    ]
    station.dynamodb = Faulty(stopping)
    actors = [Actor(run) for run in runs]
    for actor in actors:
        actor.start()
    for number, move in enumerate(moves):
        if number in kills:
            actors[move].kill()
        else:
            actors[move].go_on()
    let_end(actors)
    for actor, run in zip(actors, runs, strict=True):
        if actor.is_killed:
            run()
    station.dynamodb = original
    check(station, subject, [AFTER])


class Deadly:
    """A client of two, of whose calls together one ends the run, before or after its effect."""

    def __init__(self, client: Any, calls: list[str], nth: int, *, after: bool) -> None:
        self._client, self._calls, self._nth, self._after = client, calls, nth, after

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self._calls.append(name)
            is_last = len(self._calls) == self._nth
            if is_last and not self._after:
                raise Killed
            try:
                return getattr(self._client, name)(*arguments, **named)
            finally:
                if is_last:
                    raise Killed  # also where the call itself failed

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 16))
def test_a_command_that_was_killed_anywhere_is_made_good_by_the_next(  # noqa: PLR0913
    aws: Aws, station: Station, door: Door, deployment: Deployment, nth: int, *, after: bool
) -> None:
    def make() -> str:
        door.send(sample("marosa", OK))
        door.send(sample("marosa", ERROR))
        station.take(event(OK), event(ERROR))
        put_body(door, f"{BODIES}request-1.json")
        door.send(WRONG)
        (key,) = door.kept()
        door.release("marosa", Path(key).stem)
        return Path(key).stem

    identifier = aws.prepared("killed", make)
    calls: list[str] = []
    clients = {"dynamodb": station.dynamodb, "s3": door.s3}
    deadly = {name: Deadly(one, calls, nth, after=after) for name, one in clients.items()}
    with pytest.raises(Killed):
        forget(deployed(**deadly), SUBJECT)
    assert len(calls) == nth
    forget(deployment, SUBJECT)
    assert station.items().keys() == {"state"}
    assert body_keys(door) == []
    assert door.kept() == {}
    left = door.dynamodb.scan(TableName="deliveries")["Items"]
    assert [item for item in left if identifier in item["id"]["S"]] == []
    assert [SUBJECT in one for one in remembered(door)] == [False, False]


# The command


def test_the_command_says_what_is_there_asks_and_says_what_it_erased(
    station: Station, door: Door, inlet: Inlet
) -> None:
    station.take(event(OK), event(ERROR))
    put_body(door, f"{BODIES}request-1.json")
    door.send(WRONG)
    (identifier,) = (Path(key).stem for key in door.kept())

    planned = inlet("forget", SUBJECT, "--dry-run")
    assert (planned.exit_code, planned.output.splitlines()) == (
        0,
        [
            "2 entries, 1 body, 1 quarantined request would be erased",
            f"    quarantined {identifier}",
        ],
    )
    refused = inlet("forget", SUBJECT, answer="n\n")
    assert (refused.exit_code, len(station.items())) == (1, 3)
    assert f"Forget {SUBJECT} for good? [y/N]" in refused.output

    done = inlet("forget", SUBJECT, answer="y\n")
    assert done.exit_code == 0
    at = station.items()["state"]["forgottenAt"]
    assert done.output.splitlines()[-2:] == [
        "marosa/document/INV-2025-00123 was forgotten at " + at,
        "2 entries, 1 body, 1 quarantined request erased",
    ]
    again = inlet("forget", SUBJECT, "--yes")
    assert again.output.splitlines()[1:] == ["0 entries, 0 bodies, 0 quarantined requests erased"]


def test_a_script_gets_json(station: Station, inlet: Inlet) -> None:
    station.take(event(OK))
    told = {"subject": SUBJECT, "entries": 1, "bodies": 0, "quarantined": []}
    planned = inlet("forget", SUBJECT, "--dry-run", "--json")
    assert json.loads(planned.stdout) == {**told, "forgotten_at": None}
    done = json.loads(inlet("forget", SUBJECT, "--yes", "--json").stdout)
    assert done == {**told, "forgotten_at": station.items()["state"]["forgottenAt"]}


def test_a_timeline_that_was_forgotten_says_so(station: Station, inlet: Inlet) -> None:
    station.take(event(OK))
    inlet("forget", SUBJECT, "--yes")
    at = station.items()["state"]["forgottenAt"]
    shown = inlet("timeline", SUBJECT)
    assert (shown.exit_code, shown.output.splitlines()) == (
        0,
        [f"{SUBJECT} was forgotten at {at}"],
    )
    assert json.loads(inlet("timeline", SUBJECT, "--json").output) == {
        "entries": [],
        "conflicts": [],
        "state": None,
        "forgotten_at": at,
    }
    station.take(event(OK, receivedAt=AFTER))
    assert inlet("timeline", SUBJECT).output.splitlines()[:2] == [
        f"{SUBJECT} was forgotten at {at}",
        f"{SUBJECT} is OK since 2025-03-30T10:15:00.000000Z",
    ]


@pytest.mark.parametrize(
    ("subject", "sentence"),
    [
        ("INV-2025-00123", "INV-2025-00123 is no subject: say PROVIDER/KIND/ID, such as"),
        ("marosa/document/", "marosa/document/ is no subject: say PROVIDER/KIND/ID, such as"),
        ("nobody/document/1", "There is no provider nobody: say marosa or digiteal or standard."),
        (
            "marosa/documents/1",
            "There is no kind documents: say autopay or canary or card or company or",
        ),
    ],
)
@pytest.mark.parametrize("option", ["--dry-run", "--yes"])
def test_what_cannot_be_a_subject_is_said(
    station: Station, inlet: Inlet, subject: str, sentence: str, option: str
) -> None:
    result = inlet("forget", subject, option)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert station.dynamodb.scan(TableName="timeline")["Count"] == 0


def test_requests_whose_ids_are_spelled_otherwise_are_found(
    door: Door, deployment: Deployment
) -> None:
    upper = b'{"bankTransactionID":"0A1B2C3D-0000-4000-8000-00000000ABCD","originBankAccount":5}'
    sent = basic(*RIGHT["digiteal"])
    assert door.post("/webhooks/digiteal/PAYMENT_INITIATED", upper, sent)["status"] == 422
    fraction = b'{"eventId":"a","eventType":"X","documentId":100.0,"currentStatus":1}'
    assert door.post("/webhooks/marosa", fraction)["status"] == 422
    payment = "digiteal/payment/0a1b2c3d-0000-4000-8000-00000000abcd"
    assert len(mentions(deployment, payment)) == 1
    assert len(mentions(deployment, "marosa/document/100")) == 1
    assert mentions(deployment, "marosa/document/10") == []


def test_bodies_of_an_entry_and_its_conflict_are_counted_once(
    station: Station, door: Door, deployment: Deployment
) -> None:
    station.take(event(OK), event(OK, contentHash="1:b"))
    for number in range(2):
        put_body(door, f"{BODIES}request-{number}.json")
    assert traces(deployment, SUBJECT).bodies == 2
    assert forget(deployment, SUBJECT)[1].bodies == 2


def test_subject_whose_id_is_a_uuid_may_be_named_in_upper_case(
    station: Station, inlet: Inlet
) -> None:
    subject = "marosa/document/0a1b2c3d-0000-4000-8000-00000000abcd"
    station.take(event(OK, subject=subject))
    named = "marosa/document/0A1B2C3D-0000-4000-8000-00000000ABCD"
    assert inlet("timeline", named).output.startswith(f"{subject} is OK")
    assert inlet("forget", named, "--yes").output.startswith(f"{subject} was forgotten at ")
    assert station.items(subject).keys() == {"state"}
    assert station.items(named) == {}

"""A command that is killed at any change that it makes loses nothing, and can be run again."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from inlet.operations.consumers import DeployedConsumer, deployed
from inlet.operations.credentials import listed
from inlet.operations.quarantine import find
from tests.journey.conftest import Journey, eventually
from tests.journey.documents import fresh, refused_earlier
from tests.journey.killing import run_killed

pytestmark = pytest.mark.exhaustive

MOST = 12
"""More changes than any of these commands makes."""

Killed = Callable[..., list[str] | None]


@pytest.fixture
def killed(journey: Journey, tmp_path: Path) -> Killed:
    """Runs a command and kills it after its n-th change, as `run_killed` does."""
    return lambda after, *arguments: run_killed(journey.run.folder, tmp_path, after, *arguments)


def until_it_lives(run: Callable[[int], list[str] | None]) -> Iterator[list[str]]:
    """Kill a command after each of its changes in turn, until it comes to its end."""
    for after in count(1):
        assert after < MOST
        changes = run(after)
        if changes is None:
            assert after > 1, "It changed nothing."
            return
        yield changes


@pytest.fixture
def documents(journey: Journey) -> DeployedConsumer:
    """The consumer of documents."""
    (consumer,) = deployed(journey.deployment, "documents")
    return consumer


def entry(journey: Journey, subject: str, event_id: str) -> dict[str, Any] | None:
    found = [one for one in journey.timeline(subject).entries if one["eventId"] == event_id]
    assert len(found) < 2
    return dict(found[0]) if found else None


def delivered(journey: Journey) -> tuple[str, str]:
    """A new document that is in its timeline: its event id and its subject."""
    event_id, subject, body = fresh()
    assert journey.post("/webhooks/marosa", body).status_code == 202
    assert eventually(lambda: entry(journey, subject, event_id))
    return event_id, subject


def of_rule(journey: Journey, queue: str, event: str) -> dict[str, Any]:
    """What the rules' dead letter queue is sent of an event that a queue did not take."""
    arn = f"arn:aws:sqs:eu-west-1:123456789012:{queue.rpartition('/')[2]}"
    return {
        "QueueUrl": journey.deployment.output("RuleDeadLetters"),
        "MessageBody": event,
        "MessageAttributes": {"TARGET_ARN": {"DataType": "String", "StringValue": arn}},
    }


def left(journey: Journey, queue: str) -> int:
    """How many messages a queue holds, those that somebody looks at included."""
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    attributes = journey.deployment.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=list(names)
    )["Attributes"]
    return sum(int(attributes[name]) for name in names)


@pytest.mark.parametrize("is_of_rule", [False, True])
def test_a_dead_letter_is_in_its_queue_or_consumed(
    journey: Journey, killed: Killed, documents: DeployedConsumer, *, is_of_rule: bool
) -> None:
    sqs = journey.deployment.client("sqs")
    origin = journey.deployment.output("RuleDeadLetters") if is_of_rule else documents.dead_letters

    before, event_id, subject = 0, "", ""

    def run(after: int) -> list[str] | None:
        nonlocal before, event_id, subject
        before = left(journey, origin)
        event_id, subject, event = _an_event()
        message = (
            of_rule(journey, documents.queue, event)
            if is_of_rule
            else {"QueueUrl": origin, "MessageBody": event}
        )
        # By its own id: asked by event, the command exits with 1 while earlier ones are invisible.
        sent = sqs.send_message(**message)["MessageId"]
        return killed(after, "dead-letters", "redrive", sent)

    changes: list[str] = []
    for changes in until_it_lives(run):
        assert eventually(lambda: entry(journey, subject, event_id))
        assert left(journey, origin) - before == (0 if changes[-1] == "DeleteMessage" else 1)
    assert changes == ["SendMessage", "DeleteMessage"]
    assert eventually(lambda: entry(journey, subject, event_id))
    assert left(journey, origin) == before


def _an_event() -> tuple[str, str, str]:
    """A new event as a queue holds it, that nobody has seen: its id, its subject and itself."""
    event_id, subject, body = fresh()
    metadata = {
        "version": "1",
        "schema": "marosa.DOCUMENT_STATUS_CHANGED@1",
        "eventId": event_id,
        "provider": "marosa",
        "eventType": "DOCUMENT_STATUS_CHANGED",
        "known": True,
        "subject": subject,
        "occurredAt": "2025-03-30T10:15:00.000000Z",
        "receivedAt": "2025-03-30T10:15:01.000000Z",
        "correlationId": "a-request",
        "contentHash": "1:any",
        "flags": [],
        "body": None,
    }
    detail = {"metadata": metadata, "data": json.loads(body)}
    return event_id, subject, json.dumps({"detail-type": metadata["eventType"], "detail": detail})


def test_a_release_is_delivered_once(journey: Journey, killed: Killed) -> None:
    event_id, subject, body = fresh()
    refused_earlier(journey, event_id, body)
    (changes,) = until_it_lives(lambda after: killed(after, "quarantine", "release", event_id))
    assert len(changes) == 1
    assert find(journey.deployment, event_id).outcome == "duplicate"
    assert eventually(lambda: entry(journey, subject, event_id))


def test_a_replay_from_the_timeline_is_gone_on_with(journey: Journey, killed: Killed) -> None:
    event_id, subject = delivered(journey)
    name = f"inlet-laptop-{event_id}"

    def written() -> dict[str, Any]:
        return entry(journey, subject, event_id) or {}

    changes = killed(1, "replay", "--event", event_id, "--name", name)
    assert changes == ["SendMessage"]
    assert eventually(lambda: written().get("replay") == name)
    assert killed(MOST, "replay", "--event", event_id, "--name", name) is None
    assert written()["rewrites"] == 1


def test_a_replay_from_the_archive_is_waited_for(journey: Journey, killed: Killed) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    event_id, subject = delivered(journey)
    name = f"inlet-laptop-{uuid4()}"
    arguments = ("replay", "--since", f"{since:%Y-%m-%dT%H:%M:%S}", "--consumer", "documents")
    (changes,) = until_it_lives(lambda after: killed(after, *arguments, "--name", name))
    assert changes == ["StartReplay"]
    assert eventually(lambda: (entry(journey, subject, event_id) or {}).get("replay") == name)
    assert (entry(journey, subject, event_id) or {})["rewrites"] == 1


def test_what_is_to_be_forgotten_is_forgotten_in_the_end(journey: Journey, killed: Killed) -> None:
    event_id, subject = delivered(journey)
    _, _, wrong = fresh(documentId=subject.split("/", 2)[2], currentStatus=7)
    assert journey.post("/webhooks/marosa", wrong).status_code == 422
    killings = 0
    for _ in until_it_lives(lambda after: killed(after, "forget", subject, "--yes")):
        killings += 1
        assert journey.timeline(subject).forgotten_at
    assert killings > 1
    assert journey.timeline(subject).entries == ()
    assert entry(journey, subject, event_id) is None


def test_a_consumer_is_paused_and_goes_on(
    journey: Journey, killed: Killed, documents: DeployedConsumer
) -> None:
    lambda_ = journey.deployment.client("lambda")

    def state() -> str:
        return str(lambda_.get_event_source_mapping(UUID=documents.mapping)["State"])

    try:
        assert len(killed(1, "pause", "documents") or ()) == 1
        assert eventually(lambda: state() == "Disabled")
        event_id, subject, body = fresh()
        assert journey.post("/webhooks/marosa", body).status_code == 202
        assert entry(journey, subject, event_id) is None
        assert len(killed(1, "resume", "documents") or ()) == 1
        assert eventually(lambda: entry(journey, subject, event_id))
    finally:
        lambda_.update_event_source_mapping(UUID=documents.mapping, Enabled=True)
    assert state() == "Enabled"


def test_who_was_let_in_before_is_let_in_while_credentials_change(
    journey: Journey, killed: Killed
) -> None:
    def labels() -> set[str]:
        return {one.label for one in listed(journey.deployment, "marosa")}

    before = labels()
    added: set[str] = set()

    def add(after: int) -> list[str] | None:
        added.add(f"killed-{after}")
        return killed(after, "credentials", "add", "marosa", f"killed-{after}")

    for _ in until_it_lives(add):
        assert before <= labels() <= before | added
        assert journey.post("/webhooks/marosa", fresh()[2]).status_code == 202
    for label in sorted(labels() - before):
        changes = killed(1, "credentials", "retire", "marosa", label)
        assert changes
        assert before <= labels()
        if label in labels():
            assert killed(MOST, "credentials", "retire", "marosa", label) is None
    assert labels() == before

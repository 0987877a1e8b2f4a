"""Replay: run events through consumers again, from the timeline or from the bus's archive.

A consumer writes each event anew once per replay, so that a run that was stopped may be started
again under the same name, and duplicates within it change nothing.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inlet import instant
from inlet.entry import CONFLICT_PREFIX, PREFIX, detail_of, event_id_of, position_of
from inlet.event import source
from inlet.operations.consumers import DeployedConsumer, deployed, rules_of
from inlet.operations.deliveries import remembered
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.timeline import items
from inlet.replay import NAME_FIELD, WITH_ATTENTION
from inlet.tombstone import STATE

ARCHIVE_DELAY = timedelta(minutes=10)
"""How late an event may reach the archive on AWS, as its documentation advises to wait."""
POLL_SECONDS = 2
"""How often EventBridge is asked how far a replay is."""
ENDED = frozenset({"COMPLETED", "CANCELLED", "FAILED"})
"""The states of EventBridge's replays that do not change any more."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries of the timeline are meant: at least one of subject, event id and type."""

    subject: str | None = None
    event_id: str | None = None
    event_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An event as the timeline keeps it, and the replay that wrote it last."""

    consumer: str
    replay: str | None
    detail: str

    def message(self, name: str) -> str:
        """What its consumer's queue gets: the event as the bus would send it in a replay."""
        metadata = json.loads(self.detail)["metadata"]
        head = {
            NAME_FIELD: name,
            "source": source(metadata["provider"]),
            "detail-type": metadata["eventType"],
            "resources": [metadata["subject"]],
        }
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "detail": {self.detail}}}'


def new_name(deployment: Deployment, *, attention: bool) -> str:
    """A name for a replay that starts now."""
    stack = deployment.name if deployment.name.startswith("inlet-") else "inlet-laptop"
    now = datetime.now(UTC)
    return f"{stack}-{now:%Y%m%dT%H%M%S}{WITH_ATTENTION if attention else ''}"


def kept(deployment: Deployment, wanted: Wanted) -> list[Kept]:
    """The entries and conflicts that are meant, in their order.

    Where neither a subject nor a delivery that is remembered leads there, the whole table is read.
    """
    subject = wanted.subject or _subject_of(deployment, wanted.event_id)
    there = items(deployment, subject) if subject else _all(deployment)
    found = [item for item in there if _is_meant(item, wanted)]
    return [
        Kept(
            consumer=item["consumer"]["S"],
            replay=item["replay"]["S"] if "replay" in item else None,
            detail=detail_of(item),
        )
        for item in sorted(found, key=position_of)
    ]


def replay(
    deployment: Deployment,
    events: Sequence[Kept],
    *,
    name: str,
    to: Sequence[DeployedConsumer] = (),
    per_second: float,
) -> Iterator[Kept]:
    """Send events to the queues of their consumers, or of others, and yield each then.

    Those that this replay has written already are left out.
    """
    own = {consumer.name: consumer for consumer in deployed(deployment)}
    for event in events:
        if event.replay != name:
            for consumer in to or [own[event.consumer]]:
                deployment.client("sqs").send_message(
                    QueueUrl=consumer.queue, MessageBody=event.message(name)
                )
            time.sleep(1 / per_second)
        yield event


def count_received(deployment: Deployment, since: datetime, until: datetime) -> int:
    """How many entries of the timeline were received in a time; the archive has no fewer."""
    pages = deployment.pages(
        "dynamodb",
        "scan",
        TableName=deployment.output("TimelineTable"),
        Select="COUNT",
        FilterExpression=(
            "(begins_with(sk, :event) OR begins_with(sk, :conflict))"
            " AND receivedAt BETWEEN :since AND :until"
        ),
        ExpressionAttributeValues={
            ":event": {"S": PREFIX},
            ":conflict": {"S": CONFLICT_PREFIX},
            ":since": {"S": instant.text(since)},
            ":until": {"S": instant.text(until)},
        },
    )
    return sum(page["Count"] for page in pages)


def start_from_archive(
    deployment: Deployment,
    since: datetime,
    until: datetime,
    *,
    name: str,
    consumers: Sequence[DeployedConsumer],
) -> None:
    """Let EventBridge send what it received in a time to some consumers.

    Only the rules of these consumers get it, and nobody else on the bus. Where a replay of this
    name is there already, nothing is started.
    """
    events = deployment.client("events")
    if events.list_replays(NamePrefix=name)["Replays"]:
        return
    events.start_replay(
        ReplayName=name,
        EventSourceArn=deployment.output("ArchiveArn"),
        EventStartTime=since,
        EventEndTime=until,
        Destination={
            "Arn": deployment.output("BusArn"),
            "FilterArns": list(_rules(deployment, consumers)),
        },
    )


def progress(deployment: Deployment, name: str) -> Iterator[tuple[str, datetime | None]]:
    """The state of a replay from the archive and how far it is, until it has ended."""
    while True:
        now = deployment.client("events").describe_replay(ReplayName=name)
        yield now["State"], now.get("EventLastReplayedTime")
        if now["State"] in ENDED:
            return
        time.sleep(POLL_SECONDS)


def _rules(deployment: Deployment, consumers: Sequence[DeployedConsumer]) -> Iterator[str]:
    """The ARNs of the rules that send to some consumers."""
    bus = deployment.output("BusArn").replace(":event-bus/", ":rule/")
    for consumer in consumers:
        names = list(rules_of(deployment, consumer))
        if not names:  # a replay to no rule would be one to every rule of the bus
            raise OperationError(
                f"No rule sends to {consumer.name}, so that nothing can be replayed to it from the"
                " archive: inlet doctor says what to do."
            )
        yield from (f"{bus}/{name}" for name in names)


def _subject_of(deployment: Deployment, event_id: str | None) -> str | None:
    delivery = remembered(deployment, event_id) if event_id else None
    return delivery.subject if delivery else None


def _all(deployment: Deployment) -> Iterator[Mapping[str, Any]]:
    for page in deployment.pages(
        "dynamodb", "scan", TableName=deployment.output("TimelineTable"), ConsistentRead=True
    ):
        yield from page["Items"]


def _is_meant(item: Mapping[str, Any], wanted: Wanted) -> bool:
    return (
        item["sk"]["S"] != STATE
        and wanted.event_id in {None, event_id_of(item)}
        and wanted.event_type in {None, item["eventType"]["S"]}
    )

"""Forget: erase what is kept of a subject, and see to it that none of it comes back.

The tombstone is written first. From then on whatever was received before is turned away, so that
what is erased after it stays away. A run that died is made good by another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from inlet import instant
from inlet.consumers import CONSUMERS
from inlet.error_response import is_failed_condition
from inlet.operations import quarantine
from inlet.operations.bodies import bodies_of, erase_body
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.providers import provider_named
from inlet.operations.quarantine import Mention
from inlet.operations.timeline import timeline
from inlet.remembered import Remembered, idempotency_key, item_key
from inlet.tombstone import FORGOTTEN_AT, forgotten_at, state_key

Entry = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What is kept of a subject: entries, bodies in S3, and refused requests that mention it."""

    entries: int
    bodies: int
    quarantined: tuple[str, ...]


def traces(deployment: Deployment, subject: str) -> Traces:
    """What there is to erase."""
    _check(subject)
    entries = _entries(deployment, subject)
    until = max([instant.text(datetime.now(UTC)), *(e["receivedAt"] for e in entries)])
    return _traces(
        entries,
        len(
            {
                key
                for entry in entries
                for key in bodies_of(deployment, entry["detail"]["metadata"], until)
            }
        ),
        quarantine.mentions(deployment, subject),
    )


def forget(deployment: Deployment, subject: str) -> tuple[str, Traces]:
    """Forget a subject: as of when, and what was erased.

    What is in its timeline by then is erased, even if it was received a moment later than this
    machine's clock says: the tombstone covers that too.
    """
    _check(subject)
    at = _bury(deployment, subject, instant.text(datetime.now(UTC)))
    entries = _entries(deployment, subject)
    while (latest := max((e["receivedAt"] for e in entries), default=at)) > at:
        at = _bury(deployment, subject, latest)
        entries = _entries(deployment, subject)
    erased = 0
    for entry in entries:
        for key in bodies_of(deployment, entry["detail"]["metadata"], at):
            erase_body(deployment, key)
            erased += 1
        _erase(deployment, entry, at)
    mentions = quarantine.mentions(deployment, subject)
    for mention in mentions:
        quarantine.erase(deployment, mention)
    return at, _traces(entries, erased, mentions)


def _entries(deployment: Deployment, subject: str) -> tuple[Entry, ...]:
    """Return the entries and the conflicts of a subject."""
    found = timeline(deployment, subject)
    return found.entries + found.conflicts


def _check(subject: str) -> None:
    """Raise OperationError where no subject can be called so."""
    kinds = {kind for consumer in CONSUMERS.values() for kind in consumer.kinds}
    provider, _, rest = subject.partition("/")
    kind, _, identifier = rest.partition("/")
    if not identifier:
        raise OperationError(
            f"{subject} is no subject: say PROVIDER/KIND/ID, such as"
            " marosa/document/INV-2025-00123."
        )
    provider_named(provider)
    if kind not in kinds:
        raise OperationError(f"There is no kind {kind}: say {' or '.join(sorted(kinds))}.")


def _bury(deployment: Deployment, subject: str, at: str) -> str:
    """Put a tombstone in the place of the state; the time that it says.

    It is later than asked for where somebody else forgets the subject at the same time.
    """
    try:
        deployment.client("dynamodb").put_item(
            TableName=deployment.output("TimelineTable"),
            Item=state_key(subject) | {FORGOTTEN_AT: {"S": at}},
            ConditionExpression="attribute_not_exists(forgottenAt) OR forgottenAt <= :at",
            ExpressionAttributeValues={":at": {"S": at}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_failed_condition(error):
            raise
        return forgotten_at(error.response["Item"])  # type: ignore[typeddict-item]
    return at


def _erase(deployment: Deployment, entry: Entry, at: str) -> None:
    """Erase an entry, and before it what its delivery remembers of the subject.

    Only the entry leads to that, and to its bodies. An entry that took its place since, because its
    event was sent anew, is left alone.
    """
    _forget_subject(deployment, entry)
    try:
        deployment.client("dynamodb").delete_item(
            TableName=deployment.output("TimelineTable"),
            Key={"pk": {"S": entry["pk"]}, "sk": {"S": entry["sk"]}},
            ConditionExpression="receivedAt <= :at",
            ExpressionAttributeValues={":at": {"S": at}},
        )
    except ClientError as error:
        if not is_failed_condition(error):
            raise


def _forget_subject(deployment: Deployment, entry: Entry) -> None:
    """Take the subject out of what is remembered of an entry's delivery.

    The delivery itself stays known: the same, sent again, is a duplicate.
    """
    metadata = entry["detail"]["metadata"]
    key = idempotency_key(
        metadata["provider"], entry["eventId"], entry["contentHash"], metadata["flags"]
    )
    left = Remembered(key=key, content_hash=entry["contentHash"], received_at=entry["receivedAt"])
    try:
        deployment.client("dynamodb").update_item(
            TableName=deployment.output("DeliveriesTable"),
            Key=item_key(key),
            UpdateExpression="SET #data = :left",
            ConditionExpression="attribute_exists(#data) AND contentHash = :hash",
            ExpressionAttributeNames={"#data": "data"},
            ExpressionAttributeValues={
                ":left": {"S": left.model_dump_json(by_alias=True)},
                ":hash": {"S": entry["contentHash"]},
            },
        )
    except ClientError as error:
        if not is_failed_condition(error):
            raise


def _traces(entries: Sequence[Entry], bodies: int, mentions: Iterable[Mention]) -> Traces:
    return Traces(
        entries=len(entries),
        bodies=bodies,
        quarantined=tuple(mention.identifier for mention in mentions),
    )

"""The timeline: everything that is known of one subject, its entries and its latest state.

Every write may happen twice and in any order, and the table is right after each.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from inlet.consumers.consumer import Consumer
from inlet.entry import (
    conflict_key,
    entry_key,
    event_id_of,
    is_conflict,
    is_entry,
    packed,
    position,
)
from inlet.error_response import is_failed_condition
from inlet.event import Event
from inlet.tombstone import FORGOTTEN_AT, STATE, covers, forgotten_at, state_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in the timeline of its subject, as its first writer stored it.

    `rank` is that of the type, `attention` is `none`, `pending` or `sent`, `detail` the event,
    packed, and empty where it was not read. Times are those of the event's metadata. `rewrites` is
    how many replays have written it anew since. `is_conflict` is whether it stands beside the entry
    that has its event id.
    """

    subject: str
    event_id: str
    event_type: str
    status: str
    occurred_at: str
    received_at: str
    rank: int
    consumer: str
    attention: str
    content_hash: str
    detail: bytes
    rewrites: int = 0
    is_conflict: bool = False

    @classmethod
    def of(
        cls, event: Event, consumer: Consumer, *, detail: str, rank: int, needs_attention: bool
    ) -> Self:
        """The entry that an event makes where it is the first to arrive."""
        metadata = event.metadata
        return cls(
            subject=metadata.subject,
            event_id=metadata.event_id,
            event_type=metadata.event_type,
            status=consumer.status(event),
            occurred_at=metadata.occurred_at,
            received_at=metadata.received_at,
            rank=rank,
            consumer=consumer.name,
            attention="pending" if needs_attention else "none",
            content_hash=metadata.content_hash,
            detail=packed(
                detail, entry_key(metadata.subject, metadata.event_id), metadata.content_hash
            ),
        )

    @property
    def key(self) -> dict[str, Any]:
        """Where the entry is in the table."""
        if self.is_conflict:
            return conflict_key(self.subject, self.event_id, self.content_hash)
        return entry_key(self.subject, self.event_id)

    @property
    def position(self) -> str:
        """Where the entry is among those of its subject: these texts sort."""
        return position(self.occurred_at, self.rank, self.received_at, self.event_id)


class Timeline:
    """The table of all timelines."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def enter(self, entry: Entry) -> Entry:
        """Store an entry unless it is there; the one that is there now."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=entry.key | _attributes(entry),
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            return _stored(error.response["Item"])  # type: ignore[typeddict-item]
        return entry

    def rewrite(self, entry: Entry, replay: str) -> Entry:
        """Write an entry anew, once per replay; the one that is there now.

        It keeps its place, and where the replay sends no attention, what is known of that. An entry
        with another content is not rewritten.
        """
        attributes = _attributes(entry)
        kept = {"occurredAt", "rank", "receivedAt"}
        if entry.attention == "none":
            kept.add("attention")
        changes = [
            f"#{name} = if_not_exists(#{name}, :{name})" if name in kept else f"#{name} = :{name}"
            for name in attributes
        ]
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=entry.key,
                UpdateExpression=f"SET {', '.join(changes)}, replay = :replay ADD rewrites :one",
                ConditionExpression=(
                    "attribute_not_exists(pk) OR (contentHash = :contentHash"
                    " AND (attribute_not_exists(replay) OR replay <> :replay))"
                ),
                ExpressionAttributeNames={f"#{name}": name for name in attributes},
                ExpressionAttributeValues={
                    ":replay": {"S": replay},
                    ":one": {"N": "1"},
                    **{f":{name}": value for name, value in attributes.items()},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            return _stored(error.response["Item"])  # type: ignore[typeddict-item]
        return _stored(answer["Attributes"])

    def advance(self, entry: Entry) -> bool:
        """Make the entry its subject's latest state, unless a later one is.

        False where the subject was forgotten after the entry was received: it must go then.
        """
        standing = self._set_state(
            entry.subject,
            _state(entry),
            when=(
                "(attribute_not_exists(upTo) OR upTo <= :upTo)"
                " AND (attribute_not_exists(forgottenAt) OR forgottenAt < :receivedAt)"
            ),
        )
        return standing is None or not covers(standing, entry.received_at)

    def is_forgotten(self, entry: Entry) -> bool:
        """Return whether the subject was forgotten after an entry was received."""
        answer = self._client.get_item(
            TableName=self._table,
            Key=state_key(entry.subject),
            ProjectionExpression=FORGOTTEN_AT,
            ConsistentRead=True,
        )
        return covers(answer.get("Item", {}), entry.received_at)

    def fold(self, entry: Entry, flags: "Callable[[Iterable[str]], Sequence[str]]") -> bool:
        """Make all entries of the entry's subject its state, unless more writes of them have been.

        `flags` gives those of the state, by the statuses. False where `advance` says it too.

        What was forgotten is left out, even while it is still there. Until the subject is forgotten
        again the others are only ever added to or written anew, and each write is there before its
        writer reads. So the last writer has read all, and nobody who missed one has as many.
        """
        entries, tombstone = self._known(entry.subject)
        if covers(tombstone, entry.received_at):
            return False
        writes = sum(1 + one.rewrites for one in entries)
        state = _state(entries[-1]) | {"writes": {"N": str(writes)}}
        if flagged := flags(one.status for one in entries):
            state["flags"] = {"L": [{"S": flag} for flag in flagged]}
        same = "forgottenAt = :forgottenAt" if tombstone else "attribute_not_exists(forgottenAt)"
        standing = self._set_state(
            entry.subject,
            state,
            when=f"(attribute_not_exists(writes) OR writes <= :writes) AND {same}",
            known=tombstone,
        )
        if standing is not None and forgotten_at(standing) != forgotten_at(tombstone):
            return self.fold(entry, flags)
        return True

    def _known(self, subject: str) -> "tuple[list[Entry], Mapping[str, Any]]":
        """The entries that a subject has and that were not forgotten, in the order of positions.

        They come without their events.
        And its tombstone, empty where it has none. It sorts behind the entries, so it is read last.
        """
        items: list[Mapping[str, Any]] = []
        page: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": subject}},
                # Without the events themselves, which are most of the bytes.
                ProjectionExpression=", ".join(READ_FOR_STATE),
                ExpressionAttributeNames=READ_FOR_STATE,
                **page,
            )
            items += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        state = next((item for item in items if item["sk"]["S"] == STATE), {})
        tombstone = {name: value for name, value in state.items() if name == FORGOTTEN_AT}
        entries = [_stored(item) for item in items if is_entry(item)]
        left = (entry for entry in entries if not covers(tombstone, entry.received_at))
        return sorted(left, key=lambda entry: entry.position), tombstone

    def _set_state(
        self,
        subject: str,
        state: "Mapping[str, Any]",
        *,
        when: str,
        known: "Mapping[str, Any] | None" = None,
    ) -> "Mapping[str, Any] | None":
        """Set a subject's state on a condition; the item that does not meet it, None if set.

        The condition can name every attribute of the state, and of what else is `known`, as a
        value. A tombstone stays as it is.
        """
        removed = [name for name in OF_A_LIFE if name not in state]
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in state)
        if removed:
            change += " REMOVE " + ", ".join(f"#{name}" for name in removed)
        try:
            self._client.update_item(
                TableName=self._table,
                Key=state_key(subject),
                UpdateExpression=change,
                ConditionExpression=when,
                ExpressionAttributeNames={f"#{name}": name for name in [*state, *removed]},
                ExpressionAttributeValues={
                    f":{name}": value for name, value in {**state, **(known or {})}.items()
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            return error.response.get("Item", {})  # type: ignore[return-value]
        return None

    def mark_sent(self, entry: Entry) -> None:
        """Note that the attention of an entry is out, if the entry is still there."""
        with _if_it_is_there():
            self._client.update_item(
                TableName=self._table,
                Key=entry.key,
                UpdateExpression="SET attention = :sent",
                ConditionExpression=IS_THE_ONE,
                ExpressionAttributeValues={
                    ":sent": {"S": "sent"},
                    ":receivedAt": {"S": entry.received_at},
                },
            )

    def erase(self, entry: Entry) -> None:
        """Take an entry away, unless it is gone or another has its place."""
        with _if_it_is_there():
            self._client.delete_item(
                TableName=self._table,
                Key=entry.key,
                ConditionExpression=IS_THE_ONE,
                ExpressionAttributeValues={":receivedAt": {"S": entry.received_at}},
            )


IS_THE_ONE = "receivedAt = :receivedAt"
"""What holds of an entry that is there: after a subject was forgotten, its event may come anew."""

READ_FOR_STATE = {
    f"#{name}": name
    for name in (
        *("pk", "sk", "eventType", "status", "occurredAt", "receivedAt", "rank", "consumer"),
        *("attention", "contentHash", "rewrites", FORGOTTEN_AT),
    )
}
"""The attributes of entries and tombstones that a state is made of, by their placeholders."""

OF_A_LIFE = ("writes", "flags")
"""What only the state of a subject with a life cycle has."""


def _attributes(entry: Entry) -> dict[str, Any]:
    """What is stored of an entry, besides its key."""
    return {
        "eventType": {"S": entry.event_type},
        "status": {"S": entry.status},
        "occurredAt": {"S": entry.occurred_at},
        "receivedAt": {"S": entry.received_at},
        "rank": {"N": str(entry.rank)},
        "consumer": {"S": entry.consumer},
        "attention": {"S": entry.attention},
        "contentHash": {"S": entry.content_hash},
        "detail": {"B": entry.detail},
    }


def _state(entry: Entry) -> dict[str, Any]:
    """The attributes of a state whose latest entry this is."""
    state = {
        "upTo": entry.position,
        "status": entry.status,
        "eventType": entry.event_type,
        "eventId": entry.event_id,
        "occurredAt": entry.occurred_at,
        "receivedAt": entry.received_at,
    }
    return {name: {"S": value} for name, value in state.items()}


def _stored(item: "Mapping[str, Any]") -> Entry:
    return Entry(
        subject=item["pk"]["S"],
        event_id=event_id_of(item),
        event_type=item["eventType"]["S"],
        status=item["status"]["S"],
        occurred_at=item["occurredAt"]["S"],
        received_at=item["receivedAt"]["S"],
        rank=int(item["rank"]["N"]),
        consumer=item["consumer"]["S"],
        attention=item["attention"]["S"],
        content_hash=item["contentHash"]["S"],
        detail=item["detail"]["B"] if "detail" in item else b"",
        rewrites=int(item.get("rewrites", {"N": "0"})["N"]),
        is_conflict=is_conflict(item),
    )


@contextmanager
def _if_it_is_there() -> "Iterator[None]":
    try:
        yield
    except ClientError as error:
        if not is_failed_condition(error):
            raise

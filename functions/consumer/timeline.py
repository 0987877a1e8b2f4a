"""The timeline: everything that is known of one subject, its entries and its latest state.

Every write may happen twice and in any order, and the table is right after each.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from inlet.consumers.consumer import Consumer
from inlet.event import Event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_dynamodb import DynamoDBClient

STATE = "state"
"""The sort key of a subject's latest state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in the timeline of its subject, as its first writer stored it.

    `position` orders the entries of a subject: time, then the type's rank, then receipt, then
    event id. `attention` is `none`, `pending` or `sent`. Times are those of the event's metadata.
    """

    subject: str
    event_id: str
    event_type: str
    status: str
    occurred_at: str
    received_at: str
    position: str
    consumer: str
    attention: str
    detail: str

    @classmethod
    def of(cls, event: Event, consumer: Consumer, *, rank: int, needs_attention: bool) -> Self:
        """The entry that an event makes where it is the first to arrive."""
        metadata = event.metadata
        order = (metadata.occurred_at, f"{rank:04}", metadata.received_at, metadata.event_id)
        return cls(
            subject=metadata.subject,
            event_id=metadata.event_id,
            event_type=metadata.event_type,
            status=consumer.status(event),
            occurred_at=metadata.occurred_at,
            received_at=metadata.received_at,
            position="#".join(order),
            consumer=consumer.name,
            attention="pending" if needs_attention else "none",
            detail=event.model_dump_json(by_alias=True),
        )

    @property
    def key(self) -> dict[str, Any]:
        """Where the entry is in the table."""
        return {"pk": {"S": self.subject}, "sk": {"S": f"event#{self.event_id}"}}


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
                Item=entry.key | {name: {"S": getattr(entry, field)} for field, name in FIELDS},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise
            return _stored(error.response["Item"])  # type: ignore[typeddict-item]
        return entry

    def advance(self, entry: Entry) -> None:
        """Make the entry its subject's latest state, unless a later one is."""
        self._put_state(
            _state(entry),
            when="attribute_not_exists(pk) OR upTo <= :upTo",
            values={":upTo": {"S": entry.position}},
        )

    def entries(self, subject: str) -> list[Entry]:
        """Every entry that a subject has now, in the order of their positions."""
        found: list[Entry] = []
        page: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
                ExpressionAttributeValues={":pk": {"S": subject}, ":event": {"S": "event#"}},
                **page,
            )
            found += [_stored(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return sorted(found, key=lambda entry: entry.position)
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def fold(self, entries: "Sequence[Entry]", flags: "Sequence[str]") -> None:
        """Make all entries of a subject its state, unless more of them have been.

        Entries are only ever added, and each is there before its writer reads. So the writer of the
        last one has read all of them, and nobody who missed one has as many.
        """
        number = {"N": str(len(entries))}
        state = _state(entries[-1]) | {"entries": number}
        if flags:
            state["flags"] = {"L": [{"S": flag} for flag in flags]}
        self._put_state(
            state,
            when="attribute_not_exists(entries) OR entries <= :entries",
            values={":entries": number},
        )

    def _put_state(self, state: dict[str, Any], *, when: str, values: dict[str, Any]) -> None:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=state,
                ConditionExpression=when,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise

    def mark_sent(self, entry: Entry) -> None:
        """Note that the attention of an entry is out."""
        self._client.update_item(
            TableName=self._table,
            Key=entry.key,
            UpdateExpression="SET attention = :sent",
            ExpressionAttributeValues={":sent": {"S": "sent"}},
        )


FIELDS = (
    ("event_id", "eventId"),
    ("event_type", "eventType"),
    ("status", "status"),
    ("occurred_at", "occurredAt"),
    ("received_at", "receivedAt"),
    ("position", "position"),
    ("consumer", "consumer"),
    ("attention", "attention"),
    ("detail", "detail"),
)
"""The fields of an entry and their names in the table."""


def _state(entry: Entry) -> dict[str, Any]:
    """The item of a state whose latest entry this is."""
    state = {
        "pk": entry.subject,
        "sk": STATE,
        "upTo": entry.position,
        "status": entry.status,
        "eventType": entry.event_type,
        "eventId": entry.event_id,
        "occurredAt": entry.occurred_at,
        "receivedAt": entry.received_at,
    }
    return {name: {"S": value} for name, value in state.items()}


def _stored(item: "Mapping[str, Any]") -> Entry:
    fields = {field: item[name]["S"] for field, name in FIELDS}
    return Entry(subject=item["pk"]["S"], **fields)


def _condition_failed(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"

"""An entry of a timeline, as the table has it: an event in the place that its first writer gave it.

What other attributes say is in none: the event's id is in the key, and the entry's place among
those of its subject is made of four. The event itself is compressed, so that a usual one is written
as one unit.

A second content under the id of an entry is stored beside it as a *conflict*: an item with the same
attributes whose key also holds the content hash. Conflicts are neither ordered nor part of a state.
"""

import zlib
from collections.abc import Mapping
from typing import Any

PREFIX = "event#"
"""What the sort key of an entry begins with; the event's id follows."""

CONFLICT_PREFIX = "conflict#"
"""The start of a conflict's sort key; the event's id and the content hash follow."""


def entry_key(subject: str, event_id: str) -> dict[str, Any]:
    """Where an entry is in the table."""
    return {"pk": {"S": subject}, "sk": {"S": f"{PREFIX}{event_id}"}}


def conflict_key(subject: str, event_id: str, content_hash: str) -> dict[str, Any]:
    """Return the key of a conflict in the table."""
    return {"pk": {"S": subject}, "sk": {"S": f"{CONFLICT_PREFIX}{event_id}#{content_hash}"}}


def is_entry(item: Mapping[str, Any]) -> bool:
    """Whether an item of the table is an entry, and neither a conflict nor a state."""
    return str(item["sk"]["S"]).startswith(PREFIX)


def is_conflict(item: Mapping[str, Any]) -> bool:
    """Return whether an item of the table is a conflict."""
    return str(item["sk"]["S"]).startswith(CONFLICT_PREFIX)


def event_id_of(item: Mapping[str, Any]) -> str:
    """The id of the event of an entry or a conflict."""
    sort_key = str(item["sk"]["S"])
    if is_conflict(item):
        return sort_key.removeprefix(CONFLICT_PREFIX).rpartition("#")[0]
    return sort_key.removeprefix(PREFIX)


def position_of(item: Mapping[str, Any]) -> str:
    """A text by which entries of a subject sort."""
    return position(
        item["occurredAt"]["S"], int(item["rank"]["N"]), item["receivedAt"]["S"], event_id_of(item)
    )


def position(occurred_at: str, rank: int, received_at: str, event_id: str) -> str:
    """Time first, then the type's rank, then receipt, then event id."""
    return f"{occurred_at}#{rank:04}#{received_at}#{event_id}"


FAMILIAR = (
    b'{"metadata":{"version":"1","schema":".@1","eventId":"-","provider":"","eventType":"",'
    b'"known":true,"subject":"/","occurredAt":"202-T::.000000Z","receivedAt":"202-T::.Z",'
    b'"correlationId":"=","contentHash":"1:","flags":["assumed-zone"],"body":null},"data":{'
)
"""What is in every event, and so takes no room in an entry. It never changes: without it no entry
that was written with it can be read."""


def packed(detail: str, key: Mapping[str, Any], content_hash: str) -> bytes:
    """Return the JSON text of an event as an entry or a conflict with a key holds it."""
    compressor = zlib.compressobj(level=9, zdict=_dictionary(key, content_hash))
    return compressor.compress(detail.encode()) + compressor.flush()


def detail_of(item: Mapping[str, Any]) -> str:
    """Return the JSON text of the event of an entry or a conflict."""
    dictionary = _dictionary(item, item["contentHash"]["S"])
    return zlib.decompressobj(zdict=dictionary).decompress(item["detail"]["B"]).decode()


def _dictionary(key: Mapping[str, Any], content_hash: str) -> bytes:
    """Return what takes no room in a packed event: what the item and every event have anyway."""
    return f"{key['pk']['S']}{event_id_of(key)}{content_hash}".encode() + FAMILIAR

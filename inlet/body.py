"""A body that is too large for its event: it is stored in S3, and the event has its location.

For consumers and subscribers alike: `whole` is the one call that reads it.
"""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from inlet.event import Event, Metadata

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

LARGEST_STRING = 1024
"""Characters of a string that still is in an outline."""
OUTLINE_BYTES = 64 * 1024
"""What an outline takes at most: what EventBridge bills as one event."""


LONGEST_ENCODED_ID = 300
"""Characters of an encoded event id in a key; S3 limits a key to 1,024 bytes."""

RECEIVED_AT, SUBJECT = "received-at", "subject"
"""The object metadata of a body: the event's time of receipt, and its subject, encoded."""


def key_prefix(provider: str, event_type: str, event_id: str) -> str:
    """Return what the keys of an event's bodies begin with: `<provider>/<type>/<event id>/`.

    Type and id are encoded as in a URL. An id whose encoding is too long is replaced by
    `sha256:<hex>`: no encoding contains a colon, so the two cannot be confused.
    """
    identifier = encoded(event_id)
    if len(identifier) > LONGEST_ENCODED_ID:
        identifier = f"sha256:{hashlib.sha256(event_id.encode()).hexdigest()}"
    return f"{provider}/{encoded(event_type)}/{identifier}/"


def object_key(metadata: Metadata) -> str:
    """Return the key of an event's body. No two requests share one, even with equal bodies."""
    prefix = key_prefix(metadata.provider, metadata.event_type, metadata.event_id)
    return f"{prefix}{encoded(metadata.correlation_id)}.json"


def object_metadata(metadata: Metadata) -> dict[str, str]:
    """Return the metadata of the object: it decides whether erasing a subject erases the body."""
    return {RECEIVED_AT: metadata.received_at, SUBJECT: encoded(metadata.subject)}


def encoded(text: str) -> str:
    """Return a text as one segment of a key: percent-encoded, and never `.` or `..`.

    S3 rejects keys in which such segments lead above the bucket.
    """
    segment = quote(text, safe="")
    return segment if segment.strip(".") else segment.replace(".", "%2E")


class BodyAltered(ValueError):
    """What is in S3 is not the body that the event speaks of."""


def whole(event: Event, s3: "S3Client") -> Mapping[str, Any]:
    """All fields of an event's body, read from S3 where the event has only its outline.

    Raises BodyAltered where the hash is another, and what S3 raises: NoSuchKey once the body's
    time is over.
    """
    kept = event.metadata.body
    if kept is None:
        return event.data
    body = s3.get_object(Bucket=kept.bucket, Key=kept.key)["Body"].read()
    if hashlib.sha256(body).hexdigest() != kept.sha256:
        raise BodyAltered(
            f"The object {kept.key} is not the body of event {event.metadata.event_id}."
        )
    return dict(json.loads(body))


def outline(data: Mapping[str, Any]) -> dict[str, Any]:
    """The scalars of a document, also those in objects within it, so that rules still match.

    Long strings and arrays are left out, and once 64 KB are full all that lies deeper.
    """
    result: dict[str, Any] = {}
    room = OUTLINE_BYTES - 2
    level = [(data, result)]
    while level:
        deeper: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
        for values, kept in level:
            for name, value in values.items():
                is_object = isinstance(value, dict)
                if isinstance(value, list) or (
                    isinstance(value, str) and len(value) > LARGEST_STRING
                ):
                    continue
                room -= _size(name, {} if is_object else value)
                if room < 0:
                    return result
                kept[name] = {} if is_object else value
                if is_object:
                    deeper.append((value, kept[name]))
        level = deeper
    return result


def _size(name: str, value: Any) -> int:  # noqa: ANN401 - any JSON scalar
    """The bytes of a field in JSON, with the comma and the space behind it."""
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
    return len(json.dumps(name, ensure_ascii=False).encode()) + len(text.encode()) + 4

"""Marosa's notification. Its documents say which fields there are, not which may be missing."""

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from inlet.instant import Time
from inlet.model import Open, TextId
from inlet.subject import MAX_ID_BYTES, integral
from inlet.type_name import TypeName

EVENT_ID = re.compile(f"[!-~]{{1,{MAX_ID_BYTES}}}")
"""Any printable ASCII text without spaces can identify an event."""

STATUSES = frozenset(
    {"CREATED", "VALIDATING", "PROCESSING", "OK", "ERROR", "DUPLICATED", "PENDING_ACTION"}
)
"""The documented values of `currentStatus`; VALIDATING only in the life cycle of a document."""


def _event_id(value: object) -> str:
    """Return an event id in lower case. Two that differ by case only are the same."""
    plain = integral(value)
    text = str(plain) if isinstance(plain, str | int) and not isinstance(plain, bool) else ""
    if not EVENT_ID.fullmatch(text):
        message = f"Input should be 1 to {MAX_ID_BYTES} printable ASCII characters without spaces"
        raise PydanticCustomError("event_id", message)
    return text.lower()


EventId = Annotated[
    str,
    PlainValidator(_event_id),
    WithJsonSchema({"type": ["string", "integer"], "pattern": f"^{EVENT_ID.pattern}$"}),
]


class Notification(Open):
    """The body of every Marosa notification. It holds no data of people, unless in its ids."""

    eventId: EventId
    """A UUID, the same when the notification is sent again. Other ids are accepted and flagged."""
    eventType: TypeName
    occurredAt: Time = None
    """ISO 8601, in UTC."""
    documentId: TextId = None
    externalStatus: str | None = None
    """Any text: only APPROVED was ever seen."""
    currentStatus: str | None = None
    flowDetail: str | None = None
    """Any text: only VERIFACTU was ever seen."""

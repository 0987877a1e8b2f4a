"""Marosa's notification. Its documents say which fields there are, not which may be missing."""

from pydantic import Field

from inlet.instant import Time
from inlet.model import Open
from inlet.type_name import TypeName

STATUSES = frozenset(
    {"CREATED", "VALIDATING", "PROCESSING", "OK", "ERROR", "DUPLICATED", "PENDING_ACTION"}
)
"""The documented values of `currentStatus`; VALIDATING only in the life cycle of a document."""


class Notification(Open):
    """The body of every Marosa notification. It holds no data of people, unless in its ids."""

    eventId: str = Field(
        pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
    )
    """A UUID, the same when the notification is sent again."""
    eventType: TypeName
    occurredAt: Time | None = None
    """ISO 8601, in UTC."""
    documentId: str | None = None
    externalStatus: str | None = None
    """Any text: only APPROVED was ever seen."""
    currentStatus: str | None = None
    flowDetail: str | None = None
    """Any text: only VERIFACTU was ever seen."""

"""Marosa's notification. Its documents say which fields there are, not which may be missing."""

from pydantic import BaseModel, ConfigDict, Field

from inlet.instant import Time
from inlet.type_name import TypeName

STATUSES = frozenset(
    {"CREATED", "VALIDATING", "PROCESSING", "OK", "ERROR", "DUPLICATED", "PENDING_ACTION"}
)
"""The documented values of `currentStatus`; VALIDATING only in the life cycle of a document."""


class Notification(BaseModel):
    """The body of every Marosa notification; fields it does not name pass through."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

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

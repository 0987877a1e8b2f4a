"""Reading Marosa: type, id, time and subject are all in the body."""

from datetime import UTC

from inlet.delivery import Reading
from inlet.document import Document
from inlet.model import checked, moment
from inlet.providers.marosa.models import STATUSES, Notification
from inlet.request import Request
from inlet.subject import usable_id


def read(_request: Request, document: Document) -> Reading:
    """What a notification says. Raises WrongContract."""
    notification = checked(Notification, document)
    occurred_at, flags = moment("occurredAt", notification.occurredAt, UTC)
    status = notification.currentStatus
    if status is not None and status not in STATUSES:
        flags.append("unknown-value:currentStatus")
    return Reading(
        event_type=notification.eventType,
        event_id=notification.eventId,
        subject_id=usable_id([notification.documentId]),
        occurred_at=occurred_at,
        flags=tuple(flags),
    )

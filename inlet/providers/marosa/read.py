"""Reading Marosa: type, id, time and subject are all in the body."""

import re
from datetime import UTC

from inlet.delivery import Reading
from inlet.document import Document
from inlet.instant import moment
from inlet.model import checked, unusual_ids
from inlet.providers.marosa.models import STATUSES, Notification
from inlet.request import Request
from inlet.subject import usable_id

UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""The documented form of an `eventId`, in lower case."""


def read(_request: Request, document: Document) -> Reading:
    """What a notification says. Raises WrongContract."""
    notification = checked(Notification, document)
    occurred_at, flags = moment(notification.occurredAt, UTC)
    if not UUID.fullmatch(notification.eventId):
        flags.append("unusual-id:eventId")
    flags += unusual_ids(notification)
    status = notification.currentStatus
    if status is not None and status not in STATUSES:
        flags.append("unknown-value:currentStatus")
    return Reading(
        event_type=notification.eventType,
        event_id=notification.eventId,
        subject_id=usable_id([notification.documentId]),
        occurred_at=occurred_at,
        flags=tuple(flags),
        canonical=_canonical(document, notification.eventId),
    )


def _canonical(document: Document, event_id: str) -> str:
    """Return the canonical body with the event id in lower case, as it is compared."""
    if document.data["eventId"] == event_id:
        return document.canonical
    return document.canonical_with(eventId=event_id)

"""Reading Digiteal: the path gives the type, and the id is derived from the body."""

from collections.abc import Iterator
from datetime import UTC

from dateutil.tz import tzstr

from inlet import event_id
from inlet.delivery import Reading
from inlet.document import Document
from inlet.model import checked, moment
from inlet.providers.digiteal.catalogue import CATALOGUE, TRANSFERS
from inlet.providers.digiteal.models import (
    DOCUMENTED_STATUSES,
    PAYMENT_METHODS,
    STATUSES,
    Body,
    TransferOfFunds,
)
from inlet.refusals import NoType
from inlet.request import Request
from inlet.subject import usable_id

BRUSSELS = tzstr("CET-1CEST,M3.5.0,M10.5.0/3")
"""The zone assumed of times that have none. The rule is written out because the image that a
Lambda function runs in need not hold a time zone database."""


def read(request: Request, document: Document) -> Reading:
    """What a body says, its type being the path's. Raises NoType or WrongContract."""
    event_type = request.path_type
    if event_type is None:
        raise NoType(
            "Digiteal's bodies do not name their type: register one URL per webhook type, ending"
            " in the type's name, such as /webhooks/digiteal/PAYMENT_INITIATED."
        )
    body = checked(TransferOfFunds if event_type in CATALOGUE else Body, document)
    occurred_at, flags = moment("executionTimestamp", body.executionTimestamp, BRUSSELS)
    subject_id = None
    if isinstance(body, TransferOfFunds):
        subject_id = usable_id(_ids(event_type, body))
        flags += _oddities(event_type, body)
    day = None if occurred_at else request.received_at.astimezone(UTC).date()
    return Reading(
        event_type=event_type,
        event_id=usable_id([document.data.get("eventId")])
        or event_id.derived("digiteal", event_type, document.canonical, day),
        subject_id=subject_id,
        occurred_at=occurred_at,
        flags=tuple(flags),
    )


def _ids(event_type: str, body: TransferOfFunds) -> Iterator[str | None]:
    """What can name the subject, best first."""
    if event_type in TRANSFERS:
        yield body.transferID
        yield body.transfer.transferId if body.transfer else None
        return
    asked = body.paymentRequestInformation
    yield asked.paymentID if asked else None
    yield body.bankTransactionID
    yield body.paymentRequest.paymentRequestId if body.paymentRequest else None


def _oddities(event_type: str, body: TransferOfFunds) -> Iterator[str]:
    """Flags for what the body says otherwise than the path or the documents."""
    for field in ("paymentStatus", "code"):
        status = getattr(body, field)
        if status is None:
            continue
        if status not in DOCUMENTED_STATUSES:
            yield f"unknown-value:{field}"
        elif status != STATUSES.get(event_type, status):
            yield "type-mismatch"
    if body.paymentMethod is not None and body.paymentMethod not in PAYMENT_METHODS:
        yield "unknown-value:paymentMethod"

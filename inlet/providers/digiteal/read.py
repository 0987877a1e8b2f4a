"""Reading Digiteal: the path gives the type, and the id is derived from the body."""

from datetime import UTC

from dateutil.tz import tzstr

from inlet import event_id
from inlet.delivery import Reading
from inlet.document import Document
from inlet.instant import moment
from inlet.model import checked, unusual_ids
from inlet.provider import UNRECOGNISED
from inlet.providers.digiteal.catalogue import CATALOGUE
from inlet.providers.digiteal.hints import oddities
from inlet.providers.digiteal.models import MODELS
from inlet.request import Request
from inlet.subject import usable_id

BRUSSELS = tzstr("CET-1CEST,M3.5.0,M10.5.0/3")
"""The zone assumed of times that have none. The rule is written out because the image that a
Lambda function runs in need not hold a time zone database."""


def read(request: Request, document: Document) -> Reading:
    """What a body says, its type being the path's. Raises NoType or WrongContract."""
    event_type = request.type_of_path("/webhooks/digiteal/PAYMENT_INITIATED")
    known = CATALOGUE.get(event_type)
    body = checked(MODELS[known.kind if known else UNRECOGNISED], document)
    sent_at = getattr(body, body.TIME)
    occurred_at, flags = moment(sent_at, BRUSSELS)
    flags += unusual_ids(body)
    if known:
        flags += oddities(event_type, body)
    day = request.received_at.astimezone(UTC).date() if sent_at is None else None
    return Reading(
        event_type=event_type,
        event_id=usable_id([document.data.get("eventId")])
        or event_id.derived("digiteal", event_type, document.canonical, day),
        subject_id=usable_id(body.ids()),
        occurred_at=occurred_at,
        flags=tuple(flags),
    )

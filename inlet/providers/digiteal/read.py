"""Reading Digiteal: the path gives the type, and the id is derived from the body."""

from datetime import UTC, datetime

from dateutil.tz import tzstr

from inlet import event_id
from inlet.delivery import Reading
from inlet.document import Document
from inlet.model import checked, likely_moment, moment
from inlet.provider import UNRECOGNISED
from inlet.providers.digiteal.catalogue import CATALOGUE
from inlet.providers.digiteal.hints import oddities
from inlet.providers.digiteal.models import MODELS, Body
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
    occurred_at, flags = _moment(body)
    if known:
        flags += oddities(event_type, body)
    day = None if occurred_at else request.received_at.astimezone(UTC).date()
    return Reading(
        event_type=event_type,
        event_id=usable_id([document.data.get("eventId")])
        or event_id.derived("digiteal", event_type, document.canonical, day),
        subject_id=usable_id(body.ids()),
        occurred_at=occurred_at,
        flags=tuple(flags),
    )


def _moment(body: Body) -> tuple[datetime | None, list[str]]:
    value = getattr(body, body.TIME)
    if body.TIME_IS_DOCUMENTED:
        return moment(body.TIME, value, BRUSSELS)
    return likely_moment(value, BRUSSELS)

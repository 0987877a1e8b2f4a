"""Reading Standard Webhooks: the id is in a header, and type and time are in the body."""

from datetime import UTC

from inlet.delivery import Reading
from inlet.document import Document
from inlet.instant import moment
from inlet.model import checked
from inlet.providers.standard.models import Message
from inlet.providers.standard.signature import WEBHOOK, event_ids
from inlet.refusals import Problem, WrongContract
from inlet.request import Request
from inlet.subject import usable_id


def read(request: Request, document: Document) -> Reading:
    """What a message says. Raises WrongContract."""
    message = checked(Message, document)
    ids = event_ids(request.headers)
    if len(set(ids.values())) > 1:
        raise WrongContract(
            f"The headers {' and '.join(ids)} hold different event ids.",
            [Problem(name, "differs from another header with the event id") for name in ids],
        )
    event_id = usable_id(ids.values())
    if event_id is None:
        header = next(iter(ids), WEBHOOK.event_id)
        raise WrongContract(
            f"The header {header} cannot be an event id.",
            [Problem(header, "is missing, too long or not printable")],
        )
    occurred_at, flags = moment(message.timestamp, UTC)
    return Reading(
        event_type=message.type,
        event_id=event_id,
        subject_id=usable_id([message.data.get("id")]) if isinstance(message.data, dict) else None,
        occurred_at=occurred_at,
        flags=tuple(flags),
    )

"""Reading Standard Webhooks: the id is in a header, and type and time are in the body."""

from datetime import UTC

from inlet.delivery import Reading
from inlet.document import Document
from inlet.model import checked, likely_moment
from inlet.providers.standard.models import Message
from inlet.providers.standard.signature import ID
from inlet.refusals import Problem, WrongContract
from inlet.request import Request
from inlet.subject import usable_id


def read(request: Request, document: Document) -> Reading:
    """What a message says. Raises WrongContract."""
    message = checked(Message, document)
    event_id = usable_id([request.headers.get(ID)])
    if event_id is None:
        raise WrongContract(
            f"The header {ID} cannot be an event id.",
            [Problem(ID, "is missing, too long or not printable")],
        )
    occurred_at, flags = likely_moment(message.timestamp, UTC)
    return Reading(
        event_type=message.type,
        event_id=event_id,
        subject_id=usable_id([message.data.get("id")]) if isinstance(message.data, dict) else None,
        occurred_at=occurred_at,
        flags=tuple(flags),
    )

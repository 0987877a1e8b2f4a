"""Events of a Digiteal transfer, whose consumer has a lifecycle."""

from collections.abc import Callable
from typing import Any

from tests.support.station import event

SUBJECT = "digiteal/transfer/1"


CREATED = "TRANSFER_CREATED"


RECEIVED = "TRANSFER_PAYMENT_RECEIVED"


STARTED = "TRANSFER_PAYMENT_STARTED"


COMPLETED = "TRANSFER_PAYMENT_COMPLETED"


REIMBURSING = "TRANSFER_REIMBURSEMENT_STARTED"


REIMBURSED = "TRANSFER_REIMBURSEMENT_COMPLETED"


def step(event_type: str, minute: int, subject: str = SUBJECT) -> dict[str, Any]:
    """An event of a trusted payment, known by its minute; the ids sort the other way round."""
    return event(
        event_type,
        "digiteal",
        subject=subject,
        eventId=f"id-{99 - minute}",
        occurredAt=f"2025-03-27T09:{minute:02}:00.000000Z",
        flags=[],
    )


class Before:
    """A client that does something before each of its calls, and may fail after it."""

    def __init__(self, client: Any, happens: Callable[..., Exception | None]) -> None:
        self._client, self._happens = client, happens

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            error = self._happens(name, **arguments)
            result = getattr(self._client, name)(**arguments)
            if error:
                raise error
            return result

        return call

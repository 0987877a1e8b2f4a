"""What Marosa tells: a document on its way through the platform, then the invoice that it is."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from inlet.simulator.life import BEGIN, END, Step, uuid, walk

PATH = "/webhooks/marosa"

DOCUMENT = {
    BEGIN: ("CREATED",),
    "CREATED": ("VALIDATING", "PROCESSING", "PROCESSING", "PROCESSING", "DUPLICATED"),
    "VALIDATING": ("PROCESSING", "PROCESSING", "ERROR"),
    "PROCESSING": ("OK", "OK", "OK", "OK", "ERROR", "PENDING_ACTION"),
    "PENDING_ACTION": ("PROCESSING",),
}
"""The processing statuses, in the order that their descriptions tell."""

INVOICE = {
    BEGIN: ("SENT",),
    "SENT": ("APPROVED", "APPROVED", "REJECTED"),
    "APPROVED": ("PAID", END),
}
"""Only APPROVED was ever seen: the others stand for whatever comes."""


def document(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """The life of a document; it is an invoice with a life of its own once it is processed."""
    name = f"SIM-{random.getrandbits(48):012x}"
    external, current = "SENT", BEGIN
    for current in walk(random, DOCUMENT):
        yield _notification(random, times, "DOCUMENT_STATUS_CHANGED", name, external, current)
    if current == "OK":
        for external in walk(random, INVOICE):
            yield _notification(random, times, "INVOICE_STATUS_CHANGED", name, external, current)


def unknown(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A type that no catalogue knows."""
    name = f"SIM-{random.getrandbits(48):012x}"
    yield _notification(random, times, "DOCUMENT_PONDERED", name, "SENT", "OK")


def _notification(  # noqa: PLR0913, PLR0917 - a field each
    random: Random,
    times: Iterator[datetime],
    event_type: str,
    document_id: str,
    external: str,
    current: str,
) -> Step:
    return Step(
        PATH,
        {
            "eventId": uuid(random),
            "eventType": event_type,
            "occurredAt": f"{next(times).isoformat()}Z",
            "documentId": document_id,
            "externalStatus": external,
            "currentStatus": current,
            "flowDetail": "VERIFACTU",
        },
    )

"""The consumers: adding a kind is a value in a file beside this one, and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from inlet.consumers.autopay import AUTOPAY
from inlet.consumers.companies import COMPANIES
from inlet.consumers.consumer import Consumer
from inlet.consumers.customers import CUSTOMERS
from inlet.consumers.documents import DOCUMENTS
from inlet.consumers.invoices import INVOICES
from inlet.consumers.payments import PAYMENTS
from inlet.consumers.persons import PERSONS
from inlet.consumers.transfers import TRANSFERS
from inlet.consumers.unrecognised import UNRECOGNISED

CONSUMERS: Mapping[str, Consumer] = MappingProxyType(
    {
        consumer.name: consumer
        for consumer in (
            DOCUMENTS,
            INVOICES,
            COMPANIES,
            PERSONS,
            CUSTOMERS,
            PAYMENTS,
            AUTOPAY,
            TRANSFERS,
            UNRECOGNISED,
        )
    }
)


def consumer_of(kind: str) -> Consumer:
    """The consumer that takes a kind. Raises LookupError where none does."""
    for consumer in CONSUMERS.values():
        if kind in consumer.kinds:
            return consumer
    raise LookupError(f"no consumer takes the kind {kind!r}: add it to one in inlet/consumers")

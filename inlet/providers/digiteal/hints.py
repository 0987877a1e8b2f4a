"""What a body hints of its type: never its name, and not always the same word for it.

A hint is a cross-check and no more. Most words are inferred from the few that are documented.
"""

from collections.abc import Iterator

from inlet.providers.digiteal.catalogue import CATALOGUE
from inlet.providers.digiteal.models import PAYMENT_METHODS, Body

FIELDS = ("changeType", "paymentStatus", "code")
"""Where a body hints at its type."""

FAMILIES = (
    "AUTOPAY_CONFIGURATION_",
    "COMPANY_",
    "CREDIT_NOTE_",
    "CUSTOMER_",
    "INVOICE_",
    "PAYMENT_",
    "PEPPOL_",
    "PERSON_",
    "TERMINAL_",
)
"""What a hint may leave out of the type's name."""

OTHER_WORDS = {
    "AUTOPAY_CONFIGURATION_CREATED": {"CREATE"},
    "AUTOPAY_CONFIGURATION_UPDATED": {"UPDATE"},
    "AUTOPAY_CONFIGURATION_SUSPENDED": {"SUSPEND"},
    "AUTOPAY_CONFIGURATION_ACTIVATED": {"ACTIVATE"},
    "AUTOPAY_CONFIGURATION_CANCELLED": {"CANCEL"},
    "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": {"REIMBURSMENT_FROM_DIGITEAL"},
    "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": {"REIMBURSMENT_FROM_REQUESTOR"},
    "MANDATE_AUTHORIZATION_STATUS": {
        "MANDATE_CONSENT", "AIS_CONSENT", "BANK_ENV", "INVALID_IBAN", "TIMEOUT", "SECURITY_REASON",
    },
}  # fmt: skip
"""Hints that are not made of the type's name."""


def words_for(event_type: str) -> set[str]:
    """Every word by which a body may hint at a type."""
    name = event_type.removesuffix("_V2")
    short = {name.removeprefix(family) for family in FAMILIES}
    return short | {event_type, name} | OTHER_WORDS.get(event_type, set())


KNOWN_WORDS = frozenset(word for event_type in CATALOGUE for word in words_for(event_type))


def oddities(event_type: str, body: Body) -> Iterator[str]:
    """Flags for what a body says otherwise than its path or the documents."""
    expected = words_for(event_type)
    for field in FIELDS:
        hint = _declared(body, field)
        if hint is not None and hint not in expected:
            yield "type-mismatch" if hint in KNOWN_WORDS else f"unknown-value:{field}"
    if _declared(body, "paymentMethod") not in {None, *PAYMENT_METHODS}:
        yield "unknown-value:paymentMethod"


def _declared(body: Body, field: str) -> str | None:
    """The value of a field that this kind of body is documented to have."""
    value = getattr(body, field) if field in type(body).model_fields else None
    return value if value is None else str(value)

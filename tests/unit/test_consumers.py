"""When a human should look, and what they then read."""

import pytest

from inlet.consumers import CONSUMERS
from inlet.event import Event
from inlet.providers import PROVIDERS
from tests.support.samples import sample


def event(provider: str, name: str) -> Event:
    written = sample(provider, name).event
    assert written
    return Event.model_validate(written["detail"])


@pytest.mark.parametrize(
    ("consumer", "provider", "name", "sentence"),
    [
        ("documents", "marosa", "DOCUMENT_STATUS_CHANGED", None),
        (
            "documents",
            "marosa",
            "DOCUMENT_STATUS_CHANGED__error",
            (
                "Marosa could not process document INV-2025-00123. Open it at Marosa, see what is"
                " wrong with it, and send it again."
            ),
        ),
        (
            "documents",
            "marosa",
            "DOCUMENT_STATUS_CHANGED__pending_action",
            (
                "Document INV-2025-00123 waits at Marosa for an action of yours. Open it there: it"
                " will not be processed until someone does."
            ),
        ),
        (
            "documents",
            "marosa",
            "DOCUMENT_STATUS_CHANGED__unknown_status",
            (
                "Marosa sent DOCUMENT_STATUS_CHANGED about INV-2025-00123 with a value that its"
                " documents do not list (unknown-value:currentStatus). It was accepted. Ask Marosa"
                " what the value means, then add it to the models."
            ),
        ),
        ("invoices", "marosa", "INVOICE_STATUS_CHANGED", None),
        ("payments", "digiteal", "PAYMENT_INITIATED", None),
        (
            "payments",
            "digiteal",
            "PAYMENT_INITIATION_ERROR",
            (
                "Payment 00000000-0000-4000-8000-000000000002 could not be initiated at Digiteal."
                " Nothing was paid: ask the debtor to try again or to pay in another way."
            ),
        ),
        (
            "payments",
            "digiteal",
            "PAYMENT_WITHDRAWAL_ERROR",
            (
                "The money of payment 00000000-0000-4000-8000-000000000007 could not be withdrawn"
                " from the debtor's account. Nothing was paid: contact the debtor before it is"
                " collected again."
            ),
        ),
        ("transfers", "digiteal", "TRANSFER_PAYMENT_COMPLETED", None),
        (
            "unrecognised",
            "digiteal",
            "PAYMENT_INITIATED__other_case",
            (
                "Digiteal sent an event of the type payment_initiated. The catalogue has"
                " PAYMENT_INITIATED, which differs only by upper and lower case, so the event was"
                " accepted and stored as one of an unknown type. Check the webhook URL that"
                " Digiteal is given, and ask Digiteal which spelling is right."
            ),
        ),
        (
            "unrecognised",
            "digiteal",
            "PAYMENT_PONDERED__unknown_type",
            (
                "Digiteal sent an event of the type PAYMENT_PONDERED, which no catalogue knows. It"
                " was accepted and kept. Add the type to the catalogue of Digiteal, or"
                " to the types of the stage."
            ),
        ),
    ],
)
def test_a_human_reads_a_plain_sentence_where_one_is_needed(
    consumer: str, provider: str, name: str, sentence: str | None
) -> None:
    assert CONSUMERS[consumer].sentence(event(provider, name)) == sentence


@pytest.mark.parametrize(
    ("consumer", "event_type", "field", "values"),
    [
        ("documents", "DOCUMENT_STATUS_CHANGED", "currentStatus", ["ERROR", "PENDING_ACTION"]),
        (
            "documents",
            "PEPPOL_SEND_PROCESSING_OUTCOME",
            "status",
            [
                *("RECIPIENT_NOT_IN_PEPPOL", "PARTICIPANT_NOT_REGISTERED_TO_CALLER"),
                *("FAILED_TO_PRODUCE_SBDH", "DUPLICATED_DOCUMENT", "TECHNICAL_ERROR"),
                *("RECIPIENT_AP_UNAVAILABLE", "DIGITEAL_AP_ERROR"),
            ],
        ),
        ("payments", "MANDATE_AUTHORIZATION_STATUS", "status", ["CANCEL", "ERROR", "FAIL"]),
        ("payments", "PAYMENT_CARD_TOKEN_CREATED", "successful", [False]),
        ("payments", "PAYMENT_CARD_TOKEN_RESERVED", "successful", [False]),
    ],
)
def test_a_human_is_told_of_each_value_that_means_trouble(
    consumer: str, event_type: str, field: str, values: list[str | bool]
) -> None:
    written = event("digiteal", "PAYMENT_INITIATED")
    metadata = written.metadata.model_copy(update={"event_type": event_type})
    for value in values:
        bad = written.model_copy(update={"metadata": metadata, "data": {field: value}})
        assert CONSUMERS[consumer].sentence(bad), value
    for fine in ("OK", "SUCCESS", True):
        good = written.model_copy(update={"metadata": metadata, "data": {field: fine}})
        assert CONSUMERS[consumer].sentence(good) is None


KINDS = {
    "autopay": {"autopay"},
    "companies": {"company", "terminal"},
    "customers": {"customer"},
    "documents": {"document", "canary"},
    "invoices": {"invoice"},
    "payments": {"payment", "card", "mandate"},
    "persons": {"person"},
    "transfers": {"transfer"},
    "unrecognised": {"unrecognised"},
}
"""What these consumers take; who adds one need not change it."""


@pytest.mark.parametrize("name", KINDS)
def test_a_consumer_takes_its_kinds(name: str) -> None:
    assert CONSUMERS[name].name == name
    assert CONSUMERS[name].kinds == KINDS[name]


def test_a_human_is_told_of_types_that_a_provider_lists() -> None:
    listed = {name for provider in PROVIDERS.values() for name in provider.catalogue}
    told_of = {
        name
        for consumer in CONSUMERS.values()
        for attention in consumer.attention
        for name in attention.types
    }
    assert len(told_of) >= 15
    assert told_of - listed == set()


def test_a_text_too_long_for_a_status_is_none() -> None:
    written = event("marosa", "DOCUMENT_STATUS_CHANGED")
    for length, status in ((128, "S" * 128), (129, "DOCUMENT_STATUS_CHANGED")):
        odd = written.model_copy(update={"data": {"currentStatus": "S" * length}})
        assert CONSUMERS["documents"].status(odd) == status


@pytest.mark.parametrize(
    ("consumer", "provider", "name", "status"),
    [
        ("documents", "marosa", "DOCUMENT_STATUS_CHANGED", "OK"),
        ("invoices", "marosa", "INVOICE_STATUS_CHANGED", "APPROVED"),
        ("invoices", "marosa", "DOCUMENT_STATUS_CHANGED__error", "DOCUMENT_STATUS_CHANGED"),
        ("payments", "digiteal", "PAYMENT_TRANSFERRED", "PAYMENT_TRANSFERRED"),
    ],
)
def test_a_subject_is_in_the_state_that_its_event_says(
    consumer: str, provider: str, name: str, status: str
) -> None:
    assert CONSUMERS[consumer].status(event(provider, name)) == status

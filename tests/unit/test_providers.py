"""The registry of providers, and their catalogues."""

import pytest

from inlet.consumers import CONSUMERS, consumer_of
from inlet.providers import PROVIDERS


def test_each_provider_has_the_routes_that_the_docs_give_it() -> None:
    assert {name: provider.routes for name, provider in PROVIDERS.items()} == {
        "marosa": ("/webhooks/marosa",),
        "digiteal": ("/webhooks/digiteal", "/webhooks/digiteal/{type}"),
    }


def test_the_catalogues_hold_the_types_that_the_providers_document() -> None:
    kinds = {
        name: {event_type: known.kind for event_type, known in provider.catalogue.items()}
        for name, provider in PROVIDERS.items()
    }
    assert kinds == {
        "marosa": {"DOCUMENT_STATUS_CHANGED": "document", "INVOICE_STATUS_CHANGED": "invoice"},
        "digiteal": {
            "PAYMENT_INITIATED": "payment",
            "PAYMENT_INITIATION_ERROR": "payment",
            "PAYMENT_RECEIVED_IN_TRANSIT": "payment",
            "PAYMENT_TRANSFERRED": "payment",
            "REIMBURSEMENT_RECEIVED_FROM_CREDITOR": "payment",
            "PAYMENT_WITHDRAWAL_SUCCESS": "payment",
            "PAYMENT_WITHDRAWAL_ERROR": "payment",
            "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": "payment",
            "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": "payment",
            "FUNDS_RECEIVED_IN_BUFFER": "payment",
            "TRANSFER_CREATED": "transfer",
            "TRANSFER_PAYMENT_RECEIVED": "transfer",
            "TRANSFER_PAYMENT_STARTED": "transfer",
            "TRANSFER_PAYMENT_COMPLETED": "transfer",
            "TRANSFER_REIMBURSEMENT_STARTED": "transfer",
            "TRANSFER_REIMBURSEMENT_COMPLETED": "transfer",
        },
    }


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_no_two_types_of_a_kind_have_the_same_rank(provider: object) -> None:
    ranks = [(known.kind, known.rank) for known in provider.catalogue.values()]  # type: ignore[attr-defined]
    assert len(ranks) == len(set(ranks))


def test_every_kind_has_exactly_one_consumer() -> None:
    taken = [kind for consumer in CONSUMERS.values() for kind in consumer.kinds]
    assert sorted(taken) == ["document", "invoice", "payment", "transfer", "unrecognised"]
    catalogued = {k.kind for p in PROVIDERS.values() for k in p.catalogue.values()}
    assert {consumer_of(kind).name for kind in catalogued} == {
        "documents",
        "invoices",
        "payments",
        "transfers",
    }


def test_a_kind_that_no_consumer_takes_is_named() -> None:
    with pytest.raises(LookupError, match="no consumer takes the kind 'parcel'"):
        consumer_of("parcel")

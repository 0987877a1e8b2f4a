"""Digiteal: what its documents name is not odd, and what they promise is held to."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inlet.delivery import Delivery, read
from inlet.providers import PROVIDERS
from inlet.providers.digiteal.hints import oddities
from inlet.providers.digiteal.models import MODELS
from inlet.refusals import WrongContract
from inlet.request import Request

METHODS = [
    *("APPLE_PAY", "BANCONTACT", "CARTE_BLEUE", "DIRECT", "GOOGLE_PAY", "IDEAL", "INTERNAL"),
    *("MAESTRO", "MASTERCARD", "PAYCONIQ", "PIS_PREMIUM", "PIS_PREMIUM_INSTANT", "PIS_STANDARD"),
    *("SCT", "STANDARD", "VISA"),
]


def odd(kind: str, event_type: str, **body: Any) -> list[str]:
    return list(oddities(event_type, MODELS[kind].model_validate(body)))


@pytest.mark.parametrize("method", METHODS)
def test_a_documented_way_to_pay_is_not_odd(method: str) -> None:
    assert odd("payment", "PAYMENT_INITIATED", paymentMethod=method) == []


def test_another_way_to_pay_is_odd() -> None:
    assert odd("payment", "PAYMENT_INITIATED", paymentMethod="SHELLS") == [
        "unknown-value:paymentMethod"
    ]


@pytest.mark.parametrize(
    ("kind", "event_type", "field", "word"),
    [
        ("payment", "PAYMENT_INITIATED", "paymentStatus", "INITIATED"),
        ("payment", "PAYMENT_INITIATION_ERROR", "paymentStatus", "INITIATION_ERROR"),
        (
            *("payment", "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL", "paymentStatus"),
            "REIMBURSMENT_FROM_DIGITEAL",
        ),
        (
            *("payment", "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR", "paymentStatus"),
            "REIMBURSMENT_FROM_REQUESTOR",
        ),
        ("company", "COMPANY_CREATED", "changeType", "CREATED"),
        ("autopay", "AUTOPAY_CONFIGURATION_CREATED", "changeType", "CREATE"),
        ("autopay", "AUTOPAY_CONFIGURATION_CREATED", "changeType", "CREATED"),
        ("autopay", "AUTOPAY_CONFIGURATION_UPDATED", "changeType", "UPDATE"),
        ("autopay", "AUTOPAY_CONFIGURATION_SUSPENDED", "changeType", "SUSPEND"),
        ("autopay", "AUTOPAY_CONFIGURATION_ACTIVATED", "changeType", "ACTIVATE"),
        ("autopay", "AUTOPAY_CONFIGURATION_CANCELLED", "changeType", "CANCEL"),
        ("customer", "CUSTOMER_OPTIN", "changeType", "OPTIN"),
        ("document", "PEPPOL_INVOICE_RECEIVED", "changeType", "INVOICE_RECEIVED"),
        ("document", "PEPPOL_TRANSPORT_ACK_RECEIVED", "changeType", "TRANSPORT_ACK_RECEIVED"),
        *(
            ("mandate", "MANDATE_AUTHORIZATION_STATUS", "code", word)
            for word in (
                *("MANDATE_CONSENT", "AIS_CONSENT", "BANK_ENV", "INVALID_IBAN", "TIMEOUT"),
                "SECURITY_REASON",
            )
        ),
    ],
)
def test_the_documented_word_for_a_type_is_not_odd_and_another_is(
    kind: str, event_type: str, field: str, word: str
) -> None:
    assert odd(kind, event_type, **{field: word}) == []
    assert odd(kind, event_type, **{field: "PONDERED"}) == [f"unknown-value:{field}"]
    of_another = "CREATED" if "CREAT" not in event_type else "DELETED"
    assert odd(kind, event_type, **{field: of_another}) == ["type-mismatch"]


def posted(event_type: str, **body: Any) -> Delivery:
    request = Request(
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
        received_at=datetime(2025, 4, 1, tzinfo=UTC),
        correlation_id="1",
        path_type=event_type,
    )
    return read(PROVIDERS["digiteal"], request)


@pytest.mark.parametrize(
    ("event_type", "field"),
    [
        ("PAYMENT_INITIATED", "executionTimestamp"),
        ("TRANSFER_PAYMENT_RECEIVED", "executionTimestamp"),
        ("COMPANY_CREATED", "executionTimestamp"),
        ("AUTOPAY_CONFIGURATION_CREATED", "executionTimestamp"),
        ("PEPPOL_INVOICE_RECEIVED", "executionTimestamp"),
        ("MANDATE_AUTHORIZATION_STATUS", "timestamp"),
    ],
)
def test_a_time_that_is_documented_must_be_one(event_type: str, field: str) -> None:
    assert posted(event_type, **{field: "2025-03-30T10:00:00Z"}).metadata.flags == (
        "no-subject-id",
    )
    with pytest.raises(WrongContract) as refused:
        posted(event_type, **{field: "at noon"})
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize("event_type", ["PERSON_VALIDATED", "CUSTOMER_OPTIN", "PAYMENT_PONDERED"])
def test_a_time_that_is_only_likely_may_be_anything(event_type: str) -> None:
    flags = posted(event_type, executionTimestamp="at noon").metadata.flags
    assert "unreadable-time" in flags

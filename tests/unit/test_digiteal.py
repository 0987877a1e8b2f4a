"""Digiteal: what its documents name is not odd, and what they promise is held to."""

import json
from datetime import UTC, datetime
from decimal import Decimal
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
    return raw(event_type, json.dumps(body).encode())


def raw(event_type: str, body: bytes) -> Delivery:
    request = Request(
        body=body,
        headers={"content-type": "application/json"},
        received_at=datetime(2025, 4, 1, tzinfo=UTC),
        correlation_id="1",
        path_type=event_type,
    )
    return read(PROVIDERS["digiteal"], request)


TIMES = pytest.mark.parametrize(
    ("event_type", "field"),
    [
        ("PAYMENT_INITIATED", "executionTimestamp"),
        ("TRANSFER_PAYMENT_RECEIVED", "executionTimestamp"),
        ("COMPANY_CREATED", "executionTimestamp"),
        ("AUTOPAY_CONFIGURATION_CREATED", "executionTimestamp"),
        ("PEPPOL_INVOICE_RECEIVED", "executionTimestamp"),
        ("PERSON_VALIDATED", "executionTimestamp"),
        ("CUSTOMER_OPTIN", "executionTimestamp"),
        ("PAYMENT_PONDERED", "executionTimestamp"),
        ("MANDATE_AUTHORIZATION_STATUS", "timestamp"),
    ],
)


@TIMES
def test_a_time_is_read_from_its_field(event_type: str, field: str) -> None:
    metadata = posted(event_type, **{field: "2025-03-30T10:00:00Z"}).metadata
    assert metadata.occurred_at == "2025-03-30T10:00:00.000000Z"
    assert metadata.flags == ("no-subject-id",)


@TIMES
@pytest.mark.parametrize("value", ["at noon", {"seconds": 1}, True])
def test_no_time_is_refused(event_type: str, field: str, value: object) -> None:
    metadata = posted(event_type, **{field: value}).metadata
    assert metadata.occurred_at == "2025-04-01T00:00:00.000000Z"
    assert metadata.flags == ("unreadable-time", "no-subject-id", "received-time")


def flags_of(event_type: str, **body: Any) -> tuple[str, ...]:
    return posted(event_type, executionTimestamp="2025-03-30T10:00:00Z", **body).metadata.flags


@pytest.mark.parametrize(
    ("event_type", "body", "subject", "flags"),
    [
        ("COMPANY_CREATED", {"id": 12}, "company/12", ()),
        ("COMPANY_CREATED", {"id": 12.0}, "company/12", ()),
        ("COMPANY_CREATED", {"id": "12"}, "company/12", ("unusual-id:id",)),
        ("COMPANY_CREATED", {"id": "12.0"}, "company/12.0", ("unusual-id:id",)),
        ("PERSON_CREATED", {"id": "3000"}, "person/3000", ()),
        ("PERSON_CREATED", {"id": 3e3}, "person/3000", ()),
        ("AUTOPAY_CONFIGURATION_CREATED", {"clientID": "600"}, "autopay/600", ()),
        (
            *("AUTOPAY_CONFIGURATION_CREATED", {"clientID": 600}, "autopay/600"),
            ("unusual-id:clientID",),
        ),
        (
            *("MANDATE_AUTHORIZATION_STATUS", {"mandateNumber": 7}, "mandate/7"),
            ("unusual-id:mandateNumber",),
        ),
        (
            *("PEPPOL_SEND_PROCESSING_OUTCOME", {"documentId": 8}, "document/8"),
            ("unusual-id:documentId",),
        ),
        ("PAYMENT_CARD_TOKEN_CREATED", {"requestId": 9}, "card/9", ("unusual-id:requestId",)),
        ("INVOICE_PAID", {"invoiceId": 10}, "invoice/10", ()),
        ("TERMINAL_VALIDATED_BY_ACQUIRER", {"id": "T-1"}, "terminal/T-1", ()),
        (
            *("PAYMENT_INITIATED", {"paymentRequestInformation": {"paymentID": 11}}, "payment/11"),
            ("unusual-id:paymentRequestInformation.paymentID",),
        ),
    ],
)  # fmt: skip
def test_an_id_may_be_a_number_or_a_text(
    event_type: str, body: dict[str, Any], subject: str, flags: tuple[str, ...]
) -> None:
    time = {"executionTimestamp": "2025-03-30T10:00:00Z", "timestamp": "2025-03-30T10:00:00Z"}
    metadata = posted(event_type, **time, **body).metadata
    assert metadata.subject == f"digiteal/{subject}"
    assert metadata.flags == flags


@pytest.mark.parametrize(
    ("field", "value"),
    [("requestorID", "12"), ("clientID", 12), ("paymentInternalId", 1234), ("clientID", 12.0)],
)
def test_an_id_that_names_no_subject_may_be_of_either_type_too(field: str, value: object) -> None:
    asked = {"paymentID": "P-1", field: value}
    assert flags_of("PAYMENT_INITIATED", paymentRequestInformation=asked) == (
        f"unusual-id:paymentRequestInformation.{field}",
    )


@pytest.mark.parametrize(
    ("event_type", "body", "subject"),
    [
        ("PAYMENT_INITIATED", {"paymentRequestInformation": {"paymentID": "UUID"}}, "payment"),
        ("PAYMENT_INITIATED", {"bankTransactionID": "UUID"}, "payment"),
        ("PAYMENT_INITIATED_V2", {"paymentRequest": {"paymentRequestId": "UUID"}}, "payment"),
        ("PAYMENT_BULK_PAYOUT", {"id": "UUID"}, "payment"),
        ("TRANSFER_CREATED", {"transferID": "UUID"}, "transfer"),
        ("TRANSFER_CREATED", {"transfer": {"transferId": "UUID"}}, "transfer"),
        ("INVOICE_PAID", {"invoiceUUID": "UUID"}, "invoice"),
        ("INVOICE_PAID", {"invoiceId": "UUID"}, "invoice"),
    ],
)
@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ("0A0B0C0D-0000-4000-8000-00000000000F", "0a0b0c0d-0000-4000-8000-00000000000f"),
        ("0A0B0C0D00004000800000000000000F", "0a0b0c0d00004000800000000000000f"),
        ("0A0B0C0D-00004000800000000000000F", "0A0B0C0D-00004000800000000000000F"),
        ("Payment-1", "Payment-1"),
    ],
)
def test_a_uuid_names_the_same_subject_whatever_its_case(
    event_type: str, body: dict[str, Any], subject: str, sent: str, named: str
) -> None:
    written = json.loads(json.dumps(body).replace('UUID"}', f'{sent}"}}'))
    assert posted(event_type, **written).metadata.subject == f"digiteal/{subject}/{named}"


def test_ids_that_are_no_uuids_keep_their_case() -> None:
    sent = "0A0B0C0D-0000-4000-8000-00000000000F"
    metadata = posted("AUTOPAY_CONFIGURATION_CREATED", clientID=sent).metadata
    assert metadata.subject == f"digiteal/autopay/{sent}"


@pytest.mark.parametrize("amount", ["4000", "4000.0", "4e3", "-4E+3", "0.0"])
def test_a_number_without_a_fraction_is_an_integer(amount: str) -> None:
    body = f'{{"paymentRequestInformation": {{"amountInCents": {amount}}}}}'.encode()
    assert raw("PAYMENT_INITIATED", body).document.text == body.decode()


@pytest.mark.parametrize("number", [12, 12.0, Decimal("12.00"), Decimal("1.2e1")])
def test_however_an_integer_was_parsed_the_model_has_an_int(number: object) -> None:
    company = MODELS["company"].model_validate({"id": number})
    autopay = MODELS["autopay"].model_validate({"maxAmount": number, "clientID": number})
    assert repr([*company.ids(), *autopay.ids()]) == "[12, 12]"
    assert repr(autopay.model_dump()["maxAmount"]) == "12"


@pytest.mark.parametrize("amount", ["1.5", "40e-2", "true", '"4000"', "{}"])
def test_an_amount_that_is_no_integer_is_refused(amount: str) -> None:
    body = f'{{"paymentRequestInformation": {{"amountInCents": {amount}}}}}'.encode()
    with pytest.raises(WrongContract) as refused:
        raw("PAYMENT_INITIATED", body)
    assert [problem.field for problem in refused.value.problems] == [
        "paymentRequestInformation.amountInCents"
    ]

"""What Digiteal tells: of companies and persons, invoices, payments, mandates and transfers.

Its bodies hold neither an event id nor their type, which is in the path. Each has a time, so that
its event id does not depend on the day on which it comes.
"""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from inlet.simulator.life import BEGIN, END, LifeCycle, Step, uuid, walk

PATH = "/webhooks/digiteal"
VAT = "BE0000000097"
IDENTIFIER = f"BE:VAT:{VAT}"

REGISTRATION: LifeCycle = {
    BEGIN: ("CREATED",),
    "CREATED": ("VALIDATED", "VALIDATED", "VALIDATED", "PUT_ON_HOLD", "REJECTED", "UPDATED"),
    "UPDATED": ("VALIDATED", "REJECTED"),
    "PUT_ON_HOLD": ("VALIDATED", "REJECTED"),
    "VALIDATED": (END, END, "CHANGED_INTEGRATOR", "DELETED"),
}
"""Of a company and of a person alike."""

INVOICE: LifeCycle = {
    BEGIN: ("PUBLISHED",),
    "PUBLISHED": ("READ", "READ", "DOCUMENT_ADDED", "PAID"),
    "DOCUMENT_ADDED": ("READ",),
    "READ": ("PAID", "PAID", "COMMENTED"),
    "COMMENTED": ("PAID", END),
    "PAID": (END, END, END, "UNPAID"),
    "UNPAID": ("PAID", END),
}

PAYMENT: LifeCycle = {
    BEGIN: ("PAYMENT_INITIATED",) * 4 + ("PAYMENT_INITIATION_ERROR",),
    "PAYMENT_INITIATED": (
        "PAYMENT_RECEIVED_IN_TRANSIT",
        "PAYMENT_RECEIVED_IN_TRANSIT",
        "PAYMENT_WITHDRAWAL_SUCCESS",
        "PAYMENT_WITHDRAWAL_ERROR",
    ),
    "PAYMENT_WITHDRAWAL_SUCCESS": ("PAYMENT_RECEIVED_IN_TRANSIT",),
    "PAYMENT_RECEIVED_IN_TRANSIT": (
        "PAYMENT_TRANSFERRED",
        "PAYMENT_TRANSFERRED",
        "PAYMENT_TRANSFERRED",
        "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL",
    ),
    "PAYMENT_TRANSFERRED": (END, END, END, "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR"),
}

TRANSFER: LifeCycle = {
    BEGIN: ("TRANSFER_CREATED", "TRANSFER_CREATED", "TRANSFER_PAYMENT_RECEIVED"),
    "TRANSFER_CREATED": (
        "TRANSFER_PAYMENT_RECEIVED",
        "TRANSFER_PAYMENT_RECEIVED",
        "TRANSFER_PAYMENT_STARTED",
        "TRANSFER_REIMBURSEMENT_STARTED",
    ),
    "TRANSFER_PAYMENT_RECEIVED": (
        "TRANSFER_PAYMENT_STARTED",
        "TRANSFER_PAYMENT_STARTED",
        "TRANSFER_PAYMENT_RECEIVED",
        "TRANSFER_REIMBURSEMENT_STARTED",
    ),
    "TRANSFER_PAYMENT_STARTED": ("TRANSFER_PAYMENT_COMPLETED",),
    "TRANSFER_REIMBURSEMENT_STARTED": ("TRANSFER_REIMBURSEMENT_COMPLETED",),
}
"""Trusted payments, as decision 11 has inferred it."""

AUTOPAY: LifeCycle = {
    BEGIN: ("CREATED",),
    "CREATED": (END, "UPDATED", "SUSPENDED", "CANCELLED"),
    "UPDATED": (END, "SUSPENDED", "CANCELLED"),
    "SUSPENDED": ("ACTIVATED", "CANCELLED"),
    "ACTIVATED": (END, "CANCELLED"),
}

PAYMENT_STATUS = {
    "PAYMENT_INITIATED": "INITIATED",
    "PAYMENT_INITIATION_ERROR": "INITIATION_ERROR",
    "PAYMENT_WITHDRAWAL_SUCCESS": "WITHDRAWAL_SUCCESS",
    "PAYMENT_WITHDRAWAL_ERROR": "WITHDRAWAL_ERROR",
    "PAYMENT_RECEIVED_IN_TRANSIT": None,
    "PAYMENT_TRANSFERRED": "TRANSFERRED",
    "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": "REIMBURSMENT_FROM_DIGITEAL",
    "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": "REIMBURSMENT_FROM_REQUESTOR",
    "TRANSFER_CREATED": None,
}
"""What the body calls a type; it calls what is not listed by its name, and None by no name."""


def company(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A company that is registered and looked into (KYB)."""
    number = _number(random)
    for change in walk(random, REGISTRATION):
        active = change == "VALIDATED"
        yield _step(
            f"COMPANY_{change}",
            changeType=change,
            executionTimestamp=_time(times),
            id=number,
            name=f"Company {number}",
            vat=VAT,
            nationalIdentifier=IDENTIFIER,
            integratorVAT="BE0000000196",
            trustedPaymentIntegratorVAT="BE0000000295",
            canReceiveFunds=active,
            canSendFunds=active,
            ibans=["BE00000000000001"] if active else [],
            paymentMethods=["BANCONTACT"],
            **_reason(change, "The articles of association are missing."),
        )


def person(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A person who is registered and looked into (KYC)."""
    number = _number(random)
    for change in walk(random, REGISTRATION):
        yield _step(
            f"PERSON_{change}",
            changeType=change,
            executionTimestamp=_time(times),
            id=number,
            firstName="Test",
            lastName="Person",
            **_reason(change, "The identity document has expired."),
        )


def invoice(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """An invoice from its publication until it is paid."""
    name, cents = uuid(random), random.randint(100, 1_000_000)
    for change in walk(random, INVOICE):
        yield _step(
            f"INVOICE_{change}",
            changeType=change,
            executionTimestamp=_time(times),
            invoiceUUID=name,
            amountInCents=cents,
            **({"paidAmountInCents": cents} if change == "PAID" else {}),
        )


def payment(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A payment from the debtor to the creditor, or part of the way."""
    name, fields = uuid(random), _payment(random)
    for event_type in walk(random, PAYMENT):
        yield _funds(event_type, times, name, fields)


def transfer(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A trusted payment: its money waits until it may go on, or goes back."""
    name = uuid(random)
    fields = _payment(random) | {"transferID": name, "transferReference": f"SIM-{name[-6:]}"}
    for event_type in walk(random, TRANSFER):
        yield _funds(event_type, times, uuid(random), fields)


def mandate(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A direct debit mandate, and where it is authorised the autopay configured with it."""
    client = f"SIM-{random.getrandbits(48):012x}"
    status = random.choice(("SUCCESS", "SUCCESS", "SUCCESS", "CANCEL", "FAIL"))
    yield _step(
        "MANDATE_AUTHORIZATION_STATUS",
        sddCreditorIdentifier="BE00ZZZ0000000097",
        mandateNumber=client,
        status=status,
        timestamp=next(times).isoformat(),
        requestId=uuid(random),
        accountOwnerName="Test Payer",
        code="MANDATE_CONSENT" if status == "SUCCESS" else "TIMEOUT",
    )
    if status != "SUCCESS":
        return
    for change in walk(random, AUTOPAY):
        yield _step(
            f"AUTOPAY_CONFIGURATION_{change}",
            changeType=change,
            clientID=client,
            currency="EUR",
            executionTimestamp=_time(times),
            maxAmount=20_000,
            paymentDate="ONE_WEEK_BEFORE_DUE_DATE",
            periodicity=random.choice(("MONTH", "TRIMESTER", "YEAR")),
            requesterID="12",
            requesterIdentificationNumber=IDENTIFIER,
            requesterVAT=VAT,
        )


def unknown(random: Random, times: Iterator[datetime]) -> Iterator[Step]:
    """A type that no catalogue knows."""
    yield _funds("PAYMENT_PONDERED", times, uuid(random), _payment(random))


def _payment(random: Random) -> dict[str, Any]:
    """What all bodies of a payment say of it."""
    return {
        "originCompanyName": "Example NV",
        "originFirstName": "Test",
        "originLastName": "Payer",
        "paymentMethod": random.choice(("BANCONTACT", "VISA", "SCT", "PAYCONIQ")),
        "originBankAccount": "BE00000000000002",
        "targetBankAccount": "BE00000000000001",
        "amountInCents": random.randint(100, 1_000_000),
    }


def _funds(
    event_type: str, times: Iterator[datetime], payment_id: str, fields: dict[str, Any]
) -> Step:
    """A TransferOfFundsNotification."""
    at, common = next(times), dict(fields)
    status = PAYMENT_STATUS.get(event_type, event_type)
    return _step(
        event_type,
        **({"paymentStatus": status} if status else {}),
        executionTimestamp=f"{at:%Y-%m-%d %H:%M:%S}",
        bankTransactionID=payment_id,
        paymentRequestInformation={
            "amountInCents": common.pop("amountInCents"),
            "paymentInternalId": f"SIM-{payment_id[-6:]}",
            "requestorID": 29220,
            "purpose": "GDDS",
            "paymentID": payment_id,
            "requestorVAT": VAT,
            "destinationBankAccount": "BE00000000000001",
            "currency": "EUR",
            "remittanceInfo": "simulated",
            "paymentRequestDate": f"{at:%Y-%m-%d}",
            "requestorNationalIdentifier": IDENTIFIER,
        },
        **common,
    )


def _step(event_type: str, **body: Any) -> Step:  # noqa: ANN401 - any JSON value
    return Step(f"{PATH}/{event_type}", body)


def _time(times: Iterator[datetime]) -> str:
    return f"{next(times):%Y-%m-%d %H:%M:%S}"


def _number(random: Random) -> int:
    """An id far above any that the provider gave, as exact in JSON as any number."""
    return random.randrange(8_000_000_000_000_000, 9_007_199_254_740_991)


def _reason(change: str, comment: str) -> dict[str, str]:
    return {"comment": comment} if change == "REJECTED" else {}

"""Digiteal's payment bodies: documented fields are typed, and none of them is required.

The published description calls fields required that real deliveries lack (`clientID`), and
describes a second shape for some types (`code`, `paymentRequest`, `transfer`); both are taken.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

PAYMENT_METHODS = frozenset(
    {
        "APPLE_PAY", "BANCONTACT", "CARTE_BLEUE", "DIRECT", "GOOGLE_PAY", "IDEAL", "INTERNAL",
        "MAESTRO", "MASTERCARD", "PAYCONIQ", "PIS_PREMIUM", "PIS_PREMIUM_INSTANT", "PIS_STANDARD",
        "SCT", "STANDARD", "VISA",
    }
)  # fmt: skip
"""The documented values of `paymentMethod`."""

STATUSES = {
    "PAYMENT_INITIATED": "INITIATED",
    "PAYMENT_INITIATION_ERROR": "INITIATION_ERROR",
    "PAYMENT_WITHDRAWAL_SUCCESS": "WITHDRAWAL_SUCCESS",
    "PAYMENT_WITHDRAWAL_ERROR": "WITHDRAWAL_ERROR",
    "PAYMENT_RECEIVED_IN_TRANSIT": "RECEIVED_IN_TRANSIT",
    "PAYMENT_TRANSFERRED": "TRANSFERRED",
    "REIMBURSEMENT_RECEIVED_FROM_CREDITOR": "REIMBURSEMENT_RECEIVED_FROM_CREDITOR",
    "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": "REIMBURSMENT_FROM_DIGITEAL",
    "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": "REIMBURSMENT_FROM_REQUESTOR",
    "FUNDS_RECEIVED_IN_BUFFER": "FUNDS_RECEIVED_IN_BUFFER",
    "TRANSFER_PAYMENT_RECEIVED": "TRANSFER_PAYMENT_RECEIVED",
    "TRANSFER_PAYMENT_STARTED": "TRANSFER_PAYMENT_STARTED",
    "TRANSFER_PAYMENT_COMPLETED": "TRANSFER_PAYMENT_COMPLETED",
    "TRANSFER_REIMBURSEMENT_STARTED": "TRANSFER_REIMBURSEMENT_STARTED",
    "TRANSFER_REIMBURSEMENT_COMPLETED": "TRANSFER_REIMBURSEMENT_COMPLETED",
}
"""The status (or code) that bodies of each type carry; TRANSFER_CREATED has none documented."""

DOCUMENTED_STATUSES = frozenset(STATUSES.values()) | {"BULK_PAYOUT"}


class Open(BaseModel):
    """Fields that are not named pass through; those that are must have their documented type."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class Body(Open):
    """Any Digiteal body: all that Inlet reads of one whatever its type."""

    executionTimestamp: str | None = None
    """`yyyy-MM-dd HH:mm:ss`, without a zone."""


class PaymentRequestInformation(Open):
    """What the creditor asked for."""

    paymentID: str | None = None
    destinationBankAccount: str | None = None
    requestorID: int | None = None
    requestorVAT: str | None = None
    requestorNationalIdentifier: str | None = None
    clientID: str | None = None
    amountInCents: int | None = None
    currency: str | None = None
    """ISO 4217."""
    paymentRequestDate: str | None = None
    """`yyyy-MM-dd`."""
    paymentRequestDuedate: str | None = None
    purpose: str | None = None
    """ISO 20022."""
    creditorReference: str | None = None
    remittanceInfo: str | None = None
    paymentInternalId: str | None = None


class PaymentRequest(Open):
    """The second shape's word for what was asked for."""

    paymentRequestId: str | None = None
    paymentInternalId: str | None = None
    customerInternalId: str | None = None


class Transfer(Open):
    """The second shape's trusted payment."""

    transferId: str | None = None
    parentPaymentId: str | None = None
    requestorIdentificationNumber: str | None = None
    reference: str | None = None


class TransferOfFunds(Body):
    """A TransferOfFundsNotification, in either of its shapes."""

    paymentStatus: str | None = None
    code: str | None = None
    paymentRequestInformation: PaymentRequestInformation | None = None
    paymentRequest: PaymentRequest | None = None
    transfer: Transfer | None = None
    payment: dict[str, Any] | None = None
    invoice: dict[str, Any] | None = None
    terminal: dict[str, Any] | None = None
    originFirstName: str | None = None
    originLastName: str | None = None
    originCompanyName: str | None = None
    originVATNumber: str | None = None
    originBankAccount: str | None = None
    targetBankAccount: str | None = None
    paymentMethod: str | None = None
    bankTransactionID: str | None = None
    parentBankTransactionID: str | None = None
    transferID: str | None = None
    transferReference: str | None = None
    invoiceUUID: str | None = None
    errorCode: str | None = None
    errorMessage: str | None = None

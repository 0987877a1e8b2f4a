"""Digiteal's bodies: documented fields are typed, and none of them is required.

The published description calls fields required that real deliveries lack (`clientID`), describes
a second shape for some payments (`code`, `paymentRequest`, `transfer`), and says nothing of the
fields of persons, invoices and terminals. Every known form is taken; a field whose name is only
inferred is of any type, so that a wrong guess refuses nothing. `ids` gives what can name
the subject of a body, best first; what is sensitive is never one, because subjects are not secret.
An object of which not every field is known is sensitive as a whole.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import Field

from inlet.instant import Time
from inlet.model import Integer, LikelyUuid, NumberId, Open, Sensitive, TextId, UuidId
from inlet.provider import UNRECOGNISED

PAYMENT_METHODS = frozenset(
    {
        "APPLE_PAY", "BANCONTACT", "CARTE_BLEUE", "DIRECT", "GOOGLE_PAY", "IDEAL", "INTERNAL",
        "MAESTRO", "MASTERCARD", "PAYCONIQ", "PIS_PREMIUM", "PIS_PREMIUM_INSTANT", "PIS_STANDARD",
        "SCT", "STANDARD", "VISA",
    }
)  # fmt: skip
"""The documented values of `paymentMethod`."""


Id = str | int | None

Item = TypeVar("Item")
ListOf = Annotated[list[Item], Field(fail_fast=True)]
"""A list that is wrong with its first wrong item: a million of them are not a million problems."""


class Body(Open):
    """Any Digiteal body: all that Inlet reads of one whose type it does not know."""

    TIME: ClassVar[str] = "executionTimestamp"
    """The field that says when it happened, `yyyy-MM-dd HH:mm:ss` without a zone."""

    executionTimestamp: Time = None

    def ids(self) -> Iterator[Id]:
        """Nothing in a body of an unknown type is known to be an id."""
        yield from ()


class Notification(Body):
    """A body that says in a word what changed."""

    changeType: Any = None


class Company(Notification):
    """A CompanyNotification."""

    changeType: str | None = None
    id: NumberId = None
    name: Sensitive[str | None] = None
    vat: Sensitive[str | None] = None
    nationalIdentifier: Sensitive[str | None] = None
    """Such as `BE:VAT:…`."""
    integratorVAT: Sensitive[str | None] = None
    trustedPaymentIntegratorVAT: Sensitive[str | None] = None
    canReceiveFunds: bool | None = None
    canSendFunds: bool | None = None
    comment: Sensitive[str | None] = None
    """The reason of a rejection."""
    ibans: Sensitive[ListOf[str] | None] = None
    paymentMethods: ListOf[str] | None = None

    def ids(self) -> Iterator[Id]:
        """The company's number."""
        yield self.id


class Person(Notification):
    """A PersonNotification, whose fields are documented nowhere."""

    id: Any = None
    comment: Sensitive[str | None] = None
    """The reason of a rejection."""

    def ids(self) -> Iterator[Id]:
        """The person's number, as a company has one."""
        yield self.id


class Terminal(Notification):
    """What the acquirer says of a terminal; its fields are documented nowhere."""

    id: Any = None

    def ids(self) -> Iterator[Id]:
        """The terminal's number, as a company has one."""
        yield self.id


class Invoice(Notification):
    """An InvoiceNotification, whose fields are documented nowhere."""

    invoiceUUID: LikelyUuid = None
    invoiceId: LikelyUuid = None
    id: Any = None

    def ids(self) -> Iterator[Id]:
        """What Digiteal calls an invoice's id elsewhere."""
        yield from (self.invoiceUUID, self.invoiceId, self.id)


class Customer(Notification):
    """A CustomerNotification; its documents are cut off after the customer's id."""

    changeType: str | None = None
    channel: str | None = None
    creditorId: NumberId = None
    creditorName: Sensitive[str | None] = None
    creditorNationalIdentifier: Sensitive[str | None] = None
    creditorVAT: Sensitive[str | None] = None
    customerInternalId: Any = None

    def ids(self) -> Iterator[Id]:
        """The creditor's own id of the customer."""
        yield self.customerInternalId


class Autopay(Notification):
    """An AutoPayConfiguration."""

    changeType: str | None = None
    clientID: TextId = None
    currency: str | None = None
    maxAmount: Sensitive[Integer | None] = None
    """Cents, presumably: no unit is documented."""
    paymentDate: str | None = None
    periodicity: str | None = None
    requesterID: TextId = None
    requesterIdentificationNumber: Sensitive[str | None] = None
    requesterVAT: Sensitive[str | None] = None

    def ids(self) -> Iterator[Id]:
        """The client whose invoices are paid by it."""
        yield self.clientID


class PaymentRequestInformation(Open):
    """What the creditor asked for."""

    paymentID: UuidId = None
    destinationBankAccount: Sensitive[str | None] = None
    requestorID: NumberId = None
    requestorVAT: Sensitive[str | None] = None
    requestorNationalIdentifier: Sensitive[str | None] = None
    clientID: TextId = None
    amountInCents: Sensitive[Integer | None] = None
    currency: str | None = None
    """ISO 4217."""
    paymentRequestDate: str | None = None
    """`yyyy-MM-dd`."""
    paymentRequestDuedate: str | None = None
    purpose: str | None = None
    """ISO 20022."""
    creditorReference: Sensitive[str | None] = None
    remittanceInfo: Sensitive[str | None] = None
    paymentInternalId: TextId = None


class PaymentRequest(Open):
    """The second shape's word for what was asked for."""

    paymentRequestId: UuidId = None
    paymentInternalId: TextId = None
    customerInternalId: TextId = None


class Transfer(Open):
    """The second shape's trusted payment."""

    transferId: UuidId = None
    parentPaymentId: UuidId = None
    requestorIdentificationNumber: Sensitive[str | None] = None
    reference: Sensitive[str | None] = None


class TransferOfFunds(Body):
    """A TransferOfFundsNotification, in either of its shapes, or a payout of several."""

    id: UuidId = None
    paymentStatus: str | None = None
    code: str | None = None
    paymentRequestInformation: PaymentRequestInformation | None = None
    paymentRequest: PaymentRequest | None = None
    transfer: Transfer | None = None
    payment: Sensitive[dict[str, Any] | None] = None
    payouts: Sensitive[ListOf[dict[str, Any]] | None] = None
    invoice: Sensitive[dict[str, Any] | None] = None
    terminal: Sensitive[dict[str, Any] | None] = None
    originFirstName: Sensitive[str | None] = None
    originLastName: Sensitive[str | None] = None
    originCompanyName: Sensitive[str | None] = None
    originVATNumber: Sensitive[str | None] = None
    originBankAccount: Sensitive[str | None] = None
    targetBankAccount: Sensitive[str | None] = None
    paymentMethod: str | None = None
    bankTransactionID: UuidId = None
    parentBankTransactionID: UuidId = None
    transferID: UuidId = None
    transferReference: Sensitive[str | None] = None
    invoiceUUID: UuidId = None
    errorCode: str | None = None
    errorMessage: Sensitive[str | None] = None

    def ids(self) -> Iterator[Id]:
        """The payment's id, in whichever shape it comes."""
        asked, second = self.paymentRequestInformation, self.paymentRequest
        yield asked.paymentID if asked else None
        yield self.bankTransactionID
        yield second.paymentRequestId if second else None
        yield self.id


class TrustedPayment(TransferOfFunds):
    """A TransferOfFundsNotification about a trusted payment rather than one of its payments."""

    def ids(self) -> Iterator[Id]:
        """The trusted payment's id, in whichever shape it comes."""
        yield self.transferID
        yield self.transfer.transferId if self.transfer else None


class Mandate(Body):
    """A MandateAuthorizationCallback."""

    TIME: ClassVar[str] = "timestamp"

    sddCreditorIdentifier: Sensitive[str | None] = None
    mandateNumber: TextId = None
    status: str | None = None
    timestamp: Time = None
    """`yyyy-MM-ddTHH:mm:ss`, without a zone."""
    requestId: TextId = None
    iban: Sensitive[str | None] = None
    accountOwnerName: Sensitive[str | None] = None
    code: str | None = None

    def ids(self) -> Iterator[Id]:
        """The number that the creditor gave the mandate."""
        yield from (self.mandateNumber, self.requestId)


class Card(Body):
    """A callback about the token of a payment card. It has no time."""

    successful: bool | None = None
    token: Sensitive[str | None] = None
    reservationId: TextId = None
    card: Sensitive[dict[str, Any] | None] = None
    requestId: TextId = None
    customerInternalId: TextId = None
    errorCode: str | None = None
    errorMessage: Sensitive[str | None] = None

    def ids(self) -> Iterator[Id]:
        """What the token was asked for under."""
        yield from (self.requestId, self.reservationId)


class PeppolDocument(Notification):
    """A Peppol callback: a document that came, or what became of one that was sent."""

    changeType: str | None = None
    recipientPeppolIdentifier: Sensitive[str | None] = None
    peppolFileContent: Sensitive[str | None] = None
    """Base64 of the document's XML."""
    integratorVAT: Sensitive[str | None] = None
    validationError: Sensitive[str | None] = None
    operationId: TextId = None
    documentId: TextId = None
    status: str | None = None
    message: Sensitive[str | None] = None

    def ids(self) -> Iterator[Id]:
        """Only documents that were sent have an id."""
        yield from (self.documentId, self.operationId)


MODELS: Mapping[str, type[Body]] = {
    "autopay": Autopay,
    "card": Card,
    "company": Company,
    "customer": Customer,
    "document": PeppolDocument,
    "invoice": Invoice,
    "mandate": Mandate,
    "payment": TransferOfFunds,
    "person": Person,
    "terminal": Terminal,
    "transfer": TrustedPayment,
    UNRECOGNISED: Body,
}
"""The model of each kind."""

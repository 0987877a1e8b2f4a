"""Digiteal's event types, its spelling kept, ranked as the life of what they are about goes.

Most are on its page of webhook types. Only in its API description are those of the acquirer, of
mandates, cards and Peppol, bulk payouts, and those that end in _V2.
"""

from collections.abc import Iterable

from inlet.provider import EventType


def _family(kind: str, types: Iterable[tuple[str, str]]) -> dict[str, EventType]:
    """The types of a kind, in the order of their life."""
    return {
        name: EventType(description, kind=kind, rank=10 * place)
        for place, (name, description) in enumerate(types, start=1)
    }


COMPANIES = _family(
    "company",
    [
        ("COMPANY_CREATED", "A company was created."),
        ("COMPANY_UPDATED", "A company was updated."),
        ("COMPANY_VALIDATED_BY_ACQUIRER", "The acquirer of card payments took a company on."),
        ("COMPANY_REJECTED_BY_ACQUIRER", "The acquirer of card payments turned a company down."),
        ("COMPANY_VALIDATED", "A company was validated."),
        ("COMPANY_REJECTED", "A company failed validation (KYB); the reason is in its comment."),
        ("COMPANY_PUT_ON_HOLD", "A company was put on hold."),
        ("COMPANY_CHANGED_INTEGRATOR", "A company changed its integrator."),
        (
            "COMPANY_CHANGED_TRUSTED_PAYMENT_INTEGRATOR",
            "A company changed its integrator for trusted payments.",
        ),
        ("COMPANY_DELETED", "A company was deleted."),
    ],
)

PERSONS = _family(
    "person",
    [
        ("PERSON_CREATED", "A person was created."),
        ("PERSON_UPDATED", "A person was updated."),
        ("PERSON_VALIDATED", "A person was validated."),
        ("PERSON_REJECTED", "A person failed validation (KYC); the reason is in its comment."),
        ("PERSON_PUT_ON_HOLD", "A person was put on hold."),
        ("PERSON_CHANGED_INTEGRATOR", "A person changed its integrator."),
        (
            "PERSON_CHANGED_TRUSTED_PAYMENT_INTEGRATOR",
            "A person changed its integrator for trusted payments.",
        ),
        ("PERSON_DELETED", "A person was deleted."),
    ],
)

INVOICES = _family(
    "invoice",
    [
        ("INVOICE_PUBLISHED", "An invoice was published."),
        ("CREDIT_NOTE_PUBLISHED", "A credit note was published."),
        ("INVOICE_DOCUMENT_ADDED", "A document was attached to an invoice."),
        ("CREDIT_NOTE_DOCUMENT_ADDED", "A document was attached to a credit note."),
        ("INVOICE_READ", "The customer read an invoice for the first time."),
        ("INVOICE_COMMENTED", "A comment was added to an invoice."),
        ("INVOICE_PAID", "An invoice was paid."),
        ("INVOICE_UNPAID", "An invoice that was paid does not count as paid any more."),
    ],
)

CUSTOMERS = _family(
    "customer",
    [
        ("CUSTOMER_OPTIN", "A customer opted in for a channel."),
        ("CUSTOMER_OPTOUT", "A customer opted out of a channel."),
    ],
)

PAYMENTS = _family(
    "payment",
    [
        (
            "PAYMENT_INITIATED",
            "The debtor initiated a payment, or confirmed it where a card was used.",
        ),
        ("PAYMENT_INITIATED_V2", "As PAYMENT_INITIATED, in the second shape of its body."),
        ("PAYMENT_INITIATION_ERROR", "Initiating a payment failed on the debtor's side."),
        (
            "PAYMENT_INITIATION_ERROR_V2",
            "As PAYMENT_INITIATION_ERROR, in the second shape of its body.",
        ),
        ("PAYMENT_WITHDRAWAL_SUCCESS", "The money was withdrawn from the debtor's account."),
        (
            "PAYMENT_WITHDRAWAL_ERROR",
            "The money could not be withdrawn from the debtor's account.",
        ),
        ("PAYMENT_RECEIVED_IN_TRANSIT", "A payment arrived on Digiteal's transit account."),
        ("FUNDS_RECEIVED_IN_BUFFER", "Money arrived in the buffer account."),
        ("PAYMENT_TRANSFERRED", "The money was transferred to the creditor."),
        ("PAYMENT_BULK_PAYOUT", "Several payments were paid out to the creditor together."),
        (
            "REIMBURSEMENT_RECEIVED_FROM_CREDITOR",
            "A reimbursement arrived on Digiteal's transit account.",
        ),
        (
            "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL",
            "The client asked for the money back while it was in transit; Digiteal reimbursed it.",
        ),
        (
            "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR",
            (
                "The debtor asked for the money back after it was transferred; Digiteal will take"
                " it from the creditor's account."
            ),
        ),
    ],
)

AUTOPAY = _family(
    "autopay",
    [
        ("AUTOPAY_CONFIGURATION_CREATED", "An autopay configuration was created and is active."),
        ("AUTOPAY_CONFIGURATION_UPDATED", "An autopay configuration was updated."),
        (
            "AUTOPAY_CONFIGURATION_SUSPENDED",
            "An autopay configuration was suspended: it is not active for now.",
        ),
        (
            "AUTOPAY_CONFIGURATION_ACTIVATED",
            "An autopay configuration that was suspended is active again.",
        ),
        ("AUTOPAY_CONFIGURATION_CANCELLED", "An autopay configuration was deleted."),
    ],
)

TRANSFERS = _family(
    "transfer",
    [
        ("TRANSFER_CREATED", "A trusted payment was created."),
        ("TRANSFER_PAYMENT_RECEIVED", "A payment that awaits confirmation was received."),
        (
            "TRANSFER_PAYMENT_STARTED",
            "A trusted payment is being executed; the money will soon be ordered to the creditor.",
        ),
        (
            "TRANSFER_PAYMENT_COMPLETED",
            "The money of a trusted payment arrived on the creditor's account.",
        ),
        (
            "TRANSFER_REIMBURSEMENT_STARTED",
            "A trusted payment is being reimbursed; the money will soon be ordered to the debtor.",
        ),
        (
            "TRANSFER_REIMBURSEMENT_COMPLETED",
            "The money of a trusted payment arrived back on the debtor's account.",
        ),
    ],
)

TERMINALS = _family(
    "terminal",
    [
        ("TERMINAL_VALIDATED_BY_ACQUIRER", "The acquirer of card payments took a terminal on."),
        ("TERMINAL_REJECTED_BY_ACQUIRER", "The acquirer of card payments turned a terminal down."),
    ],
)

MANDATES = _family(
    "mandate",
    [("MANDATE_AUTHORIZATION_STATUS", "A debtor authorised a direct debit mandate, or did not.")],
)

CARDS = _family(
    "card",
    [
        ("PAYMENT_CARD_TOKEN_RESERVED", "A place for the token of a payment card was reserved."),
        ("PAYMENT_CARD_TOKEN_CREATED", "A payment card was turned into a token, or could not be."),
    ],
)

PEPPOL = _family(
    "document",
    [
        ("PEPPOL_SEND_PROCESSING_OUTCOME", "A document was sent over Peppol, or could not be."),
        ("PEPPOL_TRANSPORT_ACK_RECEIVED", "The receiver's access point took a document."),
        ("PEPPOL_MLR_RECEIVED", "The receiver's side checked a document's form (MLR)."),
        ("PEPPOL_INVOICE_RESPONSE_RECEIVED", "The receiver answered to an invoice."),
        ("PEPPOL_INVOICE_RECEIVED", "An invoice arrived over Peppol."),
        ("PEPPOL_CREDIT_NOTE_RECEIVED", "A credit note arrived over Peppol."),
        ("PEPPOL_SELF_BILLING_INVOICE_RECEIVED", "A self-billed invoice arrived over Peppol."),
        (
            "PEPPOL_SELF_BILLING_CREDIT_NOTE_RECEIVED",
            "A self-billed credit note arrived over Peppol.",
        ),
        (
            "PEPPOL_FUTURE_VALIDATION_FAILED",
            "A document that arrived would fail the validation rules to come.",
        ),
    ],
)

CATALOGUE = (
    COMPANIES
    | PERSONS
    | INVOICES
    | CUSTOMERS
    | PAYMENTS
    | AUTOPAY
    | TRANSFERS
    | TERMINALS
    | MANDATES
    | CARDS
    | PEPPOL
)

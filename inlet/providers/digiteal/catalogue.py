"""Digiteal's event types (its spelling kept), ranked as a payment's and a transfer's life go."""

from inlet.providers.provider import EventType

PAYMENTS = {
    "PAYMENT_INITIATED": EventType(
        "The debtor initiated a payment, or confirmed it where a card was used.",
        kind="payment",
        rank=10,
    ),
    "PAYMENT_INITIATION_ERROR": EventType(
        "Initiating a payment failed on the debtor's side.", kind="payment", rank=20
    ),
    "PAYMENT_WITHDRAWAL_SUCCESS": EventType(
        "The money was withdrawn from the debtor's account.", kind="payment", rank=30
    ),
    "PAYMENT_WITHDRAWAL_ERROR": EventType(
        "The money could not be withdrawn from the debtor's account.", kind="payment", rank=40
    ),
    "PAYMENT_RECEIVED_IN_TRANSIT": EventType(
        "A payment arrived on Digiteal's transit account.", kind="payment", rank=50
    ),
    "FUNDS_RECEIVED_IN_BUFFER": EventType(
        "Money arrived in the buffer account.", kind="payment", rank=60
    ),
    "PAYMENT_TRANSFERRED": EventType(
        "The money was transferred to the creditor.", kind="payment", rank=70
    ),
    "REIMBURSEMENT_RECEIVED_FROM_CREDITOR": EventType(
        "A reimbursement arrived on Digiteal's transit account.", kind="payment", rank=80
    ),
    "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": EventType(
        "The client asked for the money back while it was in transit; Digiteal reimbursed it.",
        kind="payment",
        rank=90,
    ),
    "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": EventType(
        "The debtor asked for the money back after it was transferred; Digiteal will take it"
        " from the creditor's account.",
        kind="payment",
        rank=100,
    ),
}

TRANSFERS = {
    "TRANSFER_CREATED": EventType("A trusted payment was created.", kind="transfer", rank=10),
    "TRANSFER_PAYMENT_RECEIVED": EventType(
        "A payment that awaits confirmation was received.", kind="transfer", rank=20
    ),
    "TRANSFER_PAYMENT_STARTED": EventType(
        "A trusted payment is being executed; the money will soon be ordered to the creditor.",
        kind="transfer",
        rank=30,
    ),
    "TRANSFER_PAYMENT_COMPLETED": EventType(
        "The money of a trusted payment arrived on the creditor's account.",
        kind="transfer",
        rank=40,
    ),
    "TRANSFER_REIMBURSEMENT_STARTED": EventType(
        "A trusted payment is being reimbursed; the money will soon be ordered to the debtor.",
        kind="transfer",
        rank=50,
    ),
    "TRANSFER_REIMBURSEMENT_COMPLETED": EventType(
        "The money of a trusted payment arrived back on the debtor's account.",
        kind="transfer",
        rank=60,
    ),
}

CATALOGUE = PAYMENTS | TRANSFERS

"""Payments: initiated, received, transferred, reimbursed; with their cards and mandates."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

PAYMENTS = Consumer(
    name="payments",
    kinds=frozenset({"payment", "card", "mandate"}),
    attention=(
        Attention(
            types=frozenset({"PAYMENT_INITIATION_ERROR", "PAYMENT_INITIATION_ERROR_V2"}),
            sentence=(
                "Payment {id} could not be initiated at {provider}. Nothing was paid: ask the"
                " debtor to try again or to pay in another way."
            ),
        ),
        Attention(
            types=frozenset({"PAYMENT_WITHDRAWAL_ERROR"}),
            sentence=(
                "The money of payment {id} could not be withdrawn from the debtor's account."
                " Nothing was paid: contact the debtor before it is collected again."
            ),
        ),
        Attention(
            types=frozenset({"REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR"}),
            sentence=(
                "The debtor of payment {id} asked for the money back. {provider} will take it from"
                " the creditor's account: see that it is there, and open the invoice again."
            ),
        ),
        Attention(
            types=frozenset({"MANDATE_AUTHORIZATION_STATUS"}),
            field="status",
            values=frozenset({"CANCEL", "ERROR", "FAIL"}),
            sentence=(
                "Direct debit mandate {id} was not authorised ({value}). Nothing can be collected"
                " with it: ask the debtor to try again."
            ),
        ),
        Attention(
            types=frozenset({"PAYMENT_CARD_TOKEN_CREATED", "PAYMENT_CARD_TOKEN_RESERVED"}),
            field="successful",
            values=frozenset({False}),
            sentence=(
                "The payment card asked for under {id} could not be stored. Ask its holder to"
                " enter it again, or to use another one."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)

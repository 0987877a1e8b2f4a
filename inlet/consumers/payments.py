"""Payments: initiated, received, transferred, reimbursed."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

PAYMENTS = Consumer(
    name="payments",
    kinds=frozenset({"payment"}),
    attention=(
        Attention(
            types=frozenset({"PAYMENT_INITIATION_ERROR"}),
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
        UNKNOWN_VALUE,
    ),
)

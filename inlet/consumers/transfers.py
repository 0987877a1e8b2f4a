"""Transfers: trusted payments, from their creation to the creditor's account or back."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

TRANSFERS = Consumer(
    name="transfers",
    kinds=frozenset({"transfer"}),
    attention=(
        Attention(
            types=frozenset({"TRANSFER_REIMBURSEMENT_STARTED"}),
            sentence=(
                "The money of trusted payment {id} goes back to the debtor. The creditor will not"
                " be paid: see with {provider} whether it was not linked, too risky or too late."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)

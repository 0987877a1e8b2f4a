"""Transfers: trusted payments, from their creation to the creditor's account or back."""

from inlet.consumers.consumer import BEGIN, UNKNOWN_VALUE, Attention, Consumer

LIFE_CYCLE = frozenset(
    {
        (BEGIN, "TRANSFER_CREATED"),
        (BEGIN, "TRANSFER_PAYMENT_RECEIVED"),
        ("TRANSFER_CREATED", "TRANSFER_PAYMENT_RECEIVED"),
        ("TRANSFER_CREATED", "TRANSFER_PAYMENT_STARTED"),
        ("TRANSFER_CREATED", "TRANSFER_REIMBURSEMENT_STARTED"),
        ("TRANSFER_PAYMENT_RECEIVED", "TRANSFER_PAYMENT_RECEIVED"),
        ("TRANSFER_PAYMENT_RECEIVED", "TRANSFER_PAYMENT_STARTED"),
        ("TRANSFER_PAYMENT_RECEIVED", "TRANSFER_REIMBURSEMENT_STARTED"),
        ("TRANSFER_PAYMENT_STARTED", "TRANSFER_PAYMENT_COMPLETED"),
        ("TRANSFER_REIMBURSEMENT_STARTED", "TRANSFER_REIMBURSEMENT_COMPLETED"),
    }
)
"""Inferred from what Digiteal says of its types; its diagram of states is not at hand."""

TRANSFERS = Consumer(
    name="transfers",
    kinds=frozenset({"transfer"}),
    life_cycle=LIFE_CYCLE,
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

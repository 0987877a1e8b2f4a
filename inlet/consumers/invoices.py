"""Invoices and credit notes: what became of each after it was sent."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

INVOICES = Consumer(
    name="invoices",
    kinds=frozenset({"invoice"}),
    status_field="externalStatus",
    attention=(
        Attention(
            types=frozenset({"INVOICE_UNPAID"}),
            sentence=(
                "Invoice {id} was paid and does not count as paid any more at {provider}. Open it"
                " again in your books, and see what became of its payment."
            ),
        ),
        Attention(
            types=frozenset({"INVOICE_COMMENTED"}),
            sentence="Somebody commented on invoice {id} at {provider}. Read it there and answer.",
        ),
        UNKNOWN_VALUE,
    ),
)

"""Customers: through which channels each wants its invoices."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

CUSTOMERS = Consumer(
    name="customers",
    kinds=frozenset({"customer"}),
    attention=(
        Attention(
            types=frozenset({"CUSTOMER_OPTOUT"}),
            sentence=(
                "Customer {id} opted out of a channel at {provider}. Send its next invoices in"
                " another way."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)

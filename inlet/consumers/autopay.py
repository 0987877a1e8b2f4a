"""Autopay: which customers' invoices are paid by themselves."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

AUTOPAY = Consumer(
    name="autopay",
    kinds=frozenset({"autopay"}),
    attention=(
        Attention(
            types=frozenset({"AUTOPAY_CONFIGURATION_SUSPENDED", "AUTOPAY_CONFIGURATION_CANCELLED"}),
            sentence=(
                "Invoices of client {id} are not paid by themselves any more ({type}). Ask the"
                " client to pay the open ones, and why it stopped."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)

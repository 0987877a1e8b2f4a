"""Transfers: trusted payments, from their creation to the creditor's account or back."""

from inlet.consumers.consumer import Consumer

TRANSFERS = Consumer(name="transfers", kinds=frozenset({"transfer"}))

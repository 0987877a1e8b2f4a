"""Invoices: what became of each after it was sent."""

from inlet.consumers.consumer import Consumer

INVOICES = Consumer(name="invoices", kinds=frozenset({"invoice"}), status_field="externalStatus")

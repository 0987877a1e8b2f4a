"""Inlet's core: what a request, a delivery and an event are. No AWS, clock or environment here."""

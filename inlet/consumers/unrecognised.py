"""Unrecognised: events of types that no catalogue knows yet. Nothing of them is lost."""

from inlet.consumers.consumer import Attention, Consumer

UNRECOGNISED = Consumer(
    name="unrecognised",
    kinds=frozenset({"unrecognised"}),
    attention=(
        Attention(
            sentence=(
                "{provider} sent an event of the type {type}, which no catalogue knows. It was"
                " accepted and kept. Add the type to the catalogue of {provider}, or to the"
                " types of the stage."
            ),
        ),
    ),
)

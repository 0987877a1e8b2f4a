"""Unrecognised: events of types that no catalogue knows yet. Nothing of them is lost."""

from inlet.consumers.consumer import Attention, Consumer
from inlet.event import CASE_OF

UNRECOGNISED = Consumer(
    name="unrecognised",
    kinds=frozenset({"unrecognised"}),
    attention=(
        Attention(
            flag=CASE_OF,
            sentence=(
                "{provider} sent an event of the type {type}. The catalogue has {flagged}, which"
                " differs only by upper and lower case, so the event was accepted and stored as"
                " one of an unknown type. Check the webhook URL that {provider} is given, and ask"
                " {provider} which spelling is right."
            ),
        ),
        Attention(
            sentence=(
                "{provider} sent an event of the type {type}, which no catalogue knows. It was"
                " accepted and kept. Add the type to the catalogue of {provider}, or to the"
                " types of the stage."
            ),
        ),
    ),
)

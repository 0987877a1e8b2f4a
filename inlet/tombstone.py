"""A tombstone: the time at which a subject was forgotten, kept with its latest state.

Both are one item of the timeline table, so that one condition on a write sees both.
"""

from collections.abc import Mapping
from typing import Any

STATE = "state"
"""The sort key of a subject's latest state."""
FORGOTTEN_AT = "forgottenAt"
"""The attribute with the time, a text as in an event's metadata."""


def state_key(subject: str) -> dict[str, Any]:
    """Where a subject's state and tombstone are in the table."""
    return {"pk": {"S": subject}, "sk": {"S": STATE}}


def forgotten_at(item: Mapping[str, Any]) -> str:
    """When the subject of this item was forgotten; an empty text, before all times, if never."""
    return str(item.get(FORGOTTEN_AT, {"S": ""})["S"])


def covers(item: Mapping[str, Any], received_at: str) -> bool:
    """Whether what was received then is among what was forgotten."""
    return received_at <= forgotten_at(item)

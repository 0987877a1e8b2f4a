"""A replay: a deliberate second run of events through consumers, known by its name.

EventBridge writes the name of a replay from an archive beside the event, as `replay-name`; one from
the timeline does as it does. Outside subscribers see it there too, where they are named.
"""

from collections.abc import Mapping
from typing import Any

NAME_FIELD = "replay-name"
WITH_ATTENTION = "-attention"
"""How the name of a replay ends that tells humans again what they were told."""


def replay_of(event: Mapping[str, Any]) -> str | None:
    """The name of the replay that an event belongs to, None where it comes for the first time."""
    name = event.get(NAME_FIELD)
    return str(name) if name else None


def tells_humans(replay: str | None) -> bool:
    """Whether attention is sent: always, but in a replay only where that was asked for."""
    return replay is None or replay.endswith(WITH_ATTENTION)

"""The canary: a delivery of Inlet's own, to see whether it comes out at the other end."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from inlet.provider import EventType
from inlet.subject import subject

PROVIDER = "standard"
"""Whose webhook URL and credentials it travels with."""

TYPE = "inlet.canary"
"""The event type that is reserved for it."""

KIND = "canary"

EVERY = timedelta(minutes=5)
"""How often one is sent. It divides an hour."""

TYPES = {PROVIDER: {TYPE: EventType("Inlet sent it to itself, to see it come out.", KIND, 0)}}
"""What a stage with a canary knows beyond the catalogues."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One canary, known by the time it was planned for, in UTC. One sent twice counts once."""

    planned: datetime

    @property
    def event_id(self) -> str:
        """The id of its event."""
        return f"canary-{self.planned:%Y%m%dT%H%M%SZ}"

    @property
    def body(self) -> bytes:
        """What is posted: it is about its day, so that a day's canaries have one timeline."""
        message = {
            "type": TYPE,
            "timestamp": f"{self.planned:%Y-%m-%dT%H:%M:%SZ}",
            "data": {"id": self._day},
        }
        return json.dumps(message).encode()

    @property
    def subject(self) -> str:
        """The timeline in which it should come out."""
        return subject(PROVIDER, KIND, self._day)

    @property
    def one_before(self) -> "Canary":
        """The canary that was sent before this one."""
        return Canary(self.planned - EVERY)

    @property
    def _day(self) -> str:
        return f"{self.planned:%Y-%m-%d}"

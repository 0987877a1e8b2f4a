"""Replays: what was asked of each, and how far it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from local.json_value import Json

State = Literal["STARTING", "RUNNING", "CANCELLING", "CANCELLED", "COMPLETED"]


@dataclass(kw_only=True)
class Replay:
    """A replay of an archive. Times are seconds since the epoch."""

    name: str
    arn: str
    description: str | None
    archive_arn: str
    destination: Mapping[str, Json]
    start: float
    end: float
    state: State = "STARTING"
    started: float = field(default_factory=time.time)
    ended: float | None = None
    last: float | None = None
    """The time of the event that was replayed last."""

    def goes_on(self) -> bool:
        """Whether there is to be another event."""
        if self.state == "STARTING":
            self.state = "RUNNING"
        return self.state == "RUNNING"

    def cancel(self) -> bool:
        """Whether it could still be cancelled."""
        if self.state not in {"STARTING", "RUNNING"}:
            return False
        self.state = "CANCELLING"
        return True

    def finish(self) -> None:
        """Note that there are no more events."""
        self.state = "CANCELLED" if self.state == "CANCELLING" else "COMPLETED"
        self.ended = time.time()

    def listed(self) -> dict[str, Any]:
        """What `ListReplays` says of it."""
        return {
            "ReplayName": self.name,
            "EventSourceArn": self.archive_arn,
            "State": self.state,
            "EventStartTime": self.start,
            "EventEndTime": self.end,
            "EventLastReplayedTime": self.last,
            "ReplayStartTime": self.started,
            "ReplayEndTime": self.ended,
        }

    def described(self) -> dict[str, Any]:
        """What `DescribeReplay` says of it."""
        return {
            "ReplayArn": self.arn,
            "Description": self.description,
            "Destination": self.destination,
            **self.listed(),
        }

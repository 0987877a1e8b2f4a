"""A report: what became of everything that was sent, in a few figures."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from inlet.simulator.journal import Entry


@dataclass(slots=True)
class Report:
    """Figures that grow with each entry; a figure, not the entry, is kept of it.

    `refused` counts by status and title what was refused for good, and `unanswered` what was
    given up: the door said each time, or nothing at all, that it should come again. `seconds` has
    how long each attempt took that was answered.
    """

    sent: int = 0
    attempts: int = 0
    accepted: int = 0
    duplicates: int = 0
    unanswered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    first_at: float = float("inf")
    last_at: float = 0.0

    def add(self, entry: Entry) -> None:
        """Count an entry to which nothing is added any more."""
        self.sent += 1
        if not entry.answers:
            self.unanswered += 1
            return
        last = entry.answers[-1]
        self.attempts += len(entry.answers)
        self.seconds.extend(a.seconds for a in entry.answers if a.status is not None)
        self.first_at = min(self.first_at, entry.answers[0].at)
        self.last_at = max(self.last_at, entry.answers[0].at)
        if last.is_taken:
            self.accepted += last.outcome == "accepted"
            self.duplicates += last.outcome == "duplicate"
        elif last.is_refusal:
            self.refused[f"{last.status} {last.outcome}"] += 1
        else:
            self.unanswered += 1

    @property
    def rate(self) -> float:
        """Sendings a second, by when the first attempt of each began."""
        seconds = self.last_at - self.first_at
        return (self.sent - 1) / seconds if seconds > 0 else 0.0

    def latency(self, percent: int) -> float | None:
        """Milliseconds in which so many of a hundred attempts were answered, None for none."""
        if not self.seconds:
            return None
        ordered = sorted(self.seconds)
        place = -(-len(ordered) * percent // 100)  # the nearest rank
        return round(ordered[place - 1] * 1000, 1)

    def told(self) -> dict[str, Any]:
        """The figures by name, for people and scripts."""
        return {
            "sent": self.sent,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "refused": dict(sorted(self.refused.items())),
            "unanswered": self.unanswered,
            "attempts": self.attempts,
            "ratePerSecond": round(self.rate, 1),
            "latencyMilliseconds": {f"p{p}": self.latency(p) for p in (50, 95, 99)},
        }

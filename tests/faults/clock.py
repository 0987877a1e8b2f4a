"""The clock: simulated time, which passes only where something says that it does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

import time_machine

BEGIN = datetime(2025, 4, 1, 8, tzinfo=UTC)


class Clock:
    """Simulated time, in seconds since the epoch; all code in the process sees it."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def now(self) -> float:
        """What time it is."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._traveller.shift(seconds)

    def wait_until(self, moment: float) -> None:
        """Let time pass until a moment; a moment that is over is now."""
        if moment > self.now():
            self._traveller.move_to(moment)


@contextmanager
def simulated() -> Iterator[Clock]:
    """Simulated time, also for the pauses between two attempts."""
    with time_machine.travel(BEGIN, tick=False) as traveller:
        clock = Clock(traveller)
        with patch("time.sleep", clock.sleep):
            yield clock

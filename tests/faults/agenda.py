"""The agenda: what is to happen, in the order of its time."""

import heapq
from collections.abc import Callable
from itertools import count

from tests.faults.clock import Clock


class Agenda:
    """What is to happen; time passes between one thing and the next."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._things: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Let something happen at a moment, in seconds since the epoch."""
        heapq.heappush(self._things, (moment, next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen in so many seconds."""
        self.at(self.clock.now() + seconds, act)

    def until(self, moment: float) -> None:
        """Let happen what is to happen until a moment."""
        while self._things and self._things[0][0] <= moment:
            when, _, act = heapq.heappop(self._things)
            self.clock.wait_until(when)
            act()
        self.clock.wait_until(moment)

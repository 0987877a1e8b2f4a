"""A life: what a provider tells of one subject, from its beginning to one of its ends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

BEGIN = "begin"
END = "end"

LifeCycle = Mapping[str, tuple[str, ...]]
"""What may come after each status, `BEGIN` first, the likelier the more often it is named.

After a status that it does not have comes nothing.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a provider tells: the path it is posted to, and its body."""

    path: str
    body: dict[str, Any]


Life = Callable[[Random, Iterator[datetime]], Iterator[Step]]
"""Begins the life of a new subject; the times, which have no zone, are those of its steps."""


def walk(random: Random, life_cycle: LifeCycle) -> Iterator[str]:
    """One way through a life cycle."""
    status = random.choice(life_cycle[BEGIN])
    while status != END:
        yield status
        status = random.choice(life_cycle.get(status, (END,)))


def times(random: Random, begin: datetime) -> Iterator[datetime]:
    """The times of the steps of a life, whole seconds and never two the same."""
    while True:
        begin += timedelta(seconds=random.randint(1, 3600))
        yield begin


def uuid(random: Random) -> str:
    """A UUID whose zeros say that it is of a test."""
    digits = f"{random.getrandbits(88):022x}"
    return f"00000000-{digits[:4]}-4{digits[4:7]}-8{digits[7:10]}-{digits[10:]}"

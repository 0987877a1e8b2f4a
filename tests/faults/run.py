"""A run of the proof: so many deliveries under faults, checked on the way and at the end."""

from dataclasses import dataclass

from inlet.simulator.checker import Excuses, Found, Violation, check
from inlet.simulator.journal import Entry
from local.assembly import Stack
from tests.faults.chance import Chance
from tests.faults.injected import Injected
from tests.faults.load import load
from tests.faults.world import World, world


@dataclass(frozen=True)
class Outcome:
    """What came of a run: `violations` are those that were found first, and end it."""

    sent: int
    entries: tuple[Entry, ...]
    found: Found
    chance: Chance
    injected: Injected
    violations: list[Violation]


def run(stack: Stack, seed: int, deliveries: int, chance: Chance, check_every: int) -> Outcome:
    """Send so many deliveries, with a check after each so many and when all is over."""
    sent = 0
    with world(stack, chance) as new:
        for sent in new.send(load(seed, deliveries)):
            if sent % check_every == 0:
                outcome = _checked(new, sent, is_over=False)
                if outcome.violations:
                    return outcome
        new.settle()
        return _checked(new, sent, is_over=True)


def _checked(new: World, sent: int, *, is_over: bool) -> Outcome:
    found, injected = new.found(), new.injected
    excuses = Excuses(refused=frozenset(injected.refused), dead=frozenset(injected.dead))
    entries = tuple(new.entries.values())
    violations = check(entries, found, is_over=is_over, excuses=excuses)
    return Outcome(sent, entries, found, new.chance, injected, violations)

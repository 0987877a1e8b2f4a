"""An hour in which nothing is consumed: what becomes of it, and what operators do about it."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from inlet.operations.dead_letters import Wanted, dead_letters, redrive
from inlet.simulator.checker import Excuses, check
from inlet.simulator.plan import Shares, plan
from local.assembly import Stack
from tests.faults.chance import Chance
from tests.faults.clock import BEGIN
from tests.faults.world import World, world

HOUR = 3600.0
DELIVERIES = 90


class Outage(Chance):
    """An hour in which every other event finds no queue, and no consumer can take the others."""

    def __init__(self) -> None:
        super().__init__(seed=1, rates={})
        self._has_found_a_queue = False

    def fires(self, fault: str) -> bool:
        """Whether it is during the outage, and this is the event's fate."""
        if time.time() > BEGIN.timestamp() + HOUR:
            return False
        if fault == "event that no consumer can take":
            self._has_found_a_queue = not self._has_found_a_queue
            return self._has_found_a_queue
        return fault == "rule target unreachable" and not self._has_found_a_queue


SENDINGS = tuple(plan(1, DELIVERIES + 1, Shares(), rate=DELIVERIES / HOUR))


@pytest.fixture
def broken(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world with an hour's outage behind it, and no operator who comes unasked."""
    monkeypatch.setattr("tests.faults.world.OPERATOR_SECONDS", 100 * HOUR)
    with world(stack, Outage()) as new:
        assert [*new.send(SENDINGS[:-1])][-1] == DELIVERIES
        yield new


def wait(new: World, hours: float) -> None:
    """Let it be so many hours after the beginning: then one more delivery comes."""
    assert [*new.send([replace(SENDINGS[-1], at=hours * HOUR)])] == [1]


def letters(new: World) -> Counter[bool]:
    """How many dead letters there are of rules, and how many of consumers."""
    return Counter(letter.is_of_rule for letter in dead_letters(new.deployment, Wanted()))


def all_is_there(new: World) -> bool:
    """Whether, at the end of all, each delivery is in its timeline once, and nothing else."""
    new.settle()
    found, entries = new.found(), tuple(new.entries.values())
    excuses = Excuses(dead=frozenset(new.injected.dead))
    assert check(entries, found, excuses=excuses) == []
    assert all(entry.is_taken for entry in entries)
    assert (found.dead_letters, found.queued) == ([], [])
    kept = [item for item in found.timeline if str(item["sk"]).startswith("event#")]
    return len(kept) == DELIVERIES + 1


@pytest.mark.exhaustive
def test_what_consumers_could_not_take_for_an_hour_they_take_by_themselves(broken: World) -> None:
    broken.injected.unable.clear()  # the outage is over
    wait(broken, hours=2)
    assert letters(broken) == {True: 45}
    assert len(broken.found().timeline) > 45  # entries and states of the others
    assert all_is_there(broken)


@pytest.mark.exhaustive
def test_dead_letters_of_both_kinds_are_redriven_and_nothing_is_missing(broken: World) -> None:
    wait(broken, hours=13)
    assert letters(broken) == {True: 45, False: 45}
    assert broken.found().timeline == []

    broken.injected.unable.clear()  # what kept consumers from taking them is mended
    found = dead_letters(broken.deployment, Wanted())
    redrive(broken.deployment, found, per_second=1e6, moved=lambda _: None)

    assert letters(broken) == {}
    assert all_is_there(broken)

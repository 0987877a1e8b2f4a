"""The fault proof, small: `make faults` runs it with more deliveries."""

import json
import sys
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlet.simulator.checker import Violation, check
from local.assembly import Stack
from tests.faults import __main__ as command
from tests.faults.catalogue import MUST_FIRE, RATES
from tests.faults.chance import Chance
from tests.faults.run import run

DELIVERIES = 400
SEED = 1

FAULTS = sorted(RATES)


@pytest.mark.exhaustive
def test_under_every_fault_the_promise_is_kept(stack: Stack, subtests: pytest.Subtests) -> None:
    """One test, because the run takes long and only one worker should make it."""
    outcome = run(stack, SEED, DELIVERIES, Chance(SEED, RATES), check_every=100)
    assert outcome.violations == []
    assert outcome.sent == DELIVERIES
    with subtests.test("nothing is left on its way when all is over"):
        assert (outcome.found.queued, outcome.found.dead_letters) == ([], [])
    for seed in range(5):
        with subtests.test(
            "what follows from what is found does not depend on its order", seed=seed
        ):
            random, found = Random(seed), outcome.found  # noqa: S311 - it is to be repeated
            journal = random.sample(outcome.entries, len(outcome.entries))
            timeline = random.sample(found.timeline, len(found.timeline))
            assert check(journal, replace(found, timeline=timeline)) == []


@pytest.mark.exhaustive
def test_a_seed_repeats_a_run(stack: Stack) -> None:
    first, second = (run(stack, 7, 60, Chance(7, RATES), check_every=60) for _ in range(2))
    assert first.entries == second.entries
    assert first.chance.fired == second.chance.fired
    assert first.found == second.found


def test_without_faults_each_event_is_published_once(stack: Stack) -> None:
    calm = run(stack, 3, 100, Chance(3, {}), check_every=100)
    figures = command.figures_of(calm, 3)
    assert figures["violations"] == []
    assert figures["share"] == 1
    assert figures["duplicatesOnTheBus"] == 0
    assert figures["neverFired"] == sorted(MUST_FIRE)


@pytest.mark.exhaustive
@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000),
    faults=st.sets(st.tuples(st.sampled_from(FAULTS), st.integers(0, 12)), max_size=12),
)
def test_the_promise_is_kept_under_faults_that_are_named(
    stack: Stack, seed: int, faults: set[tuple[str, int]]
) -> None:
    """Where it is not, hypothesis looks for the fewest faults that break it."""
    broken = run(stack, seed, 12, Chance(seed, {}, faults), check_every=4).violations
    assert [violation for violation in broken if violation.what != "too few"] == []


def test_the_command_tells_figures_and_fails_where_a_fault_never_happened(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "template", lambda: stack)
    monkeypatch.setattr(sys, "argv", ["faults", "--deliveries", "12", "--json"])
    assert command.main() == 1
    figures = json.loads(capsys.readouterr().out)
    assert (figures["deliveries"], figures["seed"], figures["violations"]) == (12, 1, [])
    assert "operator killed" in figures["neverFired"]
    monkeypatch.setattr(sys, "argv", ["faults", "--deliveries", "12"])
    command.main()
    table = capsys.readouterr().out
    assert table.startswith("12 deliveries, seed 1\n")
    assert "Never happened: operator killed\n" in table
    assert table.endswith("% of what is valid was taken; 0 violations\n")


def test_the_command_succeeds_where_all_happened_and_nothing_broke(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(stack, SEED, 12, Chance(SEED, RATES), check_every=12)
    happened = frozenset(fault for fault in MUST_FIRE if outcome.chance.fired[fault])
    assert happened
    monkeypatch.setattr(command, "template", lambda: stack)
    monkeypatch.setattr(command, "run", lambda *_: outcome)
    monkeypatch.setattr(command, "MUST_FIRE", happened)
    monkeypatch.setattr(sys, "argv", ["faults"])
    assert command.main() == 0
    assert "Never happened" not in capsys.readouterr().out
    monkeypatch.setattr(command, "MUST_FIRE", happened | {"a fault that was forgotten"})
    assert command.main() == 1
    monkeypatch.setattr(command, "MUST_FIRE", happened)
    broken = replace(outcome, violations=[Violation(what="lost", about="an event")])
    monkeypatch.setattr(command, "run", lambda *_: broken)
    assert command.main() == 1

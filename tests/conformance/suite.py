"""The suite: every scenario played, and what came of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.conformance.scenarios import SCENARIOS, Scenario
from tests.conformance.target import NotAsExpected, NotPossible, Target


@dataclass(frozen=True)
class Result:
    """What came of a scenario."""

    scenario: Scenario
    verdict: Literal["pass", "fail", "skip"]
    came: str


def results(target: Target) -> Iterator[Result]:
    """Play all of them, one after the other."""
    for scenario in SCENARIOS:
        yield _result(scenario, target)


def _result(scenario: Scenario, target: Target) -> Result:
    try:
        return Result(scenario, "pass", scenario.play(target))
    except NotPossible as why:
        return Result(scenario, "skip", str(why))
    except NotAsExpected as came:
        return Result(scenario, "fail", str(came))
    except OSError as error:
        return Result(scenario, "fail", f"the connection failed: {error}")

"""The laptop run stands all that is expected of any webhook receiver."""

from dataclasses import replace

import pytest

from tests.conformance.suite import results
from tests.conformance.targets import of_laptop
from tests.journey.conftest import Journey

pytestmark = pytest.mark.exhaustive


def test_the_laptop_run_passes_every_scenario(journey: Journey) -> None:
    target = of_laptop(journey.deployment, journey.run.folder)
    played = list(results(replace(target, silence=1)))
    assert [(r.scenario.name, r.came) for r in played if r.verdict != "pass"] == []
    assert len(played) == 18

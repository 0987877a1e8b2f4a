"""The checker is checked: Inlet with one thing wrong in it does not pass."""

from contextlib import ExitStack

import pytest

from local.assembly import Stack
from tests.faults.catalogue import RATES
from tests.faults.chance import Chance
from tests.faults.run import run
from tests.faults.variants import VARIANTS

SEED = 1


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_wrong_is_seen_within_a_thousand_deliveries(stack: Stack, name: str) -> None:
    variant = VARIANTS[name]
    chance = Chance(SEED, {**RATES, **variant.rates})
    with ExitStack() as wrong:
        for patch in variant.patches():
            wrong.enter_context(patch)
        outcome = run(stack, SEED, variant.deliveries, chance, check_every=50)
    seen = {violation.what for violation in outcome.violations}
    assert variant.deliveries <= 1000
    assert variant.what & seen, f"nobody saw that {variant.wrong}"

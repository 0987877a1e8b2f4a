"""Stages: values, and one sentence for a name that is none of them."""

import pytest

from infrastructure.mistakes import Mistake
from infrastructure.stages import stage_named


def test_a_stage_goes_by_its_name() -> None:
    assert stage_named("prod").name == "prod"


def test_an_unknown_stage_is_told_the_known_ones() -> None:
    with pytest.raises(Mistake) as mistake:
        stage_named("staging")
    assert str(mistake.value) == "There is no stage 'staging': the stages are dev, prod."

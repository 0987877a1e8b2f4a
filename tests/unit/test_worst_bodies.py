"""No body takes more memory or time than the ingest function has, which is 576 MB in dev."""

import pytest
from pydantic import BaseModel, ValidationError

from functions.ingest.bodies import CALLS
from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from infrastructure.ingest import TIMEOUT
from infrastructure.stages import DEV, PROD, Stage
from inlet.providers import PROVIDERS
from tests.measure_bodies import WORST_SECONDS, Cost, costs

MEGABYTES = {
    "lists without end": 150,
    "as many lists as may be, and numbers": 250,
    "numbers that grow, and an emoji": 350,
    "a list of what it must not have": 200,
}


@pytest.mark.exhaustive
def test_the_worst_bodies_leave_the_function_room() -> None:
    measured = dict(costs(MEGABYTES))
    assert {name: cost.status for name, cost in measured.items()} == {
        "lists without end": 400,
        "as many lists as may be, and numbers": 202,
        "numbers that grow, and an emoji": 202,
        "a list of what it must not have": 422,
    }
    assert [name for name, cost in measured.items() if cost.megabytes > MEGABYTES[name]] == []


@pytest.mark.parametrize("stage", [DEV, PROD], ids=lambda stage: stage.name)
def test_the_worst_body_leaves_time_for_the_calls_that_store_it(stage: Stage) -> None:
    """Otherwise `has_time_for` would answer 503 to that body each time it is sent."""
    left = TIMEOUT.to_seconds() - CALLS * LONGEST_CALL_SECONDS
    assert left == 8
    worst = Cost(status=202, megabytes=0, seconds=WORST_SECONDS)
    assert worst.seconds_with(stage.memory_mb) < left / 2


def test_a_function_with_less_memory_has_a_share_of_a_core() -> None:
    cost = Cost(status=202, megabytes=0, seconds=1)
    assert cost.seconds_with(1769) == 1
    assert cost.seconds_with(3538) == 1
    assert round(cost.seconds_with(512), 2) == 3.46


MODELS = [
    pytest.param(model, id=f"{provider.name}/{kind}")
    for provider in PROVIDERS.values()
    for kind, model in provider.models.items()
]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("item", [1, "text", None, {}, {"x": 1}], ids=str)
def test_a_list_of_wrong_items_is_few_problems(model: type[BaseModel], item: object) -> None:
    """One for each item would be more than the function's memory."""
    wrong = dict.fromkeys(model.model_fields, [item] * 100)
    assert _problems(model, wrong) < 100


def _problems(model: type[BaseModel], body: object) -> int:
    try:
        model.model_validate(body)
    except ValidationError as error:
        return error.error_count()
    return 0

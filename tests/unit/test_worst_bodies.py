"""No body costs more memory than the ingest function has, which is 512 MB."""

import pytest
from pydantic import BaseModel, ValidationError

from inlet.providers import PROVIDERS
from tests.measure_bodies import costs

MEGABYTES = {
    "lists without end": 150,
    "as many lists as may be, and numbers": 250,
    "numbers that grow, and an emoji": 350,
    "a list of what it must not have": 200,
}


def test_the_worst_bodies_leave_the_function_room() -> None:
    measured = dict(costs(MEGABYTES))
    assert {name: cost.status for name, cost in measured.items()} == {
        "lists without end": 400,
        "as many lists as may be, and numbers": 202,
        "numbers that grow, and an emoji": 202,
        "a list of what it must not have": 422,
    }
    assert [name for name, cost in measured.items() if cost.megabytes > MEGABYTES[name]] == []


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

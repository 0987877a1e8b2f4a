"""How much a stage can take: the page says what the arithmetic says."""

from dataclasses import replace

import pytest

from cost import delivery
from cost.bill import bill
from cost.capacity import by_region, decades, limits, raised
from infrastructure.stages import PROD
from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.template import Template


def test_the_page_has_the_tables(prod: Template) -> None:
    page = (PROJECT / "docs/capacity.md").read_text()
    assert "\n".join(decades(PROD, bill(prod.document))) in page
    assert "\n".join(raised(PROD)) in page
    assert "\n".join(by_region()) in page


def test_every_rule_that_matches_takes_an_invocation_of_the_account() -> None:
    rows = list(by_region())
    smallest = "| af-south-1, ap-northeast-3, ap-southeast-3, eu-south-1 | 750 | 750 | 375 | 187 |"
    assert rows[-2:] == [smallest, "| every other region | 1,100 | 1,100 | 550 | 275 |"]


def test_entries_of_a_timeline_are_billed_again_in_each_later_month(prod: Template) -> None:
    found = bill(prod.document)
    stored = (delivery.ENTRY_BYTES + delivery.ITEM_OVERHEAD_BYTES) / 1_000  # GB of a million
    assert found.growth_per_million == pytest.approx(stored * (0.25 + 0.20))
    rows = [row.split(" | ") for row in decades(PROD, found)]
    assert rows[4][0] == "| 100"
    page = (PROJECT / "docs/capacity.md").read_text()
    assert f"each month costs {rows[4][3]} dollars more" in page
    assert rows[4][3] == f"{262.8 * found.growth_per_million:,.0f}"


def test_a_limit_goes_as_far_as_a_delivery_takes_of_it() -> None:
    found = {limit.name: limit.deliveries for limit in limits(PROD)}
    assert found["throttling of one route"] == 500
    assert found["runs of one consumer at once"] == pytest.approx(2_000)
    assert found["functions at once in an account"] == pytest.approx(1_000 / 0.11)
    assert found["writes of one table"] == 20_000


def test_what_a_stage_raises_is_in_the_way_no_more(prod: Template) -> None:
    wider = replace(PROD, throttling_rate=20_000, max_concurrency=200)
    rows = list(decades(wider, bill(prod.document)))
    assert "throttling" not in rows[-1]
    assert "one consumer" not in rows[-1]
    assert "events of one subject" in rows[-1]

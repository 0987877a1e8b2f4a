"""What a delivery costs: its parts are measured, and the sums are under their targets."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from cost import delivery, prices
from cost.bill import DOOR_TO_CONSUMER, KEPT, STARTS, TIMELINE, bill
from cost.changes import free, in_batches_of_one, others
from cost.report import as_json, deliveries, months
from infrastructure.stages import STAGES
from inlet.refusals import AddressNotAllowed, Refusal
from tests.infrastructure.conftest import PROJECT, template_of
from tests.infrastructure.template import Template
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.gateway import RIGHT, basic, http_event
from tests.support.reference_delivery import reference
from tests.support.station import Station, Told


@pytest.fixture
def sent(door: Door, told: Told) -> Door:
    """The door, after the delivery that costs are told for."""
    taken = reference()
    assert len(taken.body) == delivery.BODY_BYTES == 1024
    headers = {"content-type": "application/json"} | basic(*RIGHT["digiteal"])
    path, told_by = taken.request["path"], delivery.REQUEST_ID
    assert told() == []
    assert door.answer(http_event(path, taken.body, headers, request_id=told_by))["status"] == 202
    return door


@pytest.fixture
def consumed(sent: Door, aws: Aws) -> Station:
    """The consumer, after the same."""
    station = Station(aws, "payments")
    (published,) = sent.published
    assert station.take({"detail": json.loads(published["Detail"])}) == []
    return station


def test_an_event_has_as_many_bytes_as_is_billed(sent: Door) -> None:
    (published,) = sent.published
    assert len(published["Detail"].encode()) == delivery.DETAIL_BYTES


def test_a_delivery_is_remembered_with_two_writes_of_a_unit(sent: Door) -> None:
    (item,) = sent.dynamodb.scan(TableName="deliveries")["Items"]
    assert _size(item) == delivery.DELIVERY_ITEM_BYTES < 1024
    assert sent.dynamodb.calls == ["put_item", "update_item", "scan"]
    assert delivery.DELIVERY_WRITES == 2


def test_a_timeline_takes_two_writes_of_a_unit(consumed: Station) -> None:
    assert consumed.dynamodb.calls == ["put_item", "update_item"]
    assert delivery.TIMELINE_WRITES == 2
    entry, state = consumed.dynamodb.scan(TableName="timeline")["Items"]
    assert _size(entry) == delivery.ENTRY_BYTES < 1024
    assert _size(state) < 1024


def test_a_delivery_is_logged_with_as_many_bytes_as_are_billed(
    told: Told, consumed: Station
) -> None:
    assert consumed.sent == []
    sizes = [
        len(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode()) for line in told()
    ]
    assert sizes == [delivery.REQUEST_LINE_BYTES, delivery.EVENT_LINE_BYTES]


def test_a_delivery_is_as_cheap_as_it_is_meant_to_be(dev: Template) -> None:
    found = bill(dev.document)
    assert found.per_million(DOOR_TO_CONSUMER) <= 4.50
    assert found.per_million(DOOR_TO_CONSUMER, TIMELINE) <= 6.00


def test_batches_of_one_cost_more(dev: Template) -> None:
    now, alone = bill(dev.document), bill(in_batches_of_one(dev.document))
    more = alone.per_million(DOOR_TO_CONSUMER) - now.per_million(DOOR_TO_CONSUMER)
    assert more == pytest.approx(0.9 * 0.20 + 1.8 * 0.40)


def test_a_month_of_nothing_costs_what_is_in_the_template(dev: Template) -> None:
    found = {item.what: item.dollars for item in bill(dev.document).months}
    assert found == pytest.approx({
        "providers' secrets": 3 * 0.40,
        "Lambda asks the queues": 9 * 657_000 * 0.40 / 1_000_000,
        "metrics that alarms watch": 4.60,
        "dashboard": 3.00,
        "keys": 1.00,
    })  # fmt: skip


def test_a_cold_start_is_billed_as_time_of_its_function(dev: Template) -> None:
    found = bill(dev.document)
    # Half a second of 576 MB in one of a hundred runs, of which a delivery takes 1.1.
    assert found.per_million(STARTS) == pytest.approx(0.01 * 0.5 * 0.5625 * 1.1 * 13.3334)
    snap_start = bill(template_of("prod", snap_start=True).document)
    of_consumers = 0.01 * 0.5 * 0.1 * 13.3334  # a snapshot takes the place of ingest's
    assert snap_start.per_million(STARTS) == pytest.approx(of_consumers)


def test_every_outcome_of_a_provider_and_a_consumer_is_a_metric(
    dev: Template, prod: Template
) -> None:
    found = bill(dev.document)
    assert found.metrics_without_errors == 3 * 2 + 9
    assert found.metrics_at_most == 3 * (11 + 1 + 1 + 1 + 9) + 9 * 4
    # Four of the same metrics are the canary's already, with three of its own.
    assert bill(prod.document).metrics_without_errors == 3 * 2 + 9 - 3
    assert bill(prod.document).metrics_at_most == 3 * 23 + 9 * 4 + 3 - 4


def test_the_outcomes_that_metrics_are_counted_for_are_those_of_the_functions(
    prod: Template,
) -> None:
    reasons = {"no-type", "id-reused", "not-json", "not-json-content", "wrong-contract"}
    of_strangers = {"not-authenticated", "address-not-allowed"}
    outcomes = {
        "Requests": {"accepted", "duplicate", "failed", "unavailable", *reasons, *of_strangers},
        "Releases": {"accepted", "duplicate", "forgotten", "unavailable", *reasons},
        "Events": {"consumed", "forgotten", "failed", "postponed"},
        "Canaries": {"arrived", "missing", "not-sent"},
    }
    refusals: list[type[Refusal]] = [*Refusal.__subclasses__(), AddressNotAllowed]
    known = {refusal.reason for refusal in refusals}
    assert outcomes["Requests"] | outcomes["Releases"] == {
        *known, "accepted", "duplicate", "failed",
    }  # fmt: skip
    assert {name: len(found) for name, found in outcomes.items()} == {
        name: count for name, count in delivery.METRICS.items() if name in outcomes
    }
    made = prod.all("Logs::MetricFilter").values()
    assert {one["MetricTransformations"][0]["MetricName"] for one in made} == set(delivery.METRICS)


def test_a_canary_costs_its_flights_and_four_metrics(dev: Template, prod: Template) -> None:
    found, without = bill(prod.document), {item.what for item in bill(dev.document).months}
    added = {item.what: item for item in found.months if item.what not in without}
    assert added["canaries, as deliveries"].units == pytest.approx(8760)
    assert added["canaries, as deliveries"].dollars == pytest.approx(
        8760 * found.per_million(DOOR_TO_CONSUMER, TIMELINE) / 1_000_000
    )
    assert added["metrics of the canary"].dollars == pytest.approx(1.20)
    assert sum(item.dollars for item in added.values()) < 1.50


def test_a_snapshot_costs_its_cache_and_each_restore(prod: Template) -> None:
    now, then = bill(prod.document), bill(template_of("prod", snap_start=True).document)
    more = then.per_million(DOOR_TO_CONSUMER) - now.per_million(DOOR_TO_CONSUMER)
    assert more == pytest.approx(10_000 * 0.0001397998)
    flights = 8760 * more / 1_000_000
    cached = 730 * 3600 * 0.0000015046
    assert then.per_month - now.per_month == pytest.approx(cached + flights)
    assert f"{cached:.2f} dollars a month" in (PROJECT / "docs" / "performance.md").read_text()


def test_a_restore_costs_as_much_as_ten_seconds_of_the_function() -> None:
    seconds = prices.RESTORED.dollars / prices.LAMBDA_SECOND.dollars
    assert seconds == pytest.approx(10.5, abs=0.1)
    assert "as much as 10 seconds" in (PROJECT / "docs" / "performance.md").read_text()


def test_what_can_be_recovered_is_kept_twice(dev: Template, prod: Template) -> None:
    assert "GB-month, recoverable" not in _units(dev)
    assert "GB-month, recoverable" in _units(prod)


def _units(template: Template) -> set[str]:
    return {item.price.unit for item in bill(template.document).deliveries if item.part == KEPT}


def test_every_value_of_a_stage_has_a_price_or_is_free() -> None:
    for stage in STAGES.values():
        named = {field.name for field in fields(stage)}
        assert named == {"name", "on_aws", *free(stage), *others(stage)}
        assert all(getattr(stage, name) != value for name, value in others(stage).items())


def test_the_readme_says_what_dev_costs(dev: Template) -> None:
    readme = (PROJECT / "README.md").read_text()
    found = bill(dev.document)
    assert "\n".join(deliveries(found)) in readme
    assert "\n".join(months(found)) in readme
    recoverable = found.growth_per_million * (0.25 + 0.20) / 0.25
    assert f"month: {found.growth_per_million:.2f}, or\n{recoverable:.2f} with" in readme
    alone = bill(in_batches_of_one(dev.document))
    more = [one.per_million(DOOR_TO_CONSUMER, TIMELINE, STARTS) for one in (alone, found)]
    assert f"a million is {more[0] - more[1]:.2f} more" in readme
    a_million = round(found.per_million(DOOR_TO_CONSUMER, TIMELINE, STARTS, KEPT))
    assert f"some {a_million} dollars" in (PROJECT / "docs/authentication.md").read_text()


def test_programs_get_the_same(dev: Template) -> None:
    found = bill(dev.document)
    told = as_json("dev", found, [])
    assert told["perMillion"]["doorToConsumer"] == found.per_million(DOOR_TO_CONSUMER)
    assert sum(
        one["units"] * one["dollarsPerUnit"] * 1_000_000
        for one in told["perMillion"]["items"]
        if one["part"] not in {STARTS, KEPT}
    ) == pytest.approx(told["perMillion"]["withTimeline"])


def _size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """The bytes of an item, as DynamoDB counts them: names, texts and binaries; a number, half."""
    size = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        size += len(name.encode())
        size += len(content) // 2 + 2 if kind == "N" else len(_raw(content))
    return size


def _raw(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()

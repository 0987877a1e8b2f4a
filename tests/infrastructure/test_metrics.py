"""What is counted: the lines that the functions write, as the filters of the template see them."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infrastructure.template import CONSUMERS, COUNTED, Template, readable
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.log_patterns import LogPattern
from tests.support.samples import sample
from tests.support.station import Station, Told, event


@pytest.fixture
def counted(prod: Template, told: Told) -> Callable[[str], Counter[str]]:
    """What CloudWatch counts of the lines that were written, in the log group of a function."""

    def count(function: str) -> Counter[str]:
        lines = told()
        return Counter(
            one
            for made in prod.all("Logs::MetricFilter").values()
            if readable(made["LogGroupName"]) == f"{function}FunctionLogs"
            for line in lines
            for one in _one_more(made, line)
        )

    return count


def _one_more(made: dict[str, Any], line: dict[str, Any]) -> Iterator[str]:
    (metric,) = made["MetricTransformations"]
    fields = [one["Value"].removeprefix("$.") for one in metric["Dimensions"]]
    if LogPattern(made["FilterPattern"]).matches(json.dumps(line)):
        # A line without a field that is a dimension would count nowhere.
        yield " ".join([metric["MetricName"], *(line[field] for field in fields)])


def test_every_metric_is_in_the_namespace_of_its_stage_and_counts_ones(template: Template) -> None:
    for made in template.all("Logs::MetricFilter").values():
        (metric,) = made["MetricTransformations"]
        assert metric["MetricNamespace"] in {"inlet-dev", "inlet-prod", "inlet-laptop"}
        assert (metric["MetricValue"], metric["Unit"]) == ("1", "Count")
        named = {one["Key"]: one["Value"] for one in metric["Dimensions"]}
        assert named.keys() == COUNTED[metric["MetricName"]]
        assert named == {name: f"$.{name}" for name in named}


def test_every_function_is_counted(prod: Template) -> None:
    found = Counter(
        f"{readable(made['LogGroupName'])} {made['MetricTransformations'][0]['MetricName']}"
        for made in prod.all("Logs::MetricFilter").values()
    )
    of_requests = set(COUNTED) - {"Events", "Canaries"}
    assert found == Counter(
        [
            *(f"IngestFunctionLogs {name}" for name in of_requests),
            *(f"{name}FunctionLogs Events" for name in CONSUMERS),
            "CanaryFunctionLogs Canaries",
        ]
    )


def test_a_delivery_counts_once_by_outcome_and_once_by_credential(
    door: Door, counted: Callable[[str], Counter[str]]
) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED"))
    assert counted("Ingest") == {
        "Requests marosa accepted": 1,
        "CredentialUses marosa generated": 1,
    }


def test_a_request_that_nobody_proves_has_no_credential(
    door: Door, counted: Callable[[str], Counter[str]]
) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_credentials"))
    assert counted("Ingest") == {"Requests marosa not-authenticated": 1}


def test_what_is_quarantined_is_counted_and_what_finds_no_room_too(
    door: Door, counted: Callable[[str], Counter[str]]
) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract"))
    assert counted("Ingest")["Quarantined marosa"] == 1
    door.quarantine_bytes_per_day = 1
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json"))
    assert counted("Ingest") == {
        "Requests marosa unavailable": 1,
        "CredentialUses marosa generated": 1,
        "QuarantineFull marosa": 1,
    }


def test_a_release_is_no_request(
    door: Door, counted: Callable[[str], Counter[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json_content"))
    (key,) = door.kept()
    counted("Ingest")
    monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)
    door.release("marosa", key.removeprefix("marosa/").removesuffix(".json"))
    assert counted("Ingest") == {"Releases marosa accepted": 1}


def test_events_count_by_what_became_of_them(
    aws: Aws, counted: Callable[[str], Counter[str]]
) -> None:
    Station(aws).take(event("DOCUMENT_STATUS_CHANGED"), "not json")
    assert counted("Documents") == {"Events documents consumed": 1, "Events documents failed": 1}

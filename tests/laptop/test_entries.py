"""What EventBridge refuses of what is put on a bus."""

import json
from typing import Any

import pytest

from local.entries import envelope, happened, refusal, size
from tests.laptop.stack import PLACE

GOOD = {"Source": "inlet.test", "DetailType": "ORDERED", "Detail": "{}"}


@pytest.mark.parametrize("detail", ["[]", '"text"', "1", "{", '{"a": NaN}', '{"a": -Infinity}'])
def test_a_detail_that_is_no_json_object_is_refused(detail: str) -> None:
    assert refusal(GOOD | {"Detail": detail}) == {
        "ErrorCode": "MalformedDetail",
        "ErrorMessage": "Detail is malformed.",
    }


@pytest.mark.parametrize("missing", ["Source", "DetailType", "Detail"])
def test_what_every_entry_must_have_is_asked_for(missing: str) -> None:
    assert refusal(GOOD | {missing: ""}) == {
        "ErrorCode": "InvalidArgument",
        "ErrorMessage": f"Parameter {missing} is not valid. "
        f"Reason: {missing} is a required argument.",
    }


def test_a_detail_type_over_128_characters_is_refused() -> None:
    answer = refusal(GOOD | {"DetailType": "x" * 129})
    assert answer
    assert answer["ErrorCode"] == "InvalidArgument"
    assert refusal(GOOD | {"DetailType": "x" * 128}) is None


def test_bytes_are_counted_and_not_characters() -> None:
    assert size(GOOD | {"Detail": '{"a":"é"}', "Resources": ["r"], "Time": 1}) == 17 + 10 + 1 + 14


@pytest.mark.parametrize(
    ("given", "time"),
    [({}, "2025-03-30T10:15:00Z"), ({"Time": 1_700_000_000.9}, "2023-11-14T22:13:20Z")],
)
def test_an_event_has_the_time_that_it_was_given_or_came_at(
    given: dict[str, Any], time: str
) -> None:
    event = envelope(GOOD | given, "an-id", 1_743_329_700.7, PLACE)
    assert json.loads(event) == {
        "version": "0",
        "id": "an-id",
        "detail-type": "ORDERED",
        "source": "inlet.test",
        "account": "123456789012",
        "time": time,
        "region": "eu-west-1",
        "resources": [],
        "detail": {},
    }
    assert happened({"time": "2025-03-30T10:15:00Z"}) == 1_743_329_700

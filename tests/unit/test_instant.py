"""Times come in as providers write them and go out as texts that sort."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from inlet import instant
from inlet.providers.digiteal.read import BRUSSELS


@pytest.mark.parametrize(
    ("written", "utc", "assumed"),
    [
        ("2025-03-30T10:15:00Z", "2025-03-30T10:15:00.000000Z", False),
        ("2025-03-30t10:15:00z", "2025-03-30T10:15:00.000000Z", False),
        ("2025-03-30T10:15:00+02:00", "2025-03-30T08:15:00.000000Z", False),
        ("2025-03-30T10:15:00.1234567Z", "2025-03-30T10:15:00.123456Z", False),
        ("2022-09-21 20:39:28", "2022-09-21T18:39:28.000000Z", True),
        ("2025-01-15 12:00:00", "2025-01-15T11:00:00.000000Z", True),
        ("2025-03-30 01:59:59", "2025-03-30T00:59:59.000000Z", True),
        ("2025-03-30 03:00:00", "2025-03-30T01:00:00.000000Z", True),
        ("2025-10-26 01:59:59", "2025-10-25T23:59:59.000000Z", True),
        ("2025-10-26 03:00:00", "2025-10-26T02:00:00.000000Z", True),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00.000000Z", False),
    ],
)
def test_a_time_becomes_utc(written: str, utc: str, assumed: bool) -> None:  # noqa: FBT001
    parsed, was_assumed = instant.parse(written, BRUSSELS)
    assert (instant.text(parsed), was_assumed) == (utc, assumed)


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2025-02-30", "30/03/2025", "2025-03-30T23:59:60Z", "1743330000",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words vary
        instant.parse(written, UTC)


def test_texts_sort_as_the_times_they_stand_for() -> None:
    zone = timezone(timedelta(hours=2))
    early = instant.text(datetime(2025, 3, 30, 10, 0, tzinfo=zone))
    late = instant.text(datetime(2025, 3, 30, 8, 0, 0, 1, tzinfo=UTC))
    assert early == "2025-03-30T08:00:00.000000Z"
    assert early < late

"""Times come in as providers write them and go out as texts that sort."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

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


@pytest.mark.parametrize(
    ("sent", "utc", "flags"),
    [
        ("2025-03-30T10:15:00Z", "2025-03-30T10:15:00.000000Z", []),
        ("2025-03-30", "2025-03-29T23:00:00.000000Z", ["assumed-zone"]),
        ("2025-06-30T23:59:60Z", "2025-07-01T00:00:00.000000Z", ["unusual-time"]),
        ("2025-06-30T23:59:60.5Z", "2025-07-01T00:00:00.500000Z", ["unusual-time"]),
        ("2025-07-01 01:59:60", "2025-07-01T00:00:00.000000Z", ["assumed-zone", "unusual-time"]),
        ("2025-03-30T10:15+02:00[Europe/Madrid]", "2025-03-30T08:15:00.000000Z", ["unusual-time"]),
        ("2025-03-30T10:15z[UTC][u-ca=iso8601]", "2025-03-30T10:15:00.000000Z", ["unusual-time"]),
        ("Sun, 30 Mar 2025 10:15:00 +0200", "2025-03-30T08:15:00.000000Z", ["unusual-time"]),
        ("sun, 30 mar 2025 10:15:00 gmt", "2025-03-30T10:15:00.000000Z", ["unusual-time"]),
        ("3 Mar 2025 10:15 -0000", "2025-03-03T10:15:00.000000Z", ["unusual-time"]),
        ("Mon, 30 Jun 2025 23:59:60 UT", "2025-07-01T00:00:00.000000Z", ["unusual-time"]),
        (1743408600, "2025-03-31T08:10:00.000000Z", ["unusual-time"]),
        (1743408600.25, "2025-03-31T08:10:00.250000Z", ["unusual-time"]),
        (Decimal("1743408600.25"), "2025-03-31T08:10:00.250000Z", ["unusual-time"]),
        (1743408600123, "2025-03-31T08:10:00.123000Z", ["unusual-time"]),
        (99_999_999_999, "5138-11-16T09:46:39.000000Z", ["unusual-time"]),
        (100_000_000_000, "1973-03-03T09:46:40.000000Z", ["unusual-time"]),
        (-1, "1969-12-31T23:59:59.000000Z", ["unusual-time"]),
        ("1743408600", "2025-03-31T08:10:00.000000Z", ["unusual-time"]),
        ("1712121200000", "2024-04-03T05:13:20.000000Z", ["unusual-time"]),
        ("946684800.5", "2000-01-01T00:00:00.500000Z", ["unusual-time"]),
        ("20250330", "2025-03-29T23:00:00.000000Z", ["assumed-zone"]),
    ],
)  # fmt: skip
def test_a_readable_time_is_parsed_and_flagged_where_it_is_unusual(
    sent: object, utc: str, flags: list[str]
) -> None:
    occurred_at, found = instant.moment(sent, BRUSSELS)
    assert occurred_at
    assert (instant.text(occurred_at), found) == (utc, flags)


@pytest.mark.parametrize(
    "sent",
    [
        "", "yesterday", "30/03/2025", "7", True, False, {}, [], {"at": "2025-03-30T10:15:00Z"},
        "2025-03-30T10:15:00[Europe/Madrid]", "2025-03-30[Europe/Madrid]", "2025-03-30T10:15:61Z",
        "Sun, 30 Mar 2025 10:15:00", "Sun, 31 Feb 2025 10:15:00 GMT", "Sun, 30 Foo 2025 10:15 UT",
        "Sun, 31 Dec 9999 23:59:59 -0100", "Sun, 30 Mar 2025 :::::: GMT", "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-14:00", "0001-01-01 00:00:00", 1e308, 10**4299, Decimal("1e999999"),
        "1743408600123456", "1" * 101, "2025-03-30T10:15:00." + "0" * 81 + "Z",
    ],
)  # fmt: skip
def test_an_unreadable_time_is_flagged_and_never_an_error(sent: object) -> None:
    assert instant.moment(sent, BRUSSELS) == (None, ["unreadable-time"])


def test_the_longest_text_that_is_parsed_has_100_characters() -> None:
    longest = "2025-03-30T10:15:00Z[" + "x" * 78 + "]"
    assert instant.moment(longest, UTC)[1] == ["unusual-time"]
    assert instant.moment(longest.replace("x]", "xx]"), UTC)[1] == ["unreadable-time"]


def test_a_time_that_is_absent_or_null_has_no_flag() -> None:
    assert instant.moment(None, BRUSSELS) == (None, [])

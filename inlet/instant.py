"""Instants: the times that providers write, as one text that sorts."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import WithJsonSchema

Time = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": (
                "An ISO 8601 time. Any other value is accepted, and flagged in the event."
            )
        }
    ),
]
"""A field of a body with a time. It only orders events, so no value of it is an error."""

MAX_TEXT = 100
"""Characters of the longest text that is parsed as a time."""

FIRST_MILLISECONDS = 1e11
"""The smallest number that counts as milliseconds since 1970. As seconds it is the year 5138."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_TEXT = re.compile(r"[0-9]{9,}(\.[0-9]+)?")
_LEAP_SECOND = re.compile(r"(?<=[0-9]{2}:[0-9]{2}:)60(?![0-9])")
_ZONE_NAME = re.compile(r"(?<=Z|\d)(\[[^\[\]]+\])+$", re.IGNORECASE)
_RFC_2822 = re.compile(
    r"([A-Z]{3}, )?[0-9]{1,2} [A-Z]{3} [1-9][0-9]{3} [0-9:]{5,8} (GMT|UTC?|[+-][0-9]{4})",
    re.IGNORECASE,
)


def moment(value: object, zone: tzinfo) -> tuple[datetime | None, list[str]]:
    """Return the time that a body's field gives, in UTC, and the flags that go with it.

    The time is None where the field is absent, null or unreadable. `zone` is assumed of an ISO
    8601 time without an offset. Numbers are seconds or milliseconds since 1970, and so are texts
    of nine digits or more.
    """
    if value is None:
        return None, []
    try:
        if isinstance(value, str):
            return _of_text(value, zone)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return _since_1970(value), ["unusual-time"]
    except (ValueError, OverflowError):
        pass  # the flag below reports it
    return None, ["unreadable-time"]


def _of_text(text: str, zone: tzinfo) -> tuple[datetime, list[str]]:
    """Raises ValueError or OverflowError where the text is no time."""
    if len(text) > MAX_TEXT:
        raise ValueError("the text is too long for a time")
    if _EPOCH_TEXT.fullmatch(text):
        return _since_1970(float(text)), ["unusual-time"]
    usual, leap_seconds = _LEAP_SECOND.subn("59", text)
    usual, zone_names = _ZONE_NAME.subn("", usual)
    if is_rfc_2822 := _RFC_2822.fullmatch(usual) is not None:
        found = parsedate_to_datetime(usual)
        occurred_at, assumed = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC), False
    else:
        occurred_at, assumed = parse(usual, zone)
    if zone_names and assumed:
        raise ValueError("the name of a zone is not enough: there is no zone database")
    flags = ["assumed-zone"] if assumed else []
    if leap_seconds or zone_names or is_rfc_2822:
        flags.append("unusual-time")
    return occurred_at + timedelta(seconds=leap_seconds), flags


def _since_1970(number: float | Decimal) -> datetime:
    """Raises OverflowError where the time is outside the years 1 to 9999."""
    seconds = float(number)
    if abs(seconds) >= FIRST_MILLISECONDS:
        seconds /= 1000
    return _EPOCH + timedelta(seconds=seconds)


def parse(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """An ISO 8601 time, with `T`, `t` or a space, as an aware time in UTC.

    The second value says whether the text had no zone of its own, so that `zone` was assumed.
    Raises ValueError where the text is no time or lies outside the years 1 to 9999.
    """
    local = datetime.fromisoformat(text.upper())  # RFC 3339 lets `z` be small too
    assumed = local.tzinfo is None
    try:
        return (local.replace(tzinfo=zone) if assumed else local).astimezone(UTC), assumed
    except OverflowError:
        raise ValueError("the time is outside the calendar") from None


def text(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.ffffffZ`: such texts sort as the times they stand for."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

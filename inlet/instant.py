"""Instants: the times that providers write, as one text that sorts."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import WithJsonSchema

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A field of a body with a time. It is checked when it is read."""


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

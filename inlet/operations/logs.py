"""Logs: what the functions of a deployment have written about events."""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inlet import instant
from inlet.operations.deployment import Deployment


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a log: the JSON object that a function wrote, when, and CloudWatch's id of it."""

    id: str
    at: str
    written: dict[str, Any] = field(repr=False)

    def get(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """One of its fields, None where it has none of that name."""
        return self.written.get(name)


class CutShort(Exception):
    """A log is longer than what could be read of it in time."""


Fields = Mapping[str, str | None]
"""Text fields of a line and their values; None stands for any text."""


def lines(
    deployment: Deployment,
    group: str,
    *,
    since: datetime,
    any_of: Sequence[Fields],
    seconds: float = math.inf,
) -> Iterator[Line]:
    """Return the lines of a log group that have all fields of an alternative.

    They come page by page, from a time on. Lines that are not JSON objects are skipped. Raises
    CutShort after so many seconds.
    """
    for event in _events(deployment, group, since, _pattern(any_of), seconds):
        written = _json_object(event["message"])
        # CloudWatch has compared them already; not every emulator does.
        if any(_has(written, fields) for fields in any_of):
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            yield Line(id=event["eventId"], at=instant.text(at), written=written)


def texts(
    deployment: Deployment, group: str, *, since: datetime, any_of: Sequence[str], seconds: float
) -> Iterator[str]:
    """Yield the lines of a log group that contain one of these texts, as they are.

    Raises CutShort after so many seconds.
    """
    pattern = " ".join(f"?{json.dumps(text)}" for text in any_of)
    for event in _events(deployment, group, since, pattern, seconds):
        if any(text in event["message"] for text in any_of):
            yield event["message"]


def _events(
    deployment: Deployment, group: str, since: datetime, pattern: str, seconds: float
) -> Iterator[dict[str, Any]]:
    until = time.monotonic() + seconds
    for page in deployment.pages(
        "logs",
        "filter_log_events",
        logGroupName=group,
        startTime=int(since.timestamp() * 1000),
        filterPattern=pattern,
    ):
        yield from page["events"]
        if page.get("nextToken") and time.monotonic() > until:
            raise CutShort


def _pattern(any_of: Sequence[Fields]) -> str:
    """Return the filter pattern of CloudWatch Logs."""
    return "{ " + " || ".join(f"({_conditions(fields)})" for fields in any_of) + " }"


def _conditions(fields: Fields) -> str:
    return " && ".join(
        f"$.{name} = {json.dumps('*' if value is None else value, ensure_ascii=False)}"
        for name, value in fields.items()
    )


def _json_object(message: str) -> dict[str, Any]:
    """Return the object in a message; an empty one if it holds anything else."""
    try:
        written = json.loads(message)
    except ValueError:
        return {}
    return written if isinstance(written, dict) else {}


def _has(written: Mapping[str, Any], fields: Fields) -> bool:
    """Return whether a line has these fields, with their values."""
    return all(
        isinstance(written.get(name), str) and value in {None, written[name]}
        for name, value in fields.items()
    )

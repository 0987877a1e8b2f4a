"""Logs: what the functions of a deployment have written about events."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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


def lines(
    deployment: Deployment, group: str, *, since: datetime, pattern: str, seconds: float = math.inf
) -> Iterator[Line]:
    """The lines of a log group that match a filter pattern, from a time on, earliest first.

    The pattern is one of JSON fields, which no other line matches. Raises CutShort after so many
    seconds.
    """
    for event in _events(deployment, group, since, pattern, seconds):
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        written = json.loads(event["message"])
        yield Line(id=event["eventId"], at=at.isoformat(), written=written)


def texts(
    deployment: Deployment, group: str, *, since: datetime, pattern: str, seconds: float
) -> Iterator[str]:
    """Yield the lines of a log group that match any filter pattern, as they are.

    Raises CutShort after so many seconds.
    """
    for event in _events(deployment, group, since, pattern, seconds):
        yield event["message"]


def _events(
    deployment: Deployment, group: str, since: datetime, pattern: str, seconds: float
) -> Iterator[dict[str, Any]]:
    until = time.monotonic() + seconds
    pages = (
        deployment.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group, startTime=int(since.timestamp() * 1000), filterPattern=pattern
        )
    )
    for page in pages:
        yield from page["events"]
        if page.get("nextToken") and time.monotonic() > until:
            raise CutShort

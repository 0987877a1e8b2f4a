"""Logs: what the functions of a deployment have written about an event."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from inlet.operations.deployment import Deployment


def lines(
    deployment: Deployment, group: str, *, since: datetime, containing: str
) -> Iterator[dict[str, Any]]:
    """The lines of a log group that hold a text, from a time on, earliest first.

    Each is the JSON object that the function wrote; what is none is passed over.
    """
    pages = (
        deployment.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group,
            startTime=int(since.timestamp() * 1000),
            filterPattern=f'"{containing}"',
        )
    )
    for page in pages:
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except json.JSONDecodeError:
                continue
            if isinstance(line, dict):
                yield line

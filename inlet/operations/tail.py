"""Tail: what the functions of a deployment write about events, as they write it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from inlet.operations.consumers import deployed
from inlet.operations.deployment import Deployment
from inlet.operations.logs import Line, lines
from inlet.operations.providers import provider_named

POLL_SECONDS = 3
"""How long to rest between two looks: CloudWatch takes five questions a second."""
LATE = timedelta(seconds=30)
"""How long a line may take to where it can be read."""


def tail(deployment: Deployment, *, provider: str | None = None) -> Iterator[Line]:
    """The lines of deliveries, releases and consumption from now on, without end."""
    if provider:
        provider_named(provider)
    of_provider = {"provider": provider} if provider else {}
    any_of = [{"message": kind} | of_provider for kind in ("request", "release", "event")]
    groups = [deployment.output("IngestLogs"), *(one.logs for one in deployed(deployment))]
    begun = since = datetime.now(UTC)
    seen: set[str] = set()
    while True:
        now = datetime.now(UTC)
        found = [
            line
            for group in groups
            for line in lines(deployment, group, since=since, any_of=any_of)
        ]
        yield from sorted((line for line in found if line.id not in seen), key=lambda one: one.at)
        seen = {line.id for line in found}
        since = max(begun, now - LATE)
        time.sleep(POLL_SECONDS)

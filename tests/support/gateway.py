"""The input of the ingest function in tests: events of the HTTP API, and Lambda's context."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from inlet.providers import PROVIDERS
from local.http_api import Api, Request, RouteKey, event

API = Api(
    account="123456789012",
    api_id="a1b2c3d4e5",
    domain="a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
    stage="$default",
)

NOW = datetime(2025, 4, 1, 8, tzinfo=UTC)
"""When the door gets every request, in tests."""

RIGHT = {name: (name, f"right-password-of-{name}") for name in PROVIDERS}
"""The user and the generated password of each provider, in tests."""


def basic(username: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"authorization": f"Basic {token}"}


def http_event(
    path: str, body: bytes, headers: dict[str, str], *, request_id: str = "sample-request"
) -> dict[str, Any]:
    """Return the event of a POST to one of the HTTP API's routes."""
    parts = re.fullmatch(r"(/(?:webhooks|oauth2)/[^/]+)(/[^/]+)?", path)
    assert parts
    route = RouteKey(f"POST {parts[1]}{'/{type}' if parts[2] else ''}")
    parameters = route.match("POST", path)
    assert parameters is not None
    request = Request(
        method="POST",
        path=path,
        query="",
        headers=[*headers.items()],
        body=body,
        protocol="HTTP/1.1",
        source_ip="192.0.2.1",
        request_id=request_id,
        seconds=NOW.timestamp(),
    )
    return dict(event(API, route, parameters, request))


@dataclass
class Context:
    """What Lambda tells a function about an invocation."""

    remaining_milliseconds: int = 29_000
    function_name: str = "ingest"
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return self.remaining_milliseconds

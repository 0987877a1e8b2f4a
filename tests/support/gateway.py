"""What API Gateway hands to the ingest function, as its documents show it (payload format 2.0)."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from inlet.providers import PROVIDERS

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
    """An event of the HTTP API for a POST to one of the door's routes."""
    parts = re.fullmatch(r"(/(?:webhooks|oauth2)/[^/]+)(?:/([^/]+))?", path)
    assert parts
    route = parts[1] + ("/{type}" if parts[2] else "")
    event = {
        "version": "2.0",
        "routeKey": f"POST {route}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "http": {"method": "POST", "path": path, "sourceIp": "192.0.2.1"},
            "requestId": request_id,
            "routeKey": f"POST {route}",
            "stage": "$default",
            "timeEpoch": int(NOW.timestamp() * 1000),
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    if parts[2]:
        event["pathParameters"] = {"type": unquote(parts[2])}
    return event


@dataclass
class Context:
    """What Lambda tells a function about an invocation."""

    remaining_milliseconds: int = 29_000
    function_name: str = "ingest"
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return self.remaining_milliseconds

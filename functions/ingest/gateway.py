"""The HTTP API's side of the journey: its event in, the answer it sends out."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inlet.providers import PROVIDERS
from inlet.providers.provider import Provider
from inlet.refusals import Refusal
from inlet.request import Request

ROUTES = {f"POST {route}": provider for provider in PROVIDERS.values() for route in provider.routes}


def provider_of(event: Mapping[str, Any]) -> Provider:
    """The provider at whose route the event came in."""
    return ROUTES[event["routeKey"]]


def request_of(event: Mapping[str, Any]) -> Request:
    """The request in an HTTP API event of payload format 2.0."""
    body = event.get("body") or ""
    context = event["requestContext"]
    return Request(
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        received_at=datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC),
        correlation_id=context["requestId"],
        path_type=event.get("pathParameters", {}).get("type"),
    )


def accepted(body: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a delivery that Inlet has in custody."""
    return _answer(202, "application/json", body)


def refused(refusal: Refusal, instance: str) -> dict[str, Any]:
    """The answer to a refused request: an RFC 9457 problem."""
    return _answer(
        refusal.status, "application/problem+json", refusal.problem(instance), refusal.headers
    )


def _answer(
    status: int,
    content_type: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **(headers or {})},
        "body": json.dumps(body),
    }

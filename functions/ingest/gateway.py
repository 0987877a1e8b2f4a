"""The HTTP API's side of the journey: its event in, the answer it sends out."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from inlet.providers import PROVIDERS
from inlet.refusals import Refusal
from inlet.request import Request

Text = TypeVar("Text", str, str | None)

ROUTES = {
    f"POST {path}": provider.name
    for provider in PROVIDERS.values()
    for path in provider.routes + provider.oauth2_routes
}


def provider_of(event: Mapping[str, Any]) -> str:
    """The name of the provider at whose route the event came in."""
    return ROUTES[event["routeKey"]]


def request_id_of(event: Mapping[str, Any], otherwise: str) -> str:
    """The door's own id of a request, which emulators of API Gateway may leave out."""
    return str((event.get("requestContext") or {}).get("requestId") or otherwise)


def request_of(event: Mapping[str, Any], correlation_id: str) -> Request:
    """The request in an HTTP API event of payload format 2.0, received when the door got it."""
    body = event.get("body") or ""
    context = event.get("requestContext") or {}
    return Request(
        body=_bytes(body, is_base64=bool(event.get("isBase64Encoded"))),
        headers={
            _characters(name.lower()): _characters(str(value))
            for name, value in (event.get("headers") or {}).items()
            if value is not None
        },
        received_at=_received_at(context),
        correlation_id=correlation_id,
        path_type=_characters((event.get("pathParameters") or {}).get("type")),
        address=(context.get("http") or {}).get("sourceIp") or "",
        authorized=_authorized(event),
    )


def _authorized(event: Mapping[str, Any]) -> bool | None:
    """Whether the HTTP API's JWT authorizer let the event in; None where it has none to pass."""
    if not event["routeKey"].startswith("POST /oauth2/"):
        return None
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    return bool((authorizer.get("jwt") or {}).get("claims"))


def _bytes(body: str, *, is_base64: bool) -> bytes:
    """The body as it was sent; what is no text stays none, to be refused where it is read.

    Raises ValueError where it is said to be base64 and is not: what was sent is lost then.
    """
    if is_base64:
        return base64.b64decode(body, validate=True)
    return body.encode(errors="surrogatepass")


def _characters(text: Text) -> Text:
    """A text without halves of surrogate pairs, which are no characters and cannot be kept."""
    return text and text.encode(errors="replace").decode()


def _received_at(context: Mapping[str, Any]) -> datetime:
    """When the door got the request; emulators of API Gateway may not say, and then it is now."""
    if "timeEpoch" not in context:
        return datetime.now(UTC)
    return datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC)


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

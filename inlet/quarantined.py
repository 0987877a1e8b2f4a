"""Quarantined: a request that was refused after it was authenticated, as it is kept."""

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from inlet.content_encoding import decoded
from inlet.media_type import content_encoding, media_type
from inlet.provider import Provider
from inlet.refusals import Problem, Refusal
from inlet.request import Request

CREDENTIAL_WORDS = (
    "auth",
    "cookie",
    "credential",
    "hmac",
    "jwt",
    "key",
    "pass",
    "secret",
    "session",
    "signature",
    "token",
)
"""What the names of headers have in them that are left out, besides those of the keys we know."""


def content_id(provider: Provider, request: Request) -> str:
    """Return the id of a rejected content, the same however often it is sent.

    It is the content's hash. Where the provider derives event ids, `-` and the UTC day of receipt
    follow: an equal body on another day can be another event.
    """
    identifier = request_hash(provider, request)
    if provider.derives_event_ids:
        identifier += f"-{request.received_at.astimezone(UTC):%Y-%m-%d}"
    return identifier


def request_hash(provider: Provider, request: Request) -> str:
    """Return a hash of everything besides the day that decides about a request, 32 hex digits.

    That is the body and how it is parsed: provider, type in the path, media type, content encoding,
    and the headers with the event id.
    """
    sent = media_type(request.headers)
    beside = (
        provider.name,
        request.path_type or "",
        *(request.headers.get(name, "") for name in provider.id_headers),
        "application/json" if sent is None else sent,
        content_encoding(request.headers),
    )
    digest = hashlib.sha256()
    for part in (*(text.encode(errors="surrogatepass") for text in beside), request.body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def object_key(provider: str, identifier: str) -> str:
    """The key of the object in which a content is kept."""
    return f"{provider}/{identifier}.json"


def outcome_key(provider: str, identifier: str) -> str:
    """The key of the object beside it, with what became of its last release."""
    return f"{provider}/{identifier}.outcome.json"


def count_id(provider: str, identifier: str) -> str:
    """The id of the item that counts a content, in the table of deliveries."""
    return f"quarantine#{provider}#{identifier}"


class ReleaseOptions(BaseModel):
    """How a quarantined request is released, as an operator chooses.

    With `as_json` the request counts as `application/json`, whatever its content type is. With
    `accept_conflict` it is published although its event id has another content.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    as_json: bool = False
    accept_conflict: bool = False


class Quarantined(BaseModel):
    """A refused request: its original bytes in base64, its headers without credentials, and why.

    `path_type` is the event type of the path, where it carries one. `problems` name fields and
    quote no value. Times are in UTC.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, hide_input_in_errors=True
    )

    version: Literal["1"] = "1"
    provider: str
    path_type: str | None
    received_at: datetime
    correlation_id: str
    reason: str
    detail: str
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = Field(repr=False)
    body: str = Field(repr=False)

    @classmethod
    def of(
        cls, provider: Provider, request: Request, refusal: Refusal, key_headers: Collection[str]
    ) -> Self:
        """What is kept of a refused request; `key_headers` are those that may hold a key."""
        return cls(
            provider=provider.name,
            path_type=request.path_type,
            received_at=request.received_at,
            correlation_id=request.correlation_id,
            reason=refusal.reason,
            detail=refusal.detail,
            problems=refusal.problems,
            headers={
                name: value
                for name, value in request.headers.items()
                if name in provider.id_headers
                or (name not in key_headers and not any(w in name for w in CREDENTIAL_WORDS))
            },
            body=base64.b64encode(request.body).decode(),
        )

    @property
    def request(self) -> Request:
        """The request as it came, but for its credentials."""
        return Request(
            body=base64.b64decode(self.body),
            headers=self.headers,
            received_at=self.received_at,
            correlation_id=self.correlation_id,
            path_type=self.path_type,
        )

    def to_release(self, *, as_json: bool) -> Request:
        """Return the request with its body decoded, and as JSON if asked.

        Raises NotJsonContent if the body cannot be decoded.
        """
        request = self.request
        headers = dict(request.headers)
        body = decoded(request.body, content_encoding(headers))
        headers.pop("content-encoding", None)
        if as_json:
            headers["content-type"] = "application/json"
        return replace(request, body=body, headers=headers)

    def json_text(self) -> str:
        """The document in which it is kept."""
        return self.model_dump_json(by_alias=True)

    def told(self) -> dict[str, Any]:
        """All but the headers and the body, for people."""
        return self.model_dump(mode="json", by_alias=True, exclude={"headers", "body"})

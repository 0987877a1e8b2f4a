"""Send: post a sample as its provider would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from inlet.authentication import Credentials
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.oauth2 import token
from inlet.operations.samples import Sample
from inlet.providers import PROVIDERS
from inlet.request import Request

WRONG = Credentials.parse('{"generated": "a wrong one"}', "nobody")
"""Credentials of every kind that no deployment has."""


@dataclass(frozen=True)
class Answer:
    """What the door said: its status and its body, read where it is JSON."""

    url: str
    status: int
    body: Any


class Sent(Protocol):
    """What is sent, but for what proves who sent it: `credentials` says how well that is done."""

    @property
    def provider(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def credentials(self) -> str: ...


def door_address(url: str) -> str:
    """The address of a door, given that or a webhook URL of it."""
    return url.partition("/webhooks/")[0].rstrip("/")


def send(sample: Sample, url: str, credentials: Credentials) -> Answer:
    """Post a sample to a door, with credentials that are spoilt or left out where it says so.

    `url` is the door's address or a webhook URL of it.
    """
    target = door_address(url) + sample.request["path"]
    return _post(sample, target, headers(sample, credentials, datetime.now(UTC)))


def send_with_token(sample: Sample, deployment: Deployment) -> Answer:
    """Post a sample to its provider's route of OAuth2, with a token as with credentials."""
    proof = token(deployment, sample.provider) if sample.credentials == "right" else "a wrong one"
    url = deployment.output(f"{sample.provider.capitalize()}OAuth2Url")
    path = sample.request["path"].replace("/webhooks/", "/oauth2/", 1)
    sent = dict(sample.headers)
    if sample.credentials != "none":
        sent["authorization"] = f"Bearer {proof}"
    return _post(sample, url.partition("/oauth2/")[0] + path, sent)


def _post(sample: Sample, target: str, sent: dict[str, str]) -> Answer:
    try:
        response = httpx.post(
            target,
            content=sample.body,
            headers=sent,
            timeout=35,  # longer than the HTTP API waits for the function
        )
    except httpx.HTTPError as error:
        raise OperationError(f"{target} cannot be reached: {error}.") from None
    try:
        body = response.json()
    except json.JSONDecodeError:
        body = response.text
    return Answer(url=target, status=response.status_code, body=body)


def headers(sent: Sent, credentials: Credentials, now: datetime) -> dict[str, str]:
    """The headers that the provider would send with it now, its proof among them."""
    own = dict(sent.headers)
    if sent.credentials == "none":
        return own
    if sent.credentials == "wrong":
        credentials = WRONG
    request = Request(body=sent.body, headers=own, received_at=now, correlation_id="")
    try:
        proof = PROVIDERS[sent.provider].authentication.prove(request, credentials)
    except LookupError as error:
        raise OperationError(
            f"The secret of {sent.provider} holds {error.args[0]}: inlet credentials add makes one."
        ) from None
    return {**own, **proof}

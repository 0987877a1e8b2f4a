"""Send: post a sample as its provider would."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from inlet.authentication import Credentials
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.samples import Sample


@dataclass(frozen=True)
class Answer:
    """What the door said: its status and its body, read where it is JSON."""

    url: str
    status: int
    body: Any


def credentials_of(deployment: Deployment, provider: str) -> tuple[str, str]:
    """A user name and a password that the deployment takes from a provider."""
    arn = deployment.output(f"{provider.capitalize()}CredentialsArn")
    secret = deployment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    basic = Credentials.parse(secret, provider).basic
    if not basic:
        raise OperationError(
            f"The secret of {provider} holds no user and password: add one to it ({arn})."
        )
    return basic[-1].username, basic[-1].password.get_secret_value()


def send(sample: Sample, url: str, user: tuple[str, str] | None) -> Answer:
    """Post a sample to a door.

    `url` is the door's address or a webhook URL of it; `user` is who the provider is there, and
    is left out or spoilt where the sample says so.
    """
    target = url.partition("/webhooks/")[0].rstrip("/") + sample.request["path"]
    if user and sample.credentials == "wrong":
        user = (user[0], f"not-{user[1]}")
    try:
        response = httpx.post(
            target,
            content=sample.body,
            headers=dict(sample.request["headers"]),
            auth=None if sample.credentials == "none" else user,
            timeout=35,  # longer than the HTTP API waits for the function
        )
    except httpx.HTTPError as error:
        raise OperationError(f"{target} cannot be reached: {error}.") from None
    try:
        body = response.json()
    except json.JSONDecodeError:
        body = response.text
    return Answer(url=target, status=response.status_code, body=body)

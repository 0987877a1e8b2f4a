"""The door, from outside: where a canary is posted as its provider would post it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from inlet.authentication import Credentials
from inlet.canary import PROVIDER, Canary
from inlet.providers import PROVIDERS
from inlet.request import Request

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

SECONDS = 30
"""How long an answer is waited for: as long as the HTTP API waits for its function."""


class Door:
    """The webhook URL of the canary's provider, and the secret with that provider's credentials."""

    def __init__(self, client: "SecretsManagerClient", secret: str, url: str) -> None:
        self._client = client
        self._secret = secret
        self._url = url

    def post(self, canary: Canary) -> int:
        """Post a canary; the status of the answer. Raises whatever hinders it."""
        headers = {"content-type": "application/json", "webhook-id": canary.event_id}
        request = HttpRequest(  # noqa: S310 - our own door
            self._url, data=canary.body, headers=headers | self._proof(canary, headers)
        )
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
                return int(answer.status)
        except HTTPError as refused:
            with refused:
                return refused.code

    def _proof(self, canary: Canary, headers: dict[str, str]) -> dict[str, str]:
        """The headers that prove it, made with what the secret holds now."""
        secret = self._client.get_secret_value(SecretId=self._secret)["SecretString"]
        request = Request(
            body=canary.body, headers=headers, received_at=datetime.now(UTC), correlation_id=""
        )
        credentials = Credentials.parse(secret, PROVIDER)
        return dict(PROVIDERS[PROVIDER].authentication.prove(request, credentials))

"""Credentials: each provider's secret, remembered for a few minutes."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from inlet.authentication import Credentials
from inlet.refusals import Unavailable

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

REMEMBER_SECONDS = 300
"""How long a credential that was taken out of the secret may still pass."""


class ProviderCredentials:
    """The credentials of every provider, by its name.

    `secrets` is a JSON object of provider names and secret ARNs; `clock` gives seconds.
    """

    def __init__(
        self,
        client: "SecretsManagerClient",
        secrets: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._arns: dict[str, str] = json.loads(secrets)
        self._clock = clock
        self._remembered: dict[str, tuple[float, Credentials]] = {}

    def of(self, provider: str) -> Credentials:
        """What the provider may prove itself with.

        Raises Unavailable where the secret cannot be read or is not what it should be: that is
        no fault of the sender's.
        """
        read_at, credentials = self._remembered.get(provider, (0.0, None))
        if credentials is None or self._clock() - read_at > REMEMBER_SECONDS:
            credentials = self._fetch(provider)
            self._remembered[provider] = (self._clock(), credentials)
        return credentials

    def _fetch(self, provider: str) -> Credentials:
        try:
            secret = self._client.get_secret_value(SecretId=self._arns[provider])["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("The credentials cannot be read at the moment.") from error
        try:
            return Credentials.parse(secret, provider)
        except ValueError:
            # Without its cause: pydantic's message would quote the secret.
            raise Unavailable("The provider's secret is not what it should be.") from None

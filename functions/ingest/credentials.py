"""Credentials: each provider's secret, remembered for a few minutes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.telemetry import failure, logger
from inlet.authentication import Credentials
from inlet.provider import Provider
from inlet.refusals import NotAuthenticated, Unavailable
from inlet.request import Request

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

REMEMBER_SECONDS = 300
"""How long a credential that was taken out of the secret may still pass."""
ASK_SECONDS = 10
"""How long to go by what was last heard, mismatches and failures included: a stranger cannot make
us ask more often, and a credential that was just added works after that time."""


@dataclass(slots=True)
class Remembered:
    """What a provider's secret held when it was last read, and when it was last asked for."""

    credentials: Credentials
    read_at: float
    asked_at: float


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
        self._remembered: dict[str, Remembered] = {}

    def reads(self) -> Iterator[Callable[[], object]]:
        """What reads the secret of each provider, and raises Unavailable where it cannot."""
        return (partial(self._read, provider) for provider in self._arns)

    def forget(self) -> None:
        """Know nothing of any secret until it is read again."""
        self._remembered.clear()

    def check(self, provider: Provider, request: Request) -> str:
        """The label of the credential that the request proves.

        What is remembered is enough for a yes; a no rests on what the secret holds now. Raises
        NotAuthenticated, or Unavailable where the secret cannot be read or is not what it should
        be: that is no fault of the sender's.
        """
        check = provider.authentication.check
        try:
            return check(request, self._known(provider.name))
        except NotAuthenticated:
            return check(request, self._latest(provider.name))

    def key_headers(self, provider: str) -> frozenset[str]:
        """The headers in which the provider may send a key. Raises Unavailable as `check` does."""
        return frozenset(key.header for key in self._known(provider).api_key)

    def _known(self, provider: str) -> Credentials:
        """What was read in the last minutes, or before that where it cannot be read now."""
        known = self._remembered.get(provider)
        if known is None:
            return self._read(provider)
        if self._clock() - known.read_at > REMEMBER_SECONDS and self._may_ask(known):
            try:
                return self._read(provider)
            except Unavailable as unavailable:
                logger.warning("credentials", extra={"provider": provider, **failure(unavailable)})
        return known.credentials

    def _latest(self, provider: str) -> Credentials:
        """What was read in the last seconds: what is older may not know the sender yet."""
        known = self._remembered[provider]
        if self._may_ask(known):
            return self._read(provider)
        if known.asked_at > known.read_at:
            raise Unavailable("The credentials could not be read a moment ago.")
        return known.credentials

    def _may_ask(self, known: Remembered) -> bool:
        return self._clock() - known.asked_at > ASK_SECONDS

    def _read(self, provider: str) -> Credentials:
        now = self._clock()
        if provider in self._remembered:
            self._remembered[provider].asked_at = now
        try:
            secret = self._client.get_secret_value(SecretId=self._arns[provider])["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("The credentials cannot be read at the moment.") from error
        try:
            credentials = Credentials.parse(secret, provider)
        except ValueError:
            # Without its cause: pydantic's message would quote the secret.
            raise Unavailable("The provider's secret is not what it should be.") from None
        for one in credentials.signing:
            if one.is_short:
                logger.warning(
                    "short signing key", extra={"provider": provider, "label": one.label}
                )
        self._remembered[provider] = Remembered(credentials, read_at=now, asked_at=now)
        return credentials

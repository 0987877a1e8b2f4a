"""Authentication: does a request prove that it comes from the provider?

Pure: headers and credentials in, the label of the credential that matched out, or NotAuthenticated.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from inlet.refusals import NotAuthenticated

Secret = Annotated[SecretStr, Field(min_length=1)]
HeaderName = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9-]+$")]


class BasicCredential(BaseModel):
    """A user name and a password for HTTP Basic."""

    label: str
    username: str
    password: Secret


class ApiKey(BaseModel):
    """A value that a header must carry."""

    label: str
    header: HeaderName
    value: Secret


class Credentials(BaseModel):
    """All that a provider may prove itself with: any one of them is enough, none means nobody is.

    `generated` is the password that was made with the stage; its user is the provider's name.
    """

    model_config = ConfigDict(extra="forbid")

    basic: tuple[BasicCredential, ...] = ()
    api_key: tuple[ApiKey, ...] = Field(default=(), alias="apiKey")
    generated: Secret | None = None

    @classmethod
    def parse(cls, secret: str, provider: str) -> "Credentials":
        """Read a provider's secret. Raises ValueError where it is not what this class describes."""
        credentials = cls.model_validate(json.loads(secret))
        if credentials.generated is None:
            return credentials
        generated = BasicCredential(
            label="generated", username=provider, password=credentials.generated
        )
        return cls(basic=(*credentials.basic, generated), apiKey=credentials.api_key)


def authenticate(headers: Mapping[str, str], credentials: Credentials) -> str:
    """The label of the credential that the headers prove.

    Every credential is compared, in constant time, whichever matches: how long it takes tells
    nothing. Raises NotAuthenticated, whose detail does not tell what was nearly right.
    """
    matched = [label for label, same in _comparisons(headers, credentials) if same]
    if not matched:
        raise NotAuthenticated("The request carries no credentials that this provider has here.")
    return matched[0]


def _comparisons(
    headers: Mapping[str, str], credentials: Credentials
) -> Iterator[tuple[str, bool]]:
    sent = _basic(headers.get("authorization", ""))
    for basic in credentials.basic:
        expected = f"{basic.username}:{basic.password.get_secret_value()}".encode()
        yield basic.label, _same(sent, expected)
    for key in credentials.api_key:
        sent_key = headers.get(key.header, "").encode()
        yield key.label, _same(sent_key, key.value.get_secret_value().encode())


def _basic(authorization: str) -> bytes:
    """The `user:password` of a Basic header, empty where it has none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _same(sent: bytes, expected: bytes) -> bool:
    """Equal, in a time that depends neither on the values nor on their lengths' difference."""
    return hmac.compare_digest(hashlib.sha256(sent).digest(), hashlib.sha256(expected).digest())

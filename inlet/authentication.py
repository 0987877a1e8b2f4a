"""Authentication: does a request prove that it comes from the provider?

Pure: a request and credentials in, the label of the credential that matched out, or
NotAuthenticated.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

from inlet.refusals import NotAuthenticated
from inlet.request import Request

Kind = TypeVar("Kind")
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Secret = Annotated[SecretStr, Field(min_length=1)]
HeaderName = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9-]+$")]

CredentialKind = Literal["basic", "apiKey", "signing"]
"""A list of a provider's secret."""

GENERATED = "generated"
"""The label of what was made with the stage."""

SIGNING_PREFIX = "whsec_"
"""How signing secrets begin, so that people see what they are; it is no part of the key."""

MIN_KEY_BYTES = 24
"""The shortest signing key that Standard Webhooks allows. A shorter one works, with a warning."""


class BasicCredential(BaseModel):
    """A user name and a password for HTTP Basic."""

    model_config = ConfigDict(hide_input_in_errors=True)

    label: Label
    username: str
    password: Secret


class ApiKey(BaseModel):
    """A value that a header must carry."""

    model_config = ConfigDict(hide_input_in_errors=True)

    label: Label
    header: HeaderName
    value: Secret


class SigningSecret(BaseModel):
    """What a provider signs its requests with: base64 of the key, which may begin with `whsec_`.

    The padding of the base64 is optional.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    label: Label
    secret: Secret

    @property
    def key(self) -> bytes:
        """The key itself."""
        encoded = self.secret.get_secret_value().removeprefix(SIGNING_PREFIX)
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)

    @property
    def is_short(self) -> bool:
        """Whether the key is shorter than Standard Webhooks allows."""
        return len(self.key) < MIN_KEY_BYTES

    @field_validator("secret")
    @classmethod
    def _has_a_key(cls, secret: SecretStr) -> SecretStr:
        if not cls.model_construct(label="", secret=secret).key:
            raise ValueError("the key is empty")
        return secret


class Credentials(BaseModel):
    """All that a provider may prove itself with: any one of them is enough, none means nobody is.

    Each is in the list of its kind, under a label of its own. `generated` is what was made with
    the stage: the password of a user with the provider's name, and the bytes of a signing key.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    basic: tuple[BasicCredential, ...] = ()
    api_key: tuple[ApiKey, ...] = Field(default=(), alias="apiKey")
    signing: tuple[SigningSecret, ...] = ()
    generated: Secret | None = None

    @classmethod
    def parse(cls, secret: str, provider: str) -> "Credentials":
        """Read a provider's secret. Raises ValueError where it is not what this class describes.

        What was generated comes first in its lists: whatever was added is later.
        """
        credentials = cls.model_validate(json.loads(secret))
        if credentials.generated is None:
            return credentials
        made = credentials.generated
        basic = BasicCredential(label=GENERATED, username=provider, password=made)
        key = base64.b64encode(made.get_secret_value().encode()).decode()
        signing = SigningSecret(label=GENERATED, secret=SecretStr(SIGNING_PREFIX + key))
        return cls(
            basic=(basic, *credentials.basic),
            apiKey=credentials.api_key,
            signing=(signing, *credentials.signing),
        )

    def hidden(self, text: str) -> "Credentials":
        """These, to be shown: with a text in the place of every secret."""
        shown = SecretStr(text)
        return Credentials.model_construct(
            basic=tuple(b.model_copy(update={"password": shown}) for b in self.basic),
            api_key=tuple(k.model_copy(update={"value": shown}) for k in self.api_key),
            signing=tuple(s.model_copy(update={"secret": shown}) for s in self.signing),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """A way to prove who sent a request.

    `check` gives the label of the credential that a request proves, or raises NotAuthenticated;
    its detail does not tell what was nearly right. `prove` is the provider's side of it: the
    headers that it would add, or LookupError where the credentials hold none of this kind. `kinds`
    are those that `check` goes by; where nobody says which, one of the first is added. `headers`
    are those that every request must have for it, each with its JSON Schema.
    """

    check: Callable[[Request, Credentials], str]
    prove: Callable[[Request, Credentials], Mapping[str, str]]
    kinds: tuple[CredentialKind, ...]
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def latest(credentials: Sequence[Kind], kind: str) -> Kind:
    """The last of a list, which a provider is given. Raises LookupError, naming the kind."""
    if not credentials:
        raise LookupError(f"no {kind}")
    return credentials[-1]


def matching_label(comparisons: Iterable[tuple[str, bool]]) -> str:
    """The first label whose comparison held. Raises NotAuthenticated where none did.

    Every comparison is made, whichever holds: how long it takes tells nothing.
    """
    matched = [label for label, same in comparisons if same]
    if not matched:
        raise NotAuthenticated("The request carries no credentials that this provider has here.")
    return matched[0]


def same(sent: bytes, expected: bytes) -> bool:
    """Equal, in a time that depends neither on the values nor on their lengths' difference."""
    return hmac.compare_digest(hashlib.sha256(sent).digest(), hashlib.sha256(expected).digest())


def _check(request: Request, credentials: Credentials) -> str:
    return matching_label(_comparisons(request.headers, credentials))


def _comparisons(
    headers: Mapping[str, str], credentials: Credentials
) -> Iterator[tuple[str, bool]]:
    sent = _basic(headers.get("authorization", ""))
    for basic in credentials.basic:
        expected = f"{basic.username}:{basic.password.get_secret_value()}".encode()
        yield basic.label, same(sent, expected)
    for key in credentials.api_key:
        sent_key = headers.get(key.header, "").encode(errors="surrogatepass")
        yield key.label, same(sent_key, key.value.get_secret_value().encode())


def _basic(authorization: str) -> bytes:
    """The `user:password` of a Basic header, empty where it has none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _prove(_request: Request, credentials: Credentials) -> Mapping[str, str]:
    if credentials.api_key and not credentials.basic:
        key = credentials.api_key[-1]
        return {key.header: key.value.get_secret_value()}
    user = latest(credentials.basic, "user and password")
    pair = f"{user.username}:{user.password.get_secret_value()}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


BASIC_OR_KEY = Authentication(check=_check, prove=_prove, kinds=("basic", "apiKey"))
"""HTTP Basic, or a key in a header that the credential names."""

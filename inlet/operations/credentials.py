"""Credentials: what a provider may prove itself with, to be seen, added to and retired.

No value is in an error or a `repr`.
"""

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr, ValidationError

from inlet.authentication import (
    GENERATED,
    SIGNING_PREFIX,
    CredentialKind,
    Credentials,
    SigningSecret,
)
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.providers import provider_named
from inlet.providers import PROVIDERS

ATTEMPTS = 5
"""How often to begin anew where others change the secret at the same time."""

LABEL = re.compile(r"[!-~]([ -~]{0,62}[!-~])?")
"""What a new label may be. CloudWatch takes nothing else as a metric's dimension."""

TAKEN = (GENERATED, "oauth2")
"""Labels that the log has for something else: what was made with the stage, and tokens."""

WRONG_FIELDS = {
    "header": "A header's name has letters, digits and hyphens only.",
    "secret": f"A signing secret is base64 of a key, and may begin with {SIGNING_PREFIX}.",
}
"""What is wrong with a new credential, by the field of its model."""

Held = dict[str, Any]
"""A provider's secret as it is written, with what Inlet does not read in its entries too."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A credential: a user has a name, a key has a header, and each has a value."""

    kind: CredentialKind
    label: str
    username: str | None = None
    header: str | None = None
    value: SecretStr


def credentials_of(deployment: Deployment, provider: str) -> Credentials:
    """What the deployment takes from a provider."""
    arn = secret_arn(deployment, provider)
    found = deployment.client("secretsmanager").get_secret_value(SecretId=arn)
    return _parsed(found.get("SecretString", ""), provider)


def secret_arn(deployment: Deployment, provider: str) -> str:
    """Where a provider's secret is."""
    return deployment.output(f"{provider_named(provider).name.capitalize()}CredentialsArn")


def listed(deployment: Deployment, provider: str) -> list[Listed]:
    """The credentials of a provider, kind by kind, with the one that was added last at the end.

    What was generated is listed where the provider uses it.
    """
    kinds = provider_named(provider).authentication.kinds
    return [
        one
        for one in _listed(credentials_of(deployment, provider))
        if one.kind in kinds or one.label != GENERATED
    ]


def new(
    provider: str,
    label: str,
    *,
    kind: CredentialKind | None = None,
    name: str | None = None,
    value: str | None = None,
) -> Listed:
    """A credential to add, of a kind that the provider uses, the first of them unless told.

    `name` is that of the user or of the key's header, otherwise the provider's or `x-api-key`. A
    value is made where none is given.
    """
    kinds = provider_named(provider).authentication.kinds
    kind = kind or kinds[0]
    if kind not in kinds:
        raise OperationError(f"{provider} does not use {kind}: it uses {' or '.join(kinds)}.")
    if label in TAKEN or not LABEL.fullmatch(label):
        raise OperationError(
            "A label has 1 to 64 printable ASCII characters, with no space at its ends, and is none"
            f" of {', '.join(TAKEN)}."
        )
    if name and (":" in name or not name.isprintable()):
        raise OperationError("The name of a user has no colon and no control characters.")
    made = Listed(
        kind=kind,
        label=label,
        username=(name or provider) if kind == "basic" else None,
        header=(name or "x-api-key") if kind == "apiKey" else None,
        value=SecretStr(value or _made(kind)),
    )
    try:
        Credentials.model_validate({kind: [_written(made)]})
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][-1])
        raise OperationError(WRONG_FIELDS[field]) from None
    return made


def has_short_key(credential: Listed) -> bool:
    """Return whether it is a signing key that is shorter than Standard Webhooks allows."""
    if credential.kind != "signing":
        return False
    return SigningSecret(label=credential.label, secret=credential.value).is_short


def add(deployment: Deployment, provider: str, credential: Listed) -> None:
    """Add a credential to the secret, as the last of its kind."""

    def changed(held: Held) -> Held:
        if credential.label in _labels(held):
            raise OperationError(
                f"The secret of {provider} has a label {credential.label} already."
            )
        kind = credential.kind
        return held | {kind: [*held.get(kind, ()), _written(credential)]}

    _change(deployment, provider, changed)


def retire(deployment: Deployment, provider: str, label: str, *, last: bool = False) -> None:
    """Take a credential out of the secret. The last that lets the provider in stays, unless told.

    What was generated is not made again.
    """

    def changed(held: Held) -> Held:
        if label not in _labels(held):
            raise OperationError(f"The secret of {provider} has no label {label}.")
        left = {
            kind: [one for one in entries if one["label"] != label]
            for kind, entries in held.items()
            if kind != GENERATED
        }
        if held.get(GENERATED) and label != GENERATED:
            left[GENERATED] = held[GENERATED]
        if not last and _lets_in(held, provider) and not _lets_in(left, provider):
            raise OperationError(
                f"{label} is the last that lets {provider} in: add another first, or say --last to"
                " let nobody in."
            )
        return left

    _change(deployment, provider, changed)


def _change(deployment: Deployment, provider: str, changed: Callable[[Held], Held]) -> None:
    """Change the secret, anew where somebody else has changed it since it was read.

    The new version waits beside the current one, until the label of the current one is moved from
    the version that was read: Secrets Manager refuses that where the label is elsewhere by now.
    """
    arn = secret_arn(deployment, provider)
    client = deployment.client("secretsmanager")
    written = None
    for _ in range(ATTEMPTS):
        found = client.get_secret_value(SecretId=arn)
        if found["VersionId"] == written:  # the label was moved, and only the answer was lost
            return
        _parsed(found.get("SecretString", ""), provider)
        written = client.put_secret_value(
            SecretId=arn,
            SecretString=json.dumps(changed(json.loads(found["SecretString"]))),
            VersionStages=["AWSPENDING"],
        )["VersionId"]
        try:
            client.update_secret_version_stage(
                SecretId=arn,
                VersionStage="AWSCURRENT",
                RemoveFromVersionId=found["VersionId"],
                MoveToVersionId=written,
            )
        except client.exceptions.InvalidParameterException:
            continue
        return
    raise OperationError(
        f"The secret of {provider} is being changed by others, and was left to them: try again."
    )


def _parsed(secret: str, provider: str) -> Credentials:
    """A secret, or what is wrong with it and where, without a word of what it holds."""
    try:
        return Credentials.parse(secret, provider)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        where = "; ".join(": ".join([*map(str, p["loc"]), p["msg"]]) for p in problems)
    except ValueError:
        where = "it is not JSON"
    raise OperationError(f"The secret of {provider} is not what it should be: {where}.")


def _listed(credentials: Credentials) -> Iterator[Listed]:
    for user in credentials.basic:
        yield Listed(kind="basic", label=user.label, username=user.username, value=user.password)
    for key in credentials.api_key:
        yield Listed(kind="apiKey", label=key.label, header=key.header, value=key.value)
    for one in credentials.signing:
        yield Listed(kind="signing", label=one.label, value=one.secret)


def _written(one: Listed) -> dict[str, str]:
    """A credential as the secret holds it."""
    value = one.value.get_secret_value()
    own = {
        "basic": {"username": one.username or "", "password": value},
        "apiKey": {"header": one.header or "", "value": value},
        "signing": {"secret": value},
    }
    return {"label": one.label, **own[one.kind]}


def _labels(held: Held) -> set[str]:
    """Every label of a secret."""
    entries = {one["label"] for kind, of in held.items() if kind != GENERATED for one in of}
    return entries | ({GENERATED} if held.get(GENERATED) else set())


def _lets_in(held: Held, provider: str) -> bool:
    """Whether any credential is of a kind that the provider uses."""
    kinds = PROVIDERS[provider].authentication.kinds
    credentials = Credentials.parse(json.dumps(held), provider)
    return any(one.kind in kinds for one in _listed(credentials))


def _made(kind: CredentialKind) -> str:
    """A new value of a kind, which nobody can guess."""
    if kind == "signing":
        return SIGNING_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)

"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, as sent.

Senders on Svix use the same scheme with header names of their own.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from inlet.authentication import (
    Authentication,
    Credentials,
    SigningSecret,
    latest,
    matching_label,
    same,
)
from inlet.refusals import NotAuthenticated
from inlet.request import Request
from inlet.subject import MAX_ID_BYTES


class Family(NamedTuple):
    """The names of the three headers of a signed message."""

    event_id: str
    timestamp: str
    signatures: str


WEBHOOK = Family("webhook-id", "webhook-timestamp", "webhook-signature")
SVIX = Family("svix-id", "svix-timestamp", "svix-signature")
FAMILIES = (WEBHOOK, SVIX)
ID_HEADERS = tuple(family.event_id for family in FAMILIES)

VERSION = "v1,"
"""How a symmetric signature begins; those of other versions are passed over."""

WINDOW_SECONDS = 300
"""How far the time of sending may be from the time of receipt, to either side."""


def event_ids(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the event ids that were sent, by the names of their headers."""
    return {name: headers[name] for name in ID_HEADERS if headers.get(name)}


def _check(request: Request, credentials: Credentials) -> str:
    """Return the label of the secret that one of the request's signatures was made with.

    One complete family of headers is enough. Every event id that was sent must be the same, so
    that the id is always the signed one.
    """
    missing = [[name for name in family if not request.headers.get(name)] for family in FAMILIES]
    if all(missing):
        fewest = min(missing, key=len)
        raise NotAuthenticated(f"The request has no header {' and no header '.join(fewest)}.")
    ids = event_ids(request.headers)
    if len(set(ids.values())) > 1:
        raise NotAuthenticated(f"The headers {' and '.join(ids)} hold different event ids.")
    complete = [family for family, names in zip(FAMILIES, missing, strict=True) if not names]
    recent = [family for family in complete if _is_recent(request, family)]
    if not recent:
        raise NotAuthenticated(
            f"The time in {complete[0].timestamp} is not within five minutes of the time of"
            " receipt."
        )
    return matching_label(
        one for family in recent for one in _comparisons(request, family, credentials.signing)
    )


def _comparisons(
    request: Request, family: Family, secrets: Sequence[SigningSecret]
) -> Iterator[tuple[str, bool]]:
    """Each secret with each signature of a family, made of that family's id and time."""
    sent = list(_signatures(request.headers[family.signatures]))
    for secret in secrets:
        expected = _signature(request.body, request.headers, family, secret)
        yield secret.label, any([same(one, expected) for one in sent])  # noqa: C419 - all of them


def _signatures(header: str) -> Iterator[bytes]:
    for one in header.split():
        if one.startswith(VERSION):
            try:
                yield base64.b64decode(one.removeprefix(VERSION), validate=True)
            except (binascii.Error, ValueError):
                continue  # it is no signature, and another one may be


def _signature(
    body: bytes, headers: Mapping[str, str], family: Family, secret: SigningSecret
) -> bytes:
    signed = f"{headers[family.event_id]}.{headers[family.timestamp]}."
    return hmac.digest(secret.key, signed.encode(errors="surrogatepass") + body, hashlib.sha256)


def _is_recent(request: Request, family: Family) -> bool:
    sent_at = request.headers[family.timestamp]
    if not re.fullmatch(r"[0-9]{1,12}", sent_at):
        return False
    return abs(request.received_at.timestamp() - int(sent_at)) <= WINDOW_SECONDS


def _prove(request: Request, credentials: Credentials) -> Mapping[str, str]:
    """The headers of a message that is sent at the time that the request says.

    They are of the family that the request's event id is of.
    """
    secret = latest(credentials.signing, "signing secret")
    family = next((one for one in FAMILIES if one.event_id in request.headers), WEBHOOK)
    sent_at = {family.timestamp: str(int(request.received_at.timestamp()))}
    digest = _signature(request.body, {**request.headers, **sent_at}, family, secret)
    return {**sent_at, family.signatures: f"{VERSION}{base64.b64encode(digest).decode()}"}


SIGNATURE = Authentication(
    check=_check,
    prove=_prove,
    kinds=("signing",),
    headers={
        WEBHOOK.event_id: {
            "type": "string",
            "pattern": f"^[!-~]{{1,{MAX_ID_BYTES}}}$",
            "description": (
                "The event's id, the same when it is sent again. The headers `svix-id`,"
                " `svix-timestamp` and `svix-signature` are accepted in place of the three"
                " `webhook-` headers. If both ids are sent, they must be equal."
            ),
        },
        WEBHOOK.timestamp: {
            "type": "string",
            "pattern": "^[0-9]{1,12}$",
            "description": "Seconds since 1970, within five minutes of the time of receipt.",
        },
        WEBHOOK.signatures: {
            "type": "string",
            "description": (
                f"`{VERSION}` and base64 of the HMAC-SHA256 of `{WEBHOOK.event_id}`,"
                f" `{WEBHOOK.timestamp}` and the body as sent, with full stops between them; or"
                " several, with spaces between them."
            ),
        },
    },
)
"""One of several signatures by one of several secrets, and a time that is near."""

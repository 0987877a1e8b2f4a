"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, as sent."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence

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

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURES = "webhook-signature"
VERSION = "v1,"
"""How a symmetric signature begins; those of other versions are passed over."""

WINDOW_SECONDS = 300
"""How far the time of sending may be from the time of receipt, to either side."""


def _check(request: Request, credentials: Credentials) -> str:
    """The label of the secret that one of the request's signatures was made with."""
    if missing := [n for n in (ID, TIMESTAMP, SIGNATURES) if not request.headers.get(n)]:
        raise NotAuthenticated(f"The request has no header {' and no header '.join(missing)}.")
    label = matching_label(_comparisons(request, credentials.signing))
    if not _is_recent(request):
        raise NotAuthenticated(
            f"The time in {TIMESTAMP} is not within five minutes of the time of receipt."
        )
    return label


def _comparisons(request: Request, secrets: Sequence[SigningSecret]) -> Iterator[tuple[str, bool]]:
    """Each secret with each signature."""
    sent = list(_signatures(request.headers[SIGNATURES]))
    for secret in secrets:
        expected = _signature(request, request.headers, secret)
        yield secret.label, any([same(one, expected) for one in sent])  # noqa: C419 - all of them


def _signatures(header: str) -> Iterator[bytes]:
    for one in header.split():
        if one.startswith(VERSION):
            try:
                yield base64.b64decode(one.removeprefix(VERSION), validate=True)
            except (binascii.Error, ValueError):
                continue  # it is no signature, and another one may be


def _signature(request: Request, headers: Mapping[str, str], secret: SigningSecret) -> bytes:
    signed = f"{headers[ID]}.{headers[TIMESTAMP]}.".encode(errors="surrogatepass") + request.body
    return hmac.digest(secret.key, signed, hashlib.sha256)


def _is_recent(request: Request) -> bool:
    sent_at = request.headers[TIMESTAMP]
    if not re.fullmatch(r"[0-9]{1,12}", sent_at):
        return False
    return abs(request.received_at.timestamp() - int(sent_at)) <= WINDOW_SECONDS


def _prove(request: Request, credentials: Credentials) -> Mapping[str, str]:
    """The headers of a message that is sent at the time that the request says."""
    secret = latest(credentials.signing, "signing secret")
    headers = {ID: request.headers[ID], TIMESTAMP: str(int(request.received_at.timestamp()))}
    signature = base64.b64encode(_signature(request, headers, secret)).decode()
    return {TIMESTAMP: headers[TIMESTAMP], SIGNATURES: f"{VERSION}{signature}"}


SIGNATURE = Authentication(
    check=_check,
    prove=_prove,
    kinds=("signing",),
    headers={
        ID: {
            "type": "string",
            "pattern": f"^[!-~]{{1,{MAX_ID_BYTES}}}$",
            "description": "The event's id, the same when it is sent again.",
        },
        TIMESTAMP: {
            "type": "string",
            "pattern": "^[0-9]{1,12}$",
            "description": "Seconds since 1970, within five minutes of the time of receipt.",
        },
        SIGNATURES: {
            "type": "string",
            "description": (
                f"`{VERSION}` and base64 of the HMAC-SHA256 of `{ID}`, `{TIMESTAMP}` and the body"
                " as sent, with full stops between them; or several, with spaces between them."
            ),
        },
    },
)
"""One of several signatures by one of several secrets, and a time that is near."""

"""Sign requests to AWS with Signature Version 4.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = frozenset({"user-agent", "x-amzn-trace-id"})
"""Headers that whatever is between a function and AWS may change."""


class Keys(NamedTuple):
    """Credentials of AWS: the first two sign, the token is that of a role's session."""

    access_key: str
    secret_key: str
    token: str | None


class Scope(NamedTuple):
    """The service and region that a signature is valid for."""

    service: str
    region: str


def signed(  # noqa: PLR0913 - the parts of a request
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Keys,
    scope: Scope,
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a request with its signature added.

    `path` is percent-encoded as it is sent, and has no query. `headers` have lower-case names, and
    `host` is among them. `now` is in UTC.
    """
    timestamp = now.strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(body).hexdigest()
    headers = {**headers, "x-amz-date": timestamp}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    if scope.service == "s3":  # which requires it, and compares it with the body
        headers["x-amz-content-sha256"] = payload
    names = sorted(headers.keys() - UNSIGNED)
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in names]
    signed_names = ";".join(names)
    request = "\n".join([method, path, "", *lines, "", signed_names, payload])
    day = timestamp[:8]
    within = f"{day}/{scope.region}/{scope.service}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{within}\n{digest}"
    signature = hmac.digest(_key_of(day, keys.secret_key, scope), text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"{ALGORITHM} Credential={keys.access_key}/{within},"
        f" SignedHeaders={signed_names}, Signature={signature}"
    )
    return headers


@lru_cache(maxsize=16)
def _key_of(day: str, secret_key: str, scope: Scope) -> bytes:
    """Return the key for one day, service and region: deriving it takes four hashes."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key

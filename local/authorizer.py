"""The JWT authorizer of an HTTP API: what it makes of a request's token. No I/O.

What it checks is documented:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html. The form
of claims and of `www-authenticate` was measured by others; reasons that neither names have words
of our own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, Key, KeySet

from local.http_api import Response, message
from local.json_value import Json

ALGORITHMS = ("RS256", "RS384", "RS512")
"""None with a shared secret: an issuer's public key is known to everyone."""

UNAUTHORIZED = message(401, "Unauthorized")
FORBIDDEN = message(403, "Forbidden")


class Denied(Exception):
    """A request that does not get past an authorizer: how it is answered, and why."""

    def __init__(self, answer: Response, challenge: str, error: str) -> None:
        super().__init__(error)
        self.answer = replace(
            answer,
            headers=[*answer.headers, ("www-authenticate", challenge)],
            context={**answer.context, "authorizer.error": error},
        )


@dataclass(frozen=True)
class Authorizer:
    """Lets in who has a token of the issuer for one of the audience."""

    issuer: str
    audience: Sequence[str]
    keys: KeySet

    def judge(self, authorization: str, scopes: Sequence[str], now: float) -> Json:
        """What a function is told of a token, on a route that asks for one of the scopes.

        `authorization` is the header, empty where there is none, and `now` is in seconds since
        the epoch. Raises Denied.
        """
        if not authorization:
            raise Denied(UNAUTHORIZED, "Bearer", "missing: token not provided")
        try:
            claims = self._claims(authorization.removeprefix("Bearer "))
            self._check(claims, now)
        except ValueError as problem:
            raise _denied(UNAUTHORIZED, scopes, "invalid_token", str(problem)) from None
        texts = [*_listed(claims.get("scope")), *_listed(claims.get("scp"))]
        granted = {scope for text in texts for scope in text.split()}
        matching = [scope for scope in scopes if scope in granted]
        if scopes and not matching:
            expected = f"expected scopes: [{' '.join(scopes)}]"
            raise _denied(FORBIDDEN, scopes, "insufficient_scope", expected)
        told = {name: _text(value) for name, value in claims.items() if value is not None}
        return {"jwt": {"claims": told, "scopes": matching or None}}

    def _claims(self, token: str) -> Mapping[str, Json]:
        """The claims of a token that the issuer has signed. Raises ValueError."""
        if token.count(".") != 2:  # noqa: PLR2004 - between header, payload and signature
            raise ValueError("token contains an invalid number of segments")
        try:
            return jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:
            raise ValueError("the token names no key of the issuer") from None
        except BadSignatureError:
            raise ValueError("the signature is invalid") from None
        except JoseError as error:
            raise ValueError(f"the token is invalid ({error.error})") from None

    def _key(self, token: GuestProtocol) -> Key:
        """The issuer's key that a token names, even where there is only one to be named."""
        return self.keys.get_by_kid(token.headers().get("kid", ""))

    def _check(self, claims: Mapping[str, Json], now: float) -> None:
        """Raise ValueError for the first claim that is not as it must be."""
        if claims.get("iss") != self.issuer:
            raise ValueError("issuer does not match")
        audience = claims["aud"] if "aud" in claims else claims.get("client_id")
        if not set(_listed(audience)) & set(self.audience):
            raise ValueError("the token does not have a valid audience")
        if not _seconds(claims.get("exp")) > now:
            raise ValueError("the token has expired")
        if not _seconds(claims.get("nbf", 0)) <= now:
            raise ValueError("the token is not valid yet")
        if not _seconds(claims.get("iat", 0)) <= now:
            raise ValueError("the token was issued in the future")


def _denied(answer: Response, scopes: Sequence[str], error: str, description: str) -> Denied:
    challenge = (
        f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{description}"'
    )
    return Denied(answer, challenge, f"{error}: {description}")


def _listed(claim: Json) -> list[str]:
    """The texts of a claim, which is one or a list of them."""
    values = claim if isinstance(claim, list) else [claim]
    return [value for value in values if isinstance(value, str)]


def _seconds(claim: Json) -> float:
    """A time; what is none is neither before nor after any other."""
    return claim if isinstance(claim, int | float) and not isinstance(claim, bool) else nan


def _text(claim: Json) -> str:
    """A claim as a function gets it, which is always a text."""
    if isinstance(claim, list):
        return f"[{' '.join(map(_text, claim))}]"
    return claim if isinstance(claim, str) else json.dumps(claim)

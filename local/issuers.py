"""Issuers: an authorization server on this machine, which plays the issuer of every authorizer.

Each has a path of its own. Its tokens say what the template says: the address of an issuer that
need not exist.
"""

import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_plus

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route as Path
from werkzeug.datastructures import Authorization

from local.resources import JwtAuthorizer, Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.assembly import Resource, Stack
    from local.json_value import Json

LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class Client:
    """What a provider is given to get tokens with. `scope` has spaces between several."""

    token_endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str


class NotGranted(Exception):
    """A no to who asks for a token, by its code in RFC 6749."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status


@dataclass(frozen=True)
class Issuer:
    """The issuer of one authorizer, with one client."""

    issuer: str
    audience: Sequence[str]
    client: Client
    key: RSAKey

    def grant(self, authorization: str, form: Mapping[str, str], now: int) -> "Json":
        """A token by client credentials: RFC 6749, section 4.4. Raises NotGranted."""
        client_id, secret = _basic(authorization) if authorization else _posted(form)
        known = secrets.compare_digest(secret.encode(), self.client.client_secret.encode())
        if client_id != self.client.client_id or not known:
            raise NotGranted("invalid_client", 401)
        if form.get("grant_type") != "client_credentials":
            raise NotGranted("unsupported_grant_type")
        scope = form.get("scope") or self.client.scope
        if not set(scope.split()) <= set(self.client.scope.split()):
            raise NotGranted("invalid_scope")
        claims = {
            "iss": self.issuer,
            "sub": client_id,
            "client_id": client_id,
            "aud": self.audience[0] if len(self.audience) == 1 else list(self.audience),
            "scope": scope,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        return {
            "access_token": jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key),
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "scope": scope,
        }


class AuthorizationServer:
    """The issuers of a stack, as an ASGI application at an address. `clients` go by their names."""

    def __init__(self, stack: "Stack", url: str) -> None:
        self._url = url
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.keys = KeySet.import_key_set(KeySet([key]).as_dict(private=False))
        self._issuers = {
            authorizer.name: _issuer(authorizer, stack, f"{url}/{authorizer.name}/token", key)
            for authorizer in stack.of(JwtAuthorizer)
        }
        self.clients = {name: issuer.client for name, issuer in self._issuers.items()}
        self.app = Starlette(
            routes=[
                path
                for name in self._issuers
                for path in (
                    Path(f"/{name}/.well-known/openid-configuration", self._configuration),
                    Path(f"/{name}/jwks", self._jwks),
                    Path(f"/{name}/token", self._token, methods=["POST"]),
                )
            ]
        )

    async def _configuration(self, request: "Request") -> JSONResponse:
        """OpenID Connect Discovery, as far as API Gateway and a client read it."""
        name = _name(request)
        issuer = self._issuers[name]
        return JSONResponse(
            {
                "issuer": issuer.issuer,
                "jwks_uri": f"{self._url}/{name}/jwks",
                "token_endpoint": issuer.client.token_endpoint,
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "grant_types_supported": ["client_credentials"],
                "scopes_supported": issuer.client.scope.split(),
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _jwks(self, _request: "Request") -> JSONResponse:
        return JSONResponse(self.keys.as_dict(private=False))

    async def _token(self, request: "Request") -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        authorization = request.headers.get("authorization", "")
        try:
            granted = self._issuers[_name(request)].grant(authorization, form, int(time.time()))
        except NotGranted as refused:
            error = str(refused)
            challenge = {"www-authenticate": "Basic"} if error == "invalid_client" else {}
            return JSONResponse({"error": error}, refused.status, challenge)
        return JSONResponse(granted, headers={"cache-control": "no-store"})


def _name(request: "Request") -> str:
    return str(request.url.path).split("/")[1]


def _issuer(
    authorizer: "Resource[JwtAuthorizer]", stack: "Stack", token_endpoint: str, key: RSAKey
) -> Issuer:
    scopes = dict.fromkeys(
        scope
        for route in stack.of(Route)
        if route.properties.authorizer_id == authorizer.attributes["Ref"]
        for scope in route.properties.authorization_scopes
    )
    declared = authorizer.properties.jwt_configuration
    client = Client(token_endpoint, authorizer.name, secrets.token_urlsafe(24), " ".join(scopes))
    return Issuer(declared.issuer, declared.audience, client, key)


def _basic(authorization: str) -> tuple[str, str]:
    """Client and secret from a header, each form-encoded first: RFC 6749, section 2.3.1."""
    try:
        sent = Authorization.from_header(authorization)
    except ValueError:  # a character outside ASCII
        sent = None
    if sent is None:
        return "", ""
    return unquote_plus(sent.username or ""), unquote_plus(sent.password or "")


def _posted(form: Mapping[str, str]) -> tuple[str, str]:
    return form.get("client_id", ""), form.get("client_secret", "")

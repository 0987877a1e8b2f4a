"""The authorization server gives tokens to the clients of its issuers, and to nobody else."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from local.issuers import AuthorizationServer
from tests.laptop.stack import read_template, template

URL = "http://127.0.0.1:8081"


@pytest.fixture(scope="module")
def server() -> AuthorizationServer:
    return AuthorizationServer(read_template(template()), URL)


def ask(server: AuthorizationServer, method: str, path: str, **parts: Any) -> httpx.Response:
    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(server.app)
        async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.request(method, path, **parts)

    return asyncio.run(request())


GRANT = {"grant_type": "client_credentials"}


def test_its_configuration_leads_to_its_keys_and_tokens(server: AuthorizationServer) -> None:
    assert ask(server, "GET", "/sender/.well-known/openid-configuration").json() == {
        "issuer": "https://issuer.example/small",
        "jwks_uri": "http://127.0.0.1:8081/sender/jwks",
        "token_endpoint": "http://127.0.0.1:8081/sender/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["echo/write", "echo/all"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    [key] = ask(server, "GET", "/sender/jwks").json()["keys"]
    assert key.keys() == {"kty", "kid", "use", "alg", "n", "e"}
    assert ask(server, "GET", "/other/jwks").status_code == 404


def test_a_client_gets_a_token_that_its_keys_prove(server: AuthorizationServer) -> None:
    client = server.clients["sender"]
    assert replace(client, client_secret="") == replace(
        client,
        token_endpoint="http://127.0.0.1:8081/sender/token",
        client_id="sender",
        client_secret="",
        scope="echo/write echo/all",
    )
    assert client.client_secret not in repr(client)
    user = (client.client_id, client.client_secret)
    answered = ask(server, "POST", "/sender/token", data=GRANT, auth=user)
    assert answered.headers["cache-control"] == "no-store"
    granted = answered.json()
    keys = KeySet.import_key_set(ask(server, "GET", "/sender/jwks").json())
    token = jwt.decode(granted.pop("access_token"), keys)
    assert granted == {"token_type": "Bearer", "expires_in": 3600, "scope": "echo/write echo/all"}
    claims = token.claims
    assert claims["iat"] == claims["nbf"] == claims["exp"] - 3600 <= time.time()
    assert {name: claims[name] for name in ("iss", "sub", "client_id", "aud", "scope")} == {
        "iss": "https://issuer.example/small",
        "sub": "sender",
        "client_id": "sender",
        "aud": ["small", "other"],
        "scope": "echo/write echo/all",
    }


def test_a_client_may_prove_itself_in_the_body_and_ask_for_less(
    server: AuthorizationServer,
) -> None:
    secret = server.clients["sender"].client_secret
    form = GRANT | {"client_id": "sender", "client_secret": secret, "scope": "echo/all"}
    assert ask(server, "POST", "/sender/token", data=form).json()["scope"] == "echo/all"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"scope": "echo/all echo/more"}, 400, "invalid_scope"),
    ],
)
def test_a_no_is_said_as_the_standard_has_it(
    server: AuthorizationServer, changes: dict[str, str], status: int, error: str
) -> None:
    secret = server.clients["sender"].client_secret
    form = GRANT | {"client_id": "sender", "client_secret": secret} | changes
    answered = ask(server, "POST", "/sender/token", data=form)
    assert (answered.status_code, answered.json()) == (status, {"error": error})
    assert ("www-authenticate" in answered.headers) == (status == 401)


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !", "Basic \xe9", "Basic c2VuZGVyOv8=", "Basic c2VuZGVy", "Bearer a"],
)
def test_a_header_that_proves_nothing_is_a_no(
    server: AuthorizationServer, authorization: str
) -> None:
    headers = {"authorization": authorization.encode("latin-1")}
    answered = ask(server, "POST", "/sender/token", data=GRANT, headers=headers)
    assert answered.json() == {"error": "invalid_client"}

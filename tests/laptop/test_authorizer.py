"""The authorizer lets a good token in, and no other: each forgery with what it is answered."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from local.authorizer import Authorizer, Denied

KEY = RSAKey.generate_key(2048, {"kid": "of-the-issuer"})
OTHER = RSAKey.generate_key(2048, {"kid": "of-another"})
NOW = 1_743_508_800.5
AUTHORIZER = Authorizer(
    issuer="https://issuer.example/inlet",
    audience=("inlet", "https://inlet.example"),
    keys=KeySet([KEY]),
)
SCOPES = ("webhooks/write", "webhooks/all")
HEADER = {"alg": "RS256", "kid": "of-the-issuer"}
CLAIMS = {
    "iss": "https://issuer.example/inlet",
    "sub": "marosa",
    "aud": "inlet",
    "scope": "openid webhooks/write",
    "iat": 1_743_508_800,
    "nbf": 1_743_508_800,
    "exp": 1_743_508_801,
}


def token(header: Mapping[str, Any] | None = None, key: Key = KEY, **claims: Any) -> str:
    """A token as the issuer's, with what differs; a claim that is ... is left out."""
    kept = {name: claim for name, claim in (CLAIMS | claims).items() if claim is not ...}
    algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256"]
    return jwt.encode({**HEADER, **(header or {})}, kept, key, algorithms=algorithms)


def encoded(part: Mapping[str, Any] | bytes) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_shared_secret() -> str:
    """A token whose shared secret is the public key, as it is published."""
    signed = f"{encoded(HEADER | {'alg': 'HS256'})}.{encoded(CLAIMS)}"
    secret = KEY.as_pem(private=False)
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def with_other_claims() -> str:
    """A token of the issuer in which the claims were exchanged."""
    header, _, signature = token().split(".")
    return f"{header}.{encoded(CLAIMS | {'sub': 'digiteal'})}.{signature}"


GOOD = {
    "alone": token(),
    "after Bearer": f"Bearer {token()}",
    "RS384": token({"alg": "RS384"}),
    "RS512": token({"alg": "RS512"}),
    "one of its audiences": token(aud=["other", "https://inlet.example"]),
    "client_id without aud": token(aud=..., client_id="inlet"),
    "aud beside another client_id": token(aud="inlet", client_id="other"),
    "the other scope": token(scope="webhooks/all"),
    "a list of scopes": token(scope=["webhooks/write"]),
    "scp": token(scope=..., scp="webhooks/write"),
    "a list as scp": token(scope=..., scp=["webhooks/write"]),
    "neither nbf nor iat": token(nbf=..., iat=...),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_good_token_is_let_in(case: str) -> None:
    assert AUTHORIZER.judge(GOOD[case], SCOPES, NOW)["jwt"]["claims"]["sub"] == "marosa"


NO_TOKEN = "token contains an invalid number of segments"
UNREADABLE = "the token is invalid (decode_error)"
NO_ALGORITHM = "the token is invalid (missing_algorithm)"
OTHER_ALGORITHM = "the token is invalid (unsupported_algorithm)"
OTHER_KEY = "the token names no key of the issuer"
BAD_SIGNATURE = "the signature is invalid"
OTHER_ISSUER = "issuer does not match"
OTHER_AUDIENCE = "the token does not have a valid audience"
EXPIRED = "the token has expired"
NOT_YET = "the token is not valid yet"
FUTURE = "the token was issued in the future"

BAD = {
    "nothing after Bearer": ("Bearer ", NO_TOKEN),
    "a password": ("Basic bWFyb3NhOm1hZGU=", NO_TOKEN),
    "two parts": ("a.b", NO_TOKEN),
    "five parts": (f"{token()}.a.b", NO_TOKEN),
    "no JSON": ("a.b.c", UNREADABLE),
    "another scheme": (f"bearer {token()}", UNREADABLE),
    "alg none": (f"{encoded(HEADER | {'alg': 'none'})}.{encoded(CLAIMS)}.", OTHER_ALGORITHM),
    "no alg": (f"{encoded({'kid': 'of-the-issuer'})}.{encoded(CLAIMS)}.", NO_ALGORITHM),
    "HS256 with the public key": (with_shared_secret(), OTHER_ALGORITHM),
    "PS256": (token({"alg": "PS256"}), OTHER_ALGORITHM),
    "ES256": (token({"alg": "ES256"}, ECKey.generate_key("P-256")), OTHER_ALGORITHM),
    "another key under its kid": (token(key=OTHER), BAD_SIGNATURE),
    "other claims": (with_other_claims(), BAD_SIGNATURE),
    "no signature": (token().rpartition(".")[0] + ".", BAD_SIGNATURE),
    "another key": (token({"kid": "of-another"}, OTHER), OTHER_KEY),
    "an empty kid": (token({"kid": ""}), OTHER_KEY),
    "no kid": (jwt.encode({"alg": "RS256"}, CLAIMS, KEY), OTHER_KEY),
    "another issuer": (token(iss="https://issuer.example/other"), OTHER_ISSUER),
    "a slash more": (token(iss="https://issuer.example/inlet/"), OTHER_ISSUER),
    "no issuer": (token(iss=...), OTHER_ISSUER),
    "another audience": (token(aud="other"), OTHER_AUDIENCE),
    "client_id beside another aud": (token(aud="other", client_id="inlet"), OTHER_AUDIENCE),
    "client_id beside no aud": (token(aud=None, client_id="inlet"), OTHER_AUDIENCE),
    "another client_id": (token(aud=..., client_id="other"), OTHER_AUDIENCE),
    "an empty audience": (token(aud=[]), OTHER_AUDIENCE),
    "an audience that is no text": (token(aud=7), OTHER_AUDIENCE),
    "no audience": (token(aud=...), OTHER_AUDIENCE),
    "expired": (token(exp=1_743_508_800), EXPIRED),
    "never expiring": (token(exp=...), EXPIRED),
    "exp as text": (token(exp="1743512400"), EXPIRED),
    "exp as true": (token(exp=True), EXPIRED),
    "nbf to come": (token(nbf=1_743_508_801), NOT_YET),
    "nbf as text": (token(nbf="soon"), NOT_YET),
    "iat to come": (token(iat=1_743_508_801), FUTURE),
}


CHALLENGE = 'Bearer scope="webhooks/write webhooks/all"'


def denied(authorization: str, status: int, message: str) -> tuple[str, str]:
    """Check how a request is denied, and return the challenge and the reason in the log."""
    with pytest.raises(Denied) as denied:
        AUTHORIZER.judge(authorization, SCOPES, NOW)
    answer = denied.value.answer
    assert (answer.status, json.loads(answer.body)) == (status, {"message": message})
    return dict(answer.headers)["www-authenticate"], str(denied.value)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_token_is_answered_as_api_gateway_does(case: str) -> None:
    authorization, why = BAD[case]
    assert denied(authorization, 401, "Unauthorized") == (
        f'{CHALLENGE} error="invalid_token" error_description="{why}"',
        f"invalid_token: {why}",
    )


def test_a_request_without_a_token_is_answered_with_no_reason() -> None:
    assert denied("", 401, "Unauthorized") == ("Bearer", "missing: token not provided")


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": ...},
        {"scope": ""},
        {"scope": "webhooks"},
        {"scope": "webhooks/writer openid"},
        {"scope": {"webhooks/write": True}},
        {"scope": ..., "scp": ["webhooks/read"]},
    ],
)
def test_a_good_token_without_the_scope_is_forbidden(claims: dict[str, Any]) -> None:
    challenge, _ = denied(token(**claims), 403, "Forbidden")
    assert challenge == (
        f'{CHALLENGE} error="insufficient_scope"'
        ' error_description="expected scopes: [webhooks/write webhooks/all]"'
    )


def test_a_route_without_scopes_asks_for_none() -> None:
    told = AUTHORIZER.judge(token(scope=...), (), NOW)
    assert told["jwt"]["scopes"] is None


def test_a_function_is_told_of_claims_as_texts() -> None:
    more: dict[str, Any] = {
        "groups": ["a", "b"],
        "admin": True,
        "rate": 1.5,
        "none": None,
        "more": {"a": 1},
    }
    assert AUTHORIZER.judge(token(**more), SCOPES, NOW) == {
        "jwt": {
            "claims": {
                "iss": "https://issuer.example/inlet",
                "sub": "marosa",
                "aud": "inlet",
                "scope": "openid webhooks/write",
                "iat": "1743508800",
                "nbf": "1743508800",
                "exp": "1743508801",
                "groups": "[a b]",
                "admin": "true",
                "rate": "1.5",
                "more": '{"a": 1}',
            },
            "scopes": ["webhooks/write"],
        }
    }

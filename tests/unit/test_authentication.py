"""Whoever posts must prove to be the provider, whatever else the headers hold."""

import base64
import json

import pytest
from pydantic import ValidationError

from inlet.authentication import BASIC_OR_KEY, Credentials, latest
from inlet.providers import PROVIDERS
from inlet.refusals import NotAuthenticated
from inlet.request import Request
from tests.support.gateway import NOW, basic

SECRET = {
    "basic": [
        {"label": "old", "username": "user", "password": "pass:word"},
        {"label": "new", "username": "user", "password": "p\u00e4ss"},
    ],
    "apiKey": [{"label": "key", "header": "X-Api-Key", "value": "key-1"}],
    "generated": "made",
}
CREDENTIALS = Credentials.parse(json.dumps(SECRET), "marosa")


def request(headers: dict[str, str]) -> Request:
    """A request with these headers."""
    return Request(body=b"{}", headers=headers, received_at=NOW, correlation_id="1")


def check(headers: dict[str, str], credentials: Credentials) -> str:
    """What such a request proves."""
    return BASIC_OR_KEY.check(request(headers), credentials)


@pytest.mark.parametrize(
    ("headers", "label"),
    [
        (basic("user", "pass:word"), "old"),
        (basic("user", "p\u00e4ss"), "new"),
        (basic("marosa", "made"), "generated"),
        ({"x-api-key": "key-1"}, "key"),
        ({"authorization": basic("user", "pass:word")["authorization"].replace("Basic", "bAsIc")},
         "old"),
        (basic("user", "wrong") | {"x-api-key": "key-1"}, "key"),
    ],
)  # fmt: skip
def test_a_right_credential_tells_its_label(headers: dict[str, str], label: str) -> None:
    assert check(headers, CREDENTIALS) == label


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic \u00e9"},
        {"authorization": basic("user", "pass:word")["authorization"] + "!"},
        {"authorization": "Bearer made"},
        {"authorization": "Basic " + base64.b64encode(b"no-colon").decode()},
        basic("user", "pass"),
        basic("user", ""),
        basic("marosa", "Made"),
        basic("digiteal", "made"),
        {"x-api-key": ""},
        {"x-api-key": "key-2"},
        {"x-api-key": "\ud800"},
        {"x-other-key": "key-1"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        check(headers, CREDENTIALS)


@pytest.mark.parametrize("secret", ["{}", '{"basic": [], "apiKey": []}'])
def test_without_credentials_nobody_gets_in(secret: str) -> None:
    with pytest.raises(NotAuthenticated):
        check(basic("marosa", ""), Credentials.parse(secret, "marosa"))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "[]",
        '{"generated": ""}',
        '{"basic": [{"label": "a", "username": "u", "password": ""}]}',
        '{"apiKey": [{"label": "a", "header": "x-key", "value": ""}]}',
        '{"apiKey": [{"label": "a", "header": "x key", "value": "v"}]}',
        '{"apikey": []}',
        '{"basic": [{"username": "u", "password": "p"}]}',
        '{"signing": [{"label": "a", "secret": ""}]}',
        '{"signing": [{"label": "a", "secret": "whsec_"}]}',
        '{"signing": [{"label": "a", "secret": "whsec_no base64"}]}',
    ],
)
def test_a_secret_that_would_let_everyone_in_or_nobody_know_is_not_read(secret: str) -> None:
    with pytest.raises((ValidationError, ValueError)):
        Credentials.parse(secret, "marosa")


def test_credentials_do_not_show_what_they_hold() -> None:
    assert "made" not in repr(CREDENTIALS)
    assert "key-1" not in str(CREDENTIALS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_goes_by_the_kinds_that_it_names_and_by_no_other(name: str) -> None:
    held: dict[str, dict[str, str]] = {
        "basic": {"label": "a", "username": "user", "password": "made"},
        "apiKey": {"label": "a", "header": "x-api-key", "value": "made"},
        "signing": {"label": "a", "secret": "whsec_bWFkZQ=="},
    }
    authentication = PROVIDERS[name].authentication
    for kind, credential in held.items():
        credentials = Credentials.parse(json.dumps({kind: [credential]}), name)
        sent = request({"webhook-id": "msg_1"})
        if kind not in authentication.kinds:
            with pytest.raises(LookupError):
                authentication.prove(sent, credentials)
            continue
        proof = {**sent.headers, **authentication.prove(sent, credentials)}
        assert authentication.check(request(proof), credentials) == "a"


def test_a_provider_proves_itself_with_the_last_user_or_else_the_last_key() -> None:
    assert BASIC_OR_KEY.prove(request({}), CREDENTIALS) == basic("user", "p\u00e4ss")
    only_made = Credentials.parse('{"generated": "made"}', "marosa")
    assert BASIC_OR_KEY.prove(request({}), only_made) == basic("marosa", "made")
    key_only = Credentials.parse(json.dumps({"apiKey": SECRET["apiKey"]}), "marosa")
    assert BASIC_OR_KEY.prove(request({}), key_only) == {"x-api-key": "key-1"}
    with pytest.raises(LookupError, match="no user and password"):
        BASIC_OR_KEY.prove(request({}), Credentials())


def test_credentials_can_be_shown_without_their_secrets() -> None:
    shown = CREDENTIALS.hidden("<hidden>")
    assert latest(shown.basic, "user").username == "user"
    secrets = [
        *(b.password for b in shown.basic), *(k.value for k in shown.api_key),
        *(s.secret for s in shown.signing),
    ]  # fmt: skip
    assert {secret.get_secret_value() for secret in secrets} == {"<hidden>"}
    assert len(secrets) == 5

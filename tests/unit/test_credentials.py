"""Credentials change without a gap: what is added soon works, what is retired soon does not."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.ingest.credentials import ProviderCredentials
from inlet.providers import PROVIDERS
from inlet.refusals import NotAuthenticated, Unavailable
from inlet.request import Request
from tests.support.aws import Aws
from tests.support.faulty import Faulty, throttled
from tests.support.gateway import NOW, basic


class Warm:
    """A warm function's credentials, a clock, and the secret that they are read from."""

    def __init__(self, secretsmanager: Any) -> None:
        self.client = Faulty(secretsmanager)
        self.secret = secretsmanager.create_secret(Name="marosa", SecretString="{}")["ARN"]
        self.now = 1000.0
        self.credentials = ProviderCredentials(
            self.client,  # type: ignore[arg-type]
            json.dumps({"marosa": self.secret}),
            clock=lambda: self.now,
        )

    def hold(self, *users: str) -> None:
        """Let the secret hold these users, each with its name as label and password."""
        basic = [{"label": user, "username": user, "password": user} for user in users]
        self.client.put_secret_value(
            SecretId=self.secret, SecretString=json.dumps({"basic": basic})
        )
        self.client.calls.clear()

    def check(self, user: str) -> str:
        """The label that a request of the user proves."""
        request = Request(
            body=b"{}", headers=basic(user, user), received_at=NOW, correlation_id="1"
        )
        return self.credentials.check(PROVIDERS["marosa"], request)

    def asked(self) -> int:
        """How often the secret was asked for."""
        return self.client.calls.count("get_secret_value")

    def fail(self, times: int) -> None:
        """Let the secret be unreadable so many times."""
        self.client.fail("get_secret_value", *[throttled() for _ in range(times)])


@pytest.fixture
def warm(aws: Aws) -> Warm:
    """A function that has let the user `old` in."""
    made = Warm(aws("secretsmanager"))
    made.hold("old")
    assert made.check("old") == "old"
    return made


def test_what_was_read_at_the_start_is_not_asked_for_again(aws: Aws) -> None:
    warm = Warm(aws("secretsmanager"))
    warm.hold("old")
    (read,) = warm.credentials.reads()
    read()
    assert warm.check("old") == "old"
    assert warm.asked() == 1


def test_what_cannot_be_read_at_the_start_is_read_when_it_is_needed(aws: Aws) -> None:
    warm = Warm(aws("secretsmanager"))
    warm.hold("old")
    warm.fail(1)
    (read,) = warm.credentials.reads()
    with pytest.raises(Unavailable):
        read()
    assert warm.check("old") == "old"


def test_what_is_remembered_is_not_asked_for_again_for_five_minutes(warm: Warm) -> None:
    warm.now += 300
    warm.check("old")
    assert warm.asked() == 1
    warm.now += 1
    warm.check("old")
    assert warm.asked() == 2


def test_old_and_new_both_pass_during_a_rotation_and_a_new_one_within_seconds(warm: Warm) -> None:
    warm.now += 11
    warm.hold("old", "new")
    assert warm.check("new") == "new"
    assert warm.check("old") == "old"
    assert warm.asked() == 1


def test_a_stranger_cannot_make_us_ask_at_each_request(warm: Warm) -> None:
    warm.client.calls.clear()
    for _ in range(100):
        warm.now += 1
        with pytest.raises(NotAuthenticated):
            warm.check("stranger")
    assert warm.asked() == 9


def test_a_retired_one_stops_within_five_minutes(warm: Warm) -> None:
    warm.hold("new")
    warm.now += 300
    assert warm.check("old") == "old"
    warm.now += 1
    with pytest.raises(NotAuthenticated):
        warm.check("old")


def test_a_secret_that_cannot_be_read_is_remembered_while_warm(warm: Warm) -> None:
    warm.now += 301
    warm.client.calls.clear()
    warm.fail(2)
    assert [warm.check("old") for _ in range(5)] == ["old"] * 5
    assert warm.asked() == 1  # each would wait for seconds otherwise
    warm.now += 11
    assert warm.check("old") == "old"
    assert warm.asked() == 2
    warm.now += 11
    warm.check("old")
    warm.check("old")
    assert warm.asked() == 3


def test_who_is_not_known_is_told_to_come_again_while_the_secret_cannot_be_read(warm: Warm) -> None:
    warm.now += 11
    warm.fail(1)
    for _ in range(2):
        with pytest.raises(Unavailable):
            warm.check("new")
    warm.now += 11
    with pytest.raises(NotAuthenticated):
        warm.check("new")


def test_a_cold_function_that_cannot_read_the_secret_refuses_nobody_for_good(aws: Aws) -> None:
    cold = Warm(aws("secretsmanager"))
    cold.fail(2)
    with pytest.raises(Unavailable):
        cold.check("old")
    with pytest.raises(Unavailable):  # or what holds a key would be kept with what was refused
        cold.credentials.key_headers("marosa")


def test_what_was_forgotten_is_read_again_before_anybody_is_let_in(warm: Warm) -> None:
    warm.credentials.forget()
    warm.fail(1)
    with pytest.raises(Unavailable):
        warm.check("old")
    assert warm.check("old") == "old"


def test_a_secret_that_was_spoilt_by_hand_does_not_lock_out_who_is_known(
    warm: Warm, told: Callable[[], list[dict[str, Any]]]
) -> None:
    warm.client.put_secret_value(SecretId=warm.secret, SecretString="not json")
    warm.now += 301
    assert warm.check("old") == "old"
    (line,) = told()
    assert (line["level"], line["message"], line["provider"]) == (
        *("WARNING", "credentials", "marosa"),
    )
    with pytest.raises(Unavailable):
        warm.check("new")


KEY = {"label": "k", "header": "X-Marosa-Key", "value": "v"}


def test_the_headers_of_keys_are_known_where_nothing_was_read_yet(aws: Aws) -> None:
    cold = Warm(aws("secretsmanager"))
    cold.client.put_secret_value(SecretId=cold.secret, SecretString=json.dumps({"apiKey": [KEY]}))
    assert cold.credentials.key_headers("marosa") == {"x-marosa-key"}


def test_the_headers_of_keys_are_known(warm: Warm) -> None:
    warm.client.put_secret_value(SecretId=warm.secret, SecretString=json.dumps({"apiKey": [KEY]}))
    warm.now += 301
    with pytest.raises(NotAuthenticated):
        warm.check("old")
    assert warm.credentials.key_headers("marosa") == {"x-marosa-key"}


def test_a_short_signing_key_is_logged_by_its_label_once_for_each_read(
    aws: Aws, told: Callable[[], list[dict[str, Any]]]
) -> None:
    long, short = (base64.b64encode(b"k" * length).decode() for length in (24, 23))
    signing = [{"label": "long", "secret": long}, {"label": "short", "secret": short}]
    users = [{"label": "old", "username": "old", "password": "old"}]
    warm = Warm(aws("secretsmanager"))
    warm.client.put_secret_value(
        SecretId=warm.secret,
        SecretString=json.dumps({"signing": signing, "basic": users}),
    )
    assert warm.check("old") == "old"
    assert warm.check("old") == "old"
    (line,) = told()
    assert (line["level"], line["message"]) == ("WARNING", "short signing key")
    assert (line["provider"], line["label"]) == ("marosa", "short")
    assert short not in json.dumps(line)
    assert "kkk" not in json.dumps(line)
    warm.now += 301
    assert warm.check("old") == "old"
    assert [line["label"] for line in told()] == ["short"]

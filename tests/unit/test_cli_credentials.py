"""`inlet credentials`, on a deployment in memory."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.operations.credentials import add, credentials_of, listed, new, retire
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.providers import PROVIDERS
from tests.support.aws import Aws
from tests.support.deployed import write_laptop
from tests.support.faulty import Faulty

Inlet = Callable[..., Result]

ADDED = {
    "basic": [{"label": "old", "username": "user", "password": "pass-1"}],
    "apiKey": [{"label": "key", "header": "x-marosa-key", "value": "key-1", "note": "kept"}],
    "signing": [{"label": "unused", "secret": "whsec_c2lnbi0x"}],
}
VALUES = ("made", "pass-1", "key-1", "c2lnbi0x")


class Secrets:
    """The secrets of a fresh deployment."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.outputs = {}
        for provider in PROVIDERS:
            created = client.create_secret(
                Name=provider, SecretString='{"basic": [], "apiKey": [], "generated": "made"}'
            )
            name = provider.capitalize()
            self.outputs[f"{name}CredentialsArn"] = created["ARN"]
            self.outputs[f"{name}WebhookUrl"] = f"https://door.example/webhooks/{provider}"

    def hold(self, secret: Any) -> None:
        """Let the secret of marosa hold something else, text or JSON."""
        text = secret if isinstance(secret, str) else json.dumps(secret)
        self.client.put_secret_value(SecretId="marosa", SecretString=text)

    def held(self, provider: str) -> dict[str, Any]:
        """What the secret of a provider holds now."""
        return dict(json.loads(self.client.get_secret_value(SecretId=provider)["SecretString"]))


@pytest.fixture
def secrets(aws: Aws) -> Secrets:
    """A secret for each provider, as a deployment makes it."""
    return Secrets(aws("secretsmanager"))


@pytest.fixture
def inlet(secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    """Runs the command where the laptop run, in memory here, was started."""
    monkeypatch.chdir(tmp_path)
    write_laptop(tmp_path, secrets.outputs)
    return lambda *arguments, **options: CliRunner().invoke(app, arguments, **options)


def test_credentials_are_shown_kind_by_kind_without_their_values(
    inlet: Inlet, secrets: Secrets
) -> None:
    secrets.hold(ADDED | {"generated": "made"})
    shown = inlet("credentials", "show", "marosa").output
    assert shown.splitlines() == [
        "generated  basic user marosa",
        "old  basic user user",
        "key  apiKey header x-marosa-key",
        "unused  signing",
    ]
    as_json = inlet("credentials", "show", "marosa", "--json").output
    assert json.loads(as_json) == [
        {"kind": "basic", "label": "generated", "username": "marosa"},
        {"kind": "basic", "label": "old", "username": "user"},
        {"kind": "apiKey", "label": "key", "header": "x-marosa-key"},
        {"kind": "signing", "label": "unused"},
    ]
    assert [value for value in VALUES if value in shown + as_json] == []


def test_values_are_shown_on_purpose(inlet: Inlet, secrets: Secrets) -> None:
    secrets.hold(ADDED)
    assert inlet("credentials", "show", "marosa", "--show-values").output.splitlines() == [
        "old  basic user user",
        "    pass-1",
        "key  apiKey header x-marosa-key",
        "    key-1",
        "unused  signing",
        "    whsec_c2lnbi0x",
    ]
    as_json = json.loads(inlet("credentials", "show", "marosa", "--show-values", "--json").output)
    assert [one["value"] for one in as_json] == ["pass-1", "key-1", "whsec_c2lnbi0x"]


def test_what_was_generated_is_shown_as_what_the_provider_uses_it_for(inlet: Inlet) -> None:
    assert inlet("credentials", "show", "digiteal").output == "generated  basic user digiteal\n"
    assert inlet("credentials", "show", "standard").output == "generated  signing\n"


def test_a_secret_without_credentials_lets_nobody_in(inlet: Inlet, secrets: Secrets) -> None:
    secrets.hold({})
    shown = inlet("credentials", "show", "marosa")
    assert shown.exit_code == 1
    assert shown.stderr == "The secret of marosa holds no credential: it lets nobody in.\n"


def test_a_password_is_made_and_printed_alone(inlet: Inlet, secrets: Secrets) -> None:
    added = inlet("credentials", "add", "marosa", "2026-11")
    assert added.exit_code == 0
    assert re.fullmatch(r"[\w-]{43}\n", added.stdout)
    assert added.stderr == (
        "2026-11 (basic user marosa) is added to the secret of marosa, and works within seconds.\n"
    )
    assert secrets.held("marosa") == {
        "basic": [{"label": "2026-11", "username": "marosa", "password": added.stdout.strip()}],
        "apiKey": [],
        "generated": "made",
    }
    again = inlet("credentials", "add", "marosa", "2026-12")
    assert again.stdout != added.stdout
    assert [one["label"] for one in secrets.held("marosa")["basic"]] == ["2026-11", "2026-12"]


def test_a_user_may_have_another_name(inlet: Inlet, secrets: Secrets) -> None:
    inlet("credentials", "add", "digiteal", "a", "--basic", "someone")
    assert secrets.held("digiteal")["basic"][0]["username"] == "someone"


def test_a_key_is_made_for_a_header(inlet: Inlet, secrets: Secrets) -> None:
    added = inlet("credentials", "add", "marosa", "a", "--api-key", "X-Marosa-Key")
    assert secrets.held("marosa")["apiKey"] == [
        {"label": "a", "header": "X-Marosa-Key", "value": added.stdout.strip()}
    ]
    assert "a (apiKey header X-Marosa-Key) is added" in added.stderr


@pytest.mark.parametrize("options", [[], ["--signing"]])
def test_a_signing_secret_is_made_of_32_bytes(
    inlet: Inlet, secrets: Secrets, options: list[str]
) -> None:
    secret = inlet("credentials", "add", "standard", "a", *options).stdout.strip()
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secrets.held("standard")["signing"] == [{"label": "a", "secret": secret}]


def test_a_value_that_the_provider_made_is_taken_from_a_file_and_not_printed(
    inlet: Inlet, secrets: Secrets, tmp_path: Path
) -> None:
    (tmp_path / "value").write_text("whsec_c2lnbi0x\r\n")
    added = inlet("credentials", "add", "standard", "a", "--value-from", "value")
    assert added.stdout == ""
    assert secrets.held("standard")["signing"] == [{"label": "a", "secret": "whsec_c2lnbi0x"}]
    inlet("credentials", "add", "marosa", "b", "--value-from", "-", input="pass word\n")
    assert secrets.held("marosa")["basic"] == [
        {"label": "b", "username": "marosa", "password": "pass word"}
    ]


def test_a_short_signing_key_is_added_with_a_warning(inlet: Inlet, secrets: Secrets) -> None:
    added = inlet("credentials", "add", "standard", "a", "--value-from", "-", input="c2lnbi0x\n")
    assert added.exit_code == 0
    assert added.stdout == ""
    assert added.stderr == (
        "a (signing) is added to the secret of standard, and works within seconds.\n"
        "Warning: the signing key of a has fewer than 24 bytes, the minimum of Standard Webhooks."
        " Ask the sender for a longer one.\n"
    )
    assert secrets.held("standard")["signing"] == [{"label": "a", "secret": "c2lnbi0x"}]


def test_a_signing_key_of_24_bytes_is_added_without_a_warning(inlet: Inlet) -> None:
    value = base64.b64encode(b"k" * 24).decode()
    added = inlet("credentials", "add", "standard", "a", "--value-from", "-", input=value)
    assert "Warning" not in added.stderr
    short_password = inlet("credentials", "add", "marosa", "a", "--value-from", "-", input="short")
    assert "Warning" not in short_password.stderr


@pytest.mark.parametrize("value", [b"", b"\n", b"one\ntwo\n", b"\xff\n", b"a\x00"])
def test_a_file_must_hold_one_line(
    inlet: Inlet, secrets: Secrets, tmp_path: Path, value: bytes
) -> None:
    (tmp_path / "value").write_bytes(value)
    added = inlet("credentials", "add", "marosa", "a", "--value-from", "value")
    assert added.exit_code == 2
    assert added.stderr == "inlet: value must hold the value, on one line, and nothing else.\n"
    assert secrets.held("marosa")["basic"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "nobody"], "There is no provider nobody: say marosa or digiteal or standard"),
        (["add", "nobody", "a"], "There is no provider nobody"),
        (["retire", "nobody", "a"], "There is no provider nobody"),
        (["add", "marosa", "old"], "The secret of marosa has a label old already."),
        (["add", "marosa", "key"], "The secret of marosa has a label key already."),
        (["add", "marosa", "unused"], "The secret of marosa has a label unused already."),
        (["add", "marosa", "generated"], "A label has 1 to 64 printable ASCII characters"),
        (["add", "marosa", "oauth2"], "and is none of generated, oauth2."),
        (["add", "marosa", ""], "A label has 1 to 64 printable ASCII characters"),
        (["add", "marosa", "a" * 65], "A label has 1 to 64 printable ASCII characters"),
        (["add", "marosa", "a "], "A label has 1 to 64 printable ASCII characters"),
        (["add", "marosa", "\u00e4"], "A label has 1 to 64 printable ASCII characters"),
        (["add", "marosa", "a", "--api-key", "x key"], "A header's name has letters, digits and"),
        (["add", "marosa", "a", "--basic", "a:b"], "The name of a user has no colon"),
        (["add", "marosa", "a", "--basic", "a\n"], "The name of a user has no colon"),
        (["add", "marosa", "a", "--signing"], "marosa does not use signing: it uses basic or api"),
        (["add", "standard", "a", "--basic", "b"], "standard does not use basic: it uses signing."),
        (
            ["add", "standard", "a", "--value-from", "value"],
            "A signing secret is base64 of a key, and may begin with whsec_.",
        ),
        (
            ["add", "marosa", "a", "--api-key", "x", "--basic", "y"],
            "Say one of --basic, --api-key and --signing.",
        ),
        (["retire", "marosa", "a"], "The secret of marosa has no label a."),
        (["retire", "marosa", "generated"], "The secret of marosa has no label generated."),
    ],
)
def test_a_mistake_is_told_in_a_sentence_and_changes_nothing(
    inlet: Inlet, secrets: Secrets, arguments: list[str], sentence: str
) -> None:
    secrets.hold(ADDED | {"generated": None})
    Path("value").write_text("no base64 at all")
    result = inlet("credentials", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert "at all" not in result.output
    assert secrets.held("marosa") == ADDED | {"generated": None}


def test_a_retired_one_is_out_of_the_secret_and_the_rest_stays_as_it_is(
    inlet: Inlet, secrets: Secrets
) -> None:
    secrets.hold(ADDED | {"generated": "made"})
    retired = inlet("credentials", "retire", "marosa", "old")
    assert retired.exit_code == 0
    assert retired.output == (
        "old is out of the secret of marosa, and stops within five minutes.\n"
    )
    assert secrets.held("marosa") == ADDED | {"basic": [], "generated": "made"}


def test_a_script_gets_json(inlet: Inlet, secrets: Secrets, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("from-marosa\n")
    made = json.loads(inlet("credentials", "add", "marosa", "a", "--json").stdout)
    taken = inlet("credentials", "add", "marosa", "b", "--value-from", "value", "--json").stdout
    assert made == {
        "kind": "basic",
        "label": "a",
        "username": "marosa",
        "value": secrets.held("marosa")["basic"][0]["password"],
    }
    assert json.loads(taken) == {"kind": "basic", "label": "b", "username": "marosa"}
    retired = inlet("credentials", "retire", "marosa", "a", "--json")
    assert json.loads(retired.stdout) == {"provider": "marosa", "label": "a"}


def test_the_generated_one_can_be_retired_and_all_works_without(
    inlet: Inlet, secrets: Secrets
) -> None:
    for provider in ("marosa", "digiteal", "standard"):
        value = inlet("credentials", "add", provider, "2026-11").stdout.strip()
        assert inlet("credentials", "retire", provider, "generated").exit_code == 0
        assert "generated" not in secrets.held(provider)
        setup = inlet("provider-setup", provider, "--show-password")
        assert setup.exit_code == 0
        assert value in setup.output


def test_the_setup_of_a_provider_is_what_was_added_last(inlet: Inlet) -> None:
    for provider in ("marosa", "digiteal", "standard"):
        for label in ("2026-11", "2026-12"):
            value = inlet("credentials", "add", provider, label).stdout.strip()
            assert value in inlet("provider-setup", provider, "--show-password").output


def test_the_setup_of_marosa_has_its_key_too(inlet: Inlet) -> None:
    key = inlet("credentials", "add", "marosa", "a", "--api-key", "x-marosa-key").stdout
    both = inlet("provider-setup", "marosa", "--show-password").output
    assert "for each of them, BASIC_AUTH:\n  user marosa\n  password made\nor API_KEY:\n" in both
    inlet("credentials", "retire", "marosa", "generated")
    key_only = inlet("provider-setup", "marosa", "--show-password").output
    assert f"for each of them, API_KEY:\n  header x-marosa-key\n  value {key}" in key_only
    assert key.strip() not in inlet("provider-setup", "marosa").output


def test_the_last_that_lets_a_provider_in_stays_unless_told(inlet: Inlet, secrets: Secrets) -> None:
    secrets.hold(ADDED)  # the signing secret lets nobody in at marosa
    inlet("credentials", "retire", "marosa", "key")
    refused = inlet("credentials", "retire", "marosa", "old")
    assert refused.exit_code == 2
    assert "old is the last that lets marosa in: add another first, or say --last" in refused.stderr
    assert secrets.held("marosa")["basic"] == ADDED["basic"]
    assert inlet("credentials", "retire", "marosa", "old", "--last").exit_code == 0
    assert secrets.held("marosa") == {"basic": [], "apiKey": [], "signing": ADDED["signing"]}
    assert inlet("credentials", "retire", "marosa", "unused").exit_code == 0
    assert inlet("credentials", "retire", "standard", "generated").exit_code == 2


@pytest.mark.parametrize(
    ("secret", "where"),
    [
        ("secret-text", "it is not JSON."),
        ('["secret-text"]', "Input should be a valid dictionary or instance of Credentials."),
        ('{"apikey": ["secret-text"]}', "apikey: Extra inputs are not permitted."),
        ('{"basic": [{"label": "a", "username": "b", "password": ["secret-text"]}]}',
         "basic: 0: password: Input should be a valid string."),
        ('{"signing": [{"label": "a", "secret": "secret-text"}], "generated": 7}',
         "signing: 0: secret: Value error, Only base64 data is allowed; generated: Input should"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "command",
    [
        ["credentials", "show", "marosa", "--show-values"],
        ["credentials", "add", "marosa", "a"],
        ["credentials", "retire", "marosa", "a"],
        ["provider-setup", "marosa", "--show-password"],
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_what_it_holds(
    inlet: Inlet, secrets: Secrets, secret: str, where: str, command: list[str]
) -> None:
    secrets.hold(secret)
    result = inlet(*command)
    assert result.exit_code == 2
    assert f"inlet: The secret of marosa is not what it should be: {where}" in result.stderr
    assert "secret-text" not in result.output


def test_a_secret_that_is_no_text_is_not_json(inlet: Inlet, secrets: Secrets) -> None:
    secrets.client.put_secret_value(SecretId="marosa", SecretBinary=b"{}")
    assert "it is not JSON." in inlet("credentials", "show", "marosa").stderr
    assert "it is not JSON." in inlet("credentials", "add", "marosa", "a").stderr


# What others change at the same time


class Rival:
    """A client between whose reading and writing somebody else adds a user, so many times."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self.times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_secret_value(self, **arguments: Any) -> Any:
        """Write, and be overtaken."""
        answer = self._client.put_secret_value(**arguments)
        if self.times:
            self.times -= 1
            secret = self._client.get_secret_value(SecretId="marosa")["SecretString"]
            held = json.loads(secret)
            label = f"rival-{self.times}"
            held["basic"].append({"label": label, "username": label, "password": label})
            self._client.put_secret_value(SecretId="marosa", SecretString=json.dumps(held))
        return answer


def deployment(client: Any) -> Deployment:
    """A deployment whose Secrets Manager is asked through a client."""
    outputs = {"MarosaCredentialsArn": "marosa"}
    clients = {"secretsmanager": client}
    return Deployment("a test", outputs, boto3.Session(), _clients=clients)


def test_what_somebody_else_changes_at_the_same_time_is_not_lost(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    busy = deployment(Rival(secrets.client, times=2))
    add(busy, "marosa", new("marosa", "mine"))
    assert [one.label for one in credentials_of(busy, "marosa").basic] == [
        "old", "rival-1", "rival-0", "mine",
    ]  # fmt: skip
    busy = deployment(Rival(secrets.client, times=1))
    retire(busy, "marosa", "rival-1")
    labels = [one.label for one in credentials_of(busy, "marosa").basic]
    assert labels.count("rival-0") == 2  # the rival does not look
    assert "rival-1" not in labels


def test_a_secret_that_others_keep_changing_is_left_to_them(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    busy = deployment(Rival(secrets.client, times=9))
    with pytest.raises(OperationError, match=r"is being changed by others.*try again\."):
        add(busy, "marosa", new("marosa", "mine"))
    labels = [one.label for one in credentials_of(busy, "marosa").basic]
    assert labels == ["old", "rival-8", "rival-7", "rival-6", "rival-5", "rival-4"]


def test_a_label_that_somebody_else_adds_at_the_same_time_is_refused(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    busy = deployment(Rival(secrets.client, times=1))
    with pytest.raises(OperationError, match="has a label rival-0 already"):
        add(busy, "marosa", new("marosa", "rival-0"))


def test_a_change_whose_answer_was_lost_is_made_once(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    client = Faulty(secrets.client)
    asked_again = client.exceptions.InvalidParameterException(
        {"Error": {"Code": "InvalidParameterException", "Message": "not there"}},
        "UpdateSecretVersionStage",
    )
    client.fail("update_secret_version_stage", asked_again, after=True)
    add(deployment(client), "marosa", new("marosa", "mine"))
    assert [one.label for one in credentials_of(deployment(client), "marosa").basic] == [
        "old", "mine",
    ]  # fmt: skip
    assert client.calls.count("put_secret_value") == 1


def test_a_change_leaves_the_secret_as_it_was_one_step_behind(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    add(deployment(secrets.client), "marosa", new("marosa", "mine"))
    before = secrets.client.get_secret_value(SecretId="marosa", VersionStage="AWSPREVIOUS")
    assert json.loads(before["SecretString"]) == ADDED


def test_a_credential_does_not_show_its_value(secrets: Secrets) -> None:
    secrets.hold(ADDED)
    shown = repr(listed(deployment(secrets.client), "marosa"))
    assert [value for value in VALUES if value in shown] == []

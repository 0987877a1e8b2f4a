"""The `inlet` command, on a deployment in memory."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from boto3.dynamodb.types import TypeSerializer
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.entry import entry_key, packed
from inlet.operations.deployment import Deployment
from inlet.operations.timeline import full_subject
from inlet.providers import PROVIDERS
from tests.support.aws import Aws
from tests.support.deployed import write_laptop
from tests.support.door import make_timeline
from tests.support.samples import EVENTS

Inlet = Callable[..., Result]

OUTPUTS = {
    "MarosaWebhookUrl": "http://127.0.0.1:8080/webhooks/marosa",
    "MarosaOAuth2Url": "http://127.0.0.1:8080/oauth2/marosa",
    "DigitealWebhookUrl": "http://127.0.0.1:8080/webhooks/digiteal",
    "StandardWebhookUrl": "http://127.0.0.1:8080/webhooks/standard",
    "TimelineTable": "timeline",
}


OAUTH2 = {
    "marosa": {
        "token_endpoint": "http://127.0.0.1:8081/marosa/token",
        "client_id": "a-client",
        "client_secret": "a-secret",
        "scope": "webhooks/write",
    }
}


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """What is posted, instead of to a door: each is answered 202, without the right user 401.

    A token is given to whom it should.
    """
    requests: list[httpx.Request] = []
    right = ("Basic bWFyb3NhOm1hZGU=", "Bearer a-token")  # marosa:made

    def door(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path == "/marosa/token":
            known = request.headers["authorization"] == "Basic YS1jbGllbnQ6YS1zZWNyZXQ="
            return httpx.Response(200 if known else 401, json={"access_token": "a-token"})
        accepted = request.headers.get("authorization") in right
        return httpx.Response(202 if accepted else 401, json={"status": "accepted"})

    def post(url: str, **options: Any) -> httpx.Response:
        with httpx.Client(transport=httpx.MockTransport(door)) as client:
            return client.post(url, **options)

    monkeypatch.setattr(httpx, "post", post)
    return requests


@pytest.fixture
def inlet(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    """Runs the command in a folder where the laptop run, in memory here, was started."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events").symlink_to(EVENTS)
    secret = {"basic": [], "apiKey": [], "generated": "made"}
    arn = aws("secretsmanager").create_secret(Name="marosa", SecretString=json.dumps(secret))["ARN"]
    write_laptop(tmp_path, OUTPUTS | {"MarosaCredentialsArn": arn}, oauth2=OAUTH2)
    make_timeline(aws("dynamodb"))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_sample_is_sent_with_the_deployments_own_credentials(
    inlet: Inlet, posted: list[httpx.Request]
) -> None:
    result = inlet("send", "DOCUMENT_STATUS_CHANGED")
    assert result.exit_code == 0
    assert "202" in result.output
    assert str(posted[0].url) == "http://127.0.0.1:8080/webhooks/marosa"
    assert posted[0].headers["content-type"] == "application/json"
    assert json.loads(posted[0].content)["documentId"] == "INV-2025-00123"
    assert "made" not in result.output


def test_a_refusal_is_shown_and_told_by_the_exit_code(
    inlet: Inlet, posted: list[httpx.Request]
) -> None:
    result = inlet("send", "marosa/DOCUMENT_STATUS_CHANGED__wrong_credentials", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == 401
    assert inlet("send", "DOCUMENT_STATUS_CHANGED__no_credentials").exit_code == 1
    assert "authorization" not in posted[1].headers


def test_a_sample_is_sent_with_a_token(inlet: Inlet, posted: list[httpx.Request]) -> None:
    result = inlet("send", "DOCUMENT_STATUS_CHANGED", "--oauth2")
    assert result.exit_code == 0
    token, delivery = posted
    assert token.content == b"grant_type=client_credentials&scope=webhooks%2Fwrite"
    assert str(delivery.url) == "http://127.0.0.1:8080/oauth2/marosa"
    assert delivery.headers["authorization"] == "Bearer a-token"
    assert delivery.headers["content-type"] == "application/json"
    assert "a-token" not in result.output


def test_a_token_is_spoilt_or_left_out_where_a_sample_says_so(
    inlet: Inlet, posted: list[httpx.Request]
) -> None:
    wrong = inlet("send", "marosa/DOCUMENT_STATUS_CHANGED__wrong_credentials", "--oauth2")
    none = inlet("send", "marosa/DOCUMENT_STATUS_CHANGED__no_credentials", "--oauth2")
    assert (wrong.exit_code, none.exit_code) == (1, 1)
    assert [request.headers.get("authorization") for request in posted] == [
        "Bearer a wrong one",
        None,
    ]


def test_a_token_that_is_not_given_is_said(
    inlet: Inlet, posted: list[httpx.Request], tmp_path: Path
) -> None:
    file = tmp_path / ".inlet" / "laptop.json"
    file.write_text(file.read_text().replace("a-secret", "another"))
    result = inlet("send", "DOCUMENT_STATUS_CHANGED", "--oauth2")
    assert result.exit_code == 2
    assert "No token could be got: Client error '401 Unauthorized'" in result.stderr
    assert len(posted) == 1


def test_an_answer_that_is_not_json_is_shown_as_it_is(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(502, text="<h1>[down]</h1>"))
    result = inlet("send", "DOCUMENT_STATUS_CHANGED")
    assert result.exit_code == 1
    assert result.output.splitlines()[1:] == ["502", "<h1>[down]</h1>"]


@pytest.mark.parametrize(
    "url", ["https://door.example", "https://door.example/", "https://door.example/webhooks/other"]
)
def test_a_sample_is_sent_to_another_door_as_another_user(
    inlet: Inlet, posted: list[httpx.Request], url: str
) -> None:
    file = str(EVENTS / "digiteal" / "PAYMENT_INITIATED.json")
    inlet("send", file, "--url", url, "--user", "marosa:made")
    assert str(posted[0].url) == "https://door.example/webhooks/digiteal/PAYMENT_INITIATED"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["send", "NO_SUCH_TYPE"], "There is no sample NO_SUCH_TYPE in events/."),
        (["send", "**"], "There is no sample ** in events/."),
        (["send", "/"], "The sample / cannot be read: Is a directory."),
        (["send", "missing.json"], "The sample missing.json cannot be read: No such file"),
        (["send", "odd.json"], "odd.json is not a sample: it must be a JSON object with evidence"),
        (
            ["send", "DOCUMENT_STATUS_CHANGED", "--user", "nobody"],
            "--user must be USER:PASSWORD, or whsec_ and base64 of a key.",
        ),
        (
            ["send", "PAYMENT_INITIATED"],
            "the laptop run has no output DigitealCredentialsArn",
        ),
        (
            ["send", "PAYMENT_INITIATED", "--oauth2"],
            "the laptop run has no tokens for digiteal: only the laptop run gives out any",
        ),
        (
            ["send", "DOCUMENT_STATUS_CHANGED", "--oauth2", "--user", "a:b"],
            "--oauth2 goes without --url and --user: it finds both itself.",
        ),
        (
            ["send", "DOCUMENT_STATUS_CHANGED", "--stage", "dev"],
            "Could not read the stack inlet-dev in eu-west-1 of account 123456789012: An error",
        ),
        (
            ["send", "DOCUMENT_STATUS_CHANGED", "--url", "http://127.0.0.1:9", "--user", "a:b"],
            "http://127.0.0.1:9/webhooks/marosa cannot be reached:",
        ),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    inlet: Inlet, arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "odd.json").write_text('{"eventId": "1"}')
    result = inlet(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.output


def test_without_a_laptop_run_the_command_says_how_to_start_one(
    inlet: Inlet, tmp_path: Path
) -> None:
    (tmp_path / ".inlet" / "laptop.json").unlink()
    result = inlet("timeline", "marosa/document/1")
    assert result.exit_code == 2
    assert "start it with `make run`" in result.stderr.replace("\n", " ")


def test_a_laptop_run_that_was_killed_does_not_run(
    inlet: Inlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".inlet" / "laptop.json"
    written = json.loads(file.read_text())
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    file.write_text(json.dumps(written | {"pid": ended.pid}))
    result = inlet("timeline", "marosa/document/1")
    assert result.exit_code == 2
    assert "start it with `make run`" in result.stderr.replace("\n", " ")

    def kill(_pid: int, _signal: int) -> None:
        raise PermissionError  # as where another user started it

    monkeypatch.setattr(os, "kill", kill)
    assert inlet("timeline", "marosa/document/1").exit_code == 1


def test_a_laptop_run_that_does_not_answer_is_said_not_to(
    inlet: Inlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
    file = tmp_path / ".inlet" / "laptop.json"
    gone = json.loads(file.read_text()) | {"endpointUrl": "http://127.0.0.1:9"}
    file.write_text(json.dumps(gone))
    result = inlet("timeline", "marosa/document/1")
    assert result.exit_code == 2
    assert "inlet: AWS did not do what was asked: Could not connect" in result.stderr
    file.write_text('{"endpointUrl": ')
    assert "start it with `make run`" in inlet("timeline", "marosa/document/1").stderr


def test_a_secret_without_a_user_is_named(inlet: Inlet, aws: Aws) -> None:
    aws("secretsmanager").put_secret_value(SecretId="marosa", SecretString="{}")
    result = inlet("send", "DOCUMENT_STATUS_CHANGED")
    assert result.exit_code == 2
    assert "The secret of marosa holds no user and password" in result.stderr.replace("\n", " ")
    setup = inlet("provider-setup", "marosa")
    assert setup.exit_code == 2
    assert "The secret of marosa holds no user and password" in setup.stderr.replace("\n", " ")
    assert ":secret:marosa" in setup.stderr


def put(aws: Aws, **item: str | int | bytes) -> None:
    """Put an item into the timeline table."""
    typed = TypeSerializer().serialize
    aws("dynamodb").put_item(
        TableName="timeline", Item={name: typed(value) for name, value in item.items()}
    )


def entry(
    event_id: str,
    at: str,
    status: str,
    detail: str = '{"metadata": {"flags": ["assumed-zone"]}, "data": {}}',
) -> dict[str, str | int | bytes]:
    """An entry as the consumer writes it."""
    return {
        "pk": "marosa/document/1",
        "sk": f"event#{event_id}",
        "occurredAt": at,
        "receivedAt": at,
        "rank": 10,
        "eventType": "DOCUMENT_STATUS_CHANGED",
        "status": status,
        "attention": "none",
        "contentHash": "1:a",
        "detail": packed(detail, entry_key("marosa/document/1", event_id), "1:a"),
    }


def test_a_timeline_shows_state_and_entries_in_their_order(inlet: Inlet, aws: Aws) -> None:
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "OK") | {"attention": "sent"})
    put(aws, **entry("b", "2025-03-30T10:14:00.000000Z", "PROCESSING"))
    put(aws, pk="marosa/document/1", sk="state", status="OK", occurredAt="2025-03-30T10:15:00.0Z")

    shown = inlet("timeline", "marosa/document/1")
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "marosa/document/1 is OK since 2025-03-30T10:15:00.0Z",
        "2025-03-30T10:14:00.000000Z  DOCUMENT_STATUS_CHANGED  PROCESSING",
        "    event b · assumed-zone",
        "2025-03-30T10:15:00.000000Z  DOCUMENT_STATUS_CHANGED  OK",
        "    event a · attention sent · assumed-zone",
    ]

    as_json = json.loads(inlet("timeline", "marosa/document/1", "--json").output)
    assert [e["eventId"] for e in as_json["entries"]] == ["b", "a"]
    assert as_json["entries"][0]["detail"]["metadata"]["flags"] == ["assumed-zone"]
    assert as_json["state"]["status"] == "OK"


def test_a_timeline_for_a_script_has_every_digit(inlet: Inlet, aws: Aws) -> None:
    numbers = '{"a": 1.10, "b": 1e2, "c": 10000000000000000.01, "d": -0}'
    detail = f'{{"metadata": {{"flags": []}}, "data": {numbers}}}'
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "OK", detail))
    shown = inlet("timeline", "marosa/document/1", "--json").output
    assert numbers in " ".join(shown.split()).replace("{ ", "{").replace(" }", "}")
    assert inlet("timeline", "marosa/document/1").exit_code == 0


def test_a_timeline_shows_the_flags_of_its_state(inlet: Inlet, aws: Aws) -> None:
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "DONE"))
    state = {"pk": "marosa/document/1", "sk": "state", "status": "DONE", "occurredAt": "10:15"}
    flags = ["unexpected-transition:begin>DONE", "unexpected-transition:DONE>DONE"]
    item: dict[str, Any] = {name: {"S": value} for name, value in state.items()}
    item |= {"entries": {"N": "2"}, "flags": {"L": [{"S": flag} for flag in flags]}}
    aws("dynamodb").put_item(TableName="timeline", Item=item)

    shown = inlet("timeline", "marosa/document/1")
    assert shown.output.splitlines() == [
        "marosa/document/1 is DONE since 10:15",
        "    unexpected-transition:begin>DONE",
        "    unexpected-transition:DONE>DONE",
        "2025-03-30T10:15:00.000000Z  DOCUMENT_STATUS_CHANGED  DONE",
        "    event a · assumed-zone",
    ]

    as_json = json.loads(inlet("timeline", "marosa/document/1", "--json").output)
    assert as_json["state"] == state | {"entries": 2, "flags": flags}


def test_a_subject_that_nothing_is_known_of_is_said_to_be_unknown(inlet: Inlet) -> None:
    result = inlet("timeline", "marosa/document/2")
    assert result.exit_code == 1
    assert "Nothing is known of marosa/document/2." in result.stderr
    assert json.loads(inlet("timeline", "marosa/document/2", "--json").stdout) == {
        "entries": [],
        "conflicts": [],
        "state": None,
        "forgotten_at": None,
    }


def test_a_subject_is_found_by_its_bare_id(inlet: Inlet, aws: Aws) -> None:
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "OK"))
    put(aws, pk="marosa/document/1", sk="state", status="OK", occurredAt="2025-03-30T10:15:00.0Z")
    assert inlet("timeline", "1").output == inlet("timeline", "marosa/document/1").output
    assert "Nothing is known of 2." in inlet("timeline", "2").stderr

    put(aws, pk="digiteal/payment/1", sk="state", status="DONE", occurredAt="2025-03-30T10:15")
    several = inlet("timeline", "1")
    assert several.exit_code == 2
    assert several.stderr == (
        "inlet: 1 may be digiteal/payment/1 or marosa/document/1: say which.\n"
    )


def test_a_bare_id_is_found_among_any_number_of_providers(
    inlet: Inlet, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"provider{number}": PROVIDERS["marosa"] for number in range(20)}
    monkeypatch.setattr("inlet.operations.timeline.PROVIDERS", {**many, **PROVIDERS})
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "OK"))
    put(aws, pk="marosa/document/1", sk="state", status="OK", occurredAt="2025-03-30T10:15")
    assert inlet("timeline", "1").stdout.splitlines() == [
        "marosa/document/1 is OK since 2025-03-30T10:15",
        "2025-03-30T10:15:00.000000Z  DOCUMENT_STATUS_CHANGED  OK",
        "    event a · assumed-zone",
    ]


def test_what_dynamodb_leaves_over_is_asked_for_again() -> None:
    class Hasty:
        """DynamoDB that looks up ten keys at a time."""

        def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
            asked = RequestItems["timeline"]["Keys"]
            left = {"timeline": {"Keys": asked[10:]}} if asked[10:] else {}
            found = [{"pk": key["pk"]} for key in asked[:10] if "payment" in key["pk"]["S"]]
            found = [one for one in found if "digiteal" in one["pk"]["S"]]
            return {"Responses": {"timeline": found}, "UnprocessedKeys": left}

    outputs = {"TimelineTable": "timeline"}
    deployment = Deployment("memory", outputs, None, _clients={"dynamodb": Hasty()})  # type: ignore[arg-type]
    assert full_subject(deployment, "1") == "digiteal/payment/1"


def test_the_stage_on_aws_is_read_from_its_stack(inlet: Inlet, aws: Aws) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"TimelineTable": {"Value": "timeline"}},
    }
    aws("cloudformation").create_stack(StackName="inlet-dev", TemplateBody=json.dumps(template))
    put(aws, **entry("a", "2025-03-30T10:15:00.000000Z", "OK"))
    result = inlet("timeline", "marosa/document/1", "--stage", "dev")
    assert result.exit_code == 0
    assert "marosa/document/1" not in result.stderr


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"AWS_REGION": "eu-west-3"}, "eu-west-3 of account 123456789012"),
        ({"AWS_REGION": ""}, "eu-west-1 of account 123456789012"),
        ({"AWS_DEFAULT_REGION": None, "AWS_PROFILE": "p"}, "eu-north-1 of account 123456789012"),
        ({"AWS_REGION": "eu-west-3", "AWS_PROFILE": "p"}, "eu-west-3 of account 123456789012"),
        ({"AWS_DEFAULT_REGION": None}, "no region of account 123456789012"),
        (
            {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"},
            "eu-west-1 of account unknown",
        ),
    ],
)
def test_the_region_is_that_of_other_aws_tools(
    inlet: Inlet,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: dict[str, str | None],
    place: str,
) -> None:
    (tmp_path / "config").write_text("[profile p]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    result = inlet("timeline", "1", "--stage", "absent")
    assert result.exit_code == 2
    assert f"Could not read the stack inlet-absent in {place}: " in result.stderr


def test_an_unknown_profile_is_reported(inlet: Inlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    assert inlet("timeline", "1", "--stage", "dev").stderr == (
        "inlet: Could not read the stack inlet-dev: The config profile (absent) could not be"
        " found. Check the name of the stage, AWS_PROFILE and AWS_REGION.\n"
    )


def test_errors_of_a_stage_name_its_region_and_account(inlet: Inlet, aws: Aws) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"TimelineTable": {"Value": "absent"}},
    }
    aws("cloudformation").create_stack(StackName="inlet-dev", TemplateBody=json.dumps(template))
    result = inlet("timeline", "marosa/document/1", "--stage", "dev")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "inlet: AWS did not do what was asked in eu-west-1 of account 123456789012: An error"
        " occurred (ResourceNotFoundException) when calling the BatchGetItem operation"
    )


def test_a_sample_of_two_providers_must_be_told_apart(inlet: Inlet, tmp_path: Path) -> None:
    (tmp_path / "events").unlink()
    for provider in ("marosa", "digiteal"):
        (tmp_path / "events" / provider).mkdir(parents=True)
        (tmp_path / "events" / provider / "SAME.json").write_text("{}")
    result = inlet("send", "SAME")
    assert "say digiteal/SAME or marosa/SAME." in result.stderr.replace("\n", " ")


def test_without_samples_the_command_says_where_to_run_it(inlet: Inlet, tmp_path: Path) -> None:
    (tmp_path / "events").unlink()
    result = inlet("send", "SAME")
    assert "run this in the folder of the repository" in result.stderr.replace("\n", " ")


def test_the_catalogue_lists_every_type_with_what_a_subscriber_needs(inlet: Inlet) -> None:
    listed = json.loads(inlet("catalogue", "--json").stdout)
    of_two = [one for one in listed if one["provider"] in {"marosa", "digiteal"}]
    assert len(of_two) == 2 + 47 + 19
    assert listed[0] == {
        "provider": "marosa",
        "event_type": "DOCUMENT_STATUS_CHANGED",
        "description": "The internal processing status of a document changed.",
        "kind": "document",
        "consumer": "documents",
        "fields": ["eventId", "eventType", "occurredAt", "documentId", "externalStatus",
                   "currentStatus", "flowDetail"],
        "sensitive": [],
        "pattern": {"source": ["inlet.marosa"], "detail-type": ["DOCUMENT_STATUS_CHANGED"]},
        "sample": "events/marosa/DOCUMENT_STATUS_CHANGED.json",
    }  # fmt: skip
    shown = inlet("catalogue").output.splitlines()
    assert shown[:2] == [
        "marosa  DOCUMENT_STATUS_CHANGED  (document)",
        "    The internal processing status of a document changed.",
    ]


def test_a_type_whose_events_would_go_nowhere_is_named(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(kind: str) -> None:
        raise LookupError(f"no consumer takes the kind {kind!r}")

    monkeypatch.setattr("inlet.operations.catalogue.consumer_of", nobody)
    result = inlet("catalogue")
    assert result.exit_code == 2
    assert "DOCUMENT_STATUS_CHANGED of marosa goes nowhere: no consumer takes" in result.stderr


def test_the_page_of_events_is_what_the_catalogue_says(inlet: Inlet) -> None:
    page = (EVENTS.parent / "docs/reference/events.md").read_text()
    assert inlet("catalogue", "--markdown").output == page, (
        "write it anew: inlet catalogue --markdown > docs/reference/events.md"
    )


def test_the_openapi_document_is_what_the_providers_say(inlet: Inlet) -> None:
    page = (EVENTS.parent / "docs/reference/openapi.json").read_text()
    assert inlet("openapi").output == page, (
        "write it anew: inlet openapi > docs/reference/openapi.json"
    )


def test_the_setup_of_digiteal_is_the_whole_configuration_to_post(inlet: Inlet, aws: Aws) -> None:
    _add(aws, "digiteal")
    configuration = json.loads(inlet("provider-setup", "digiteal", "--show-password").output)
    assert configuration["login"] == "digiteal"
    assert configuration["password"] == "made-too"
    assert len(configuration["webHooks"]) == 47 + 19
    assert configuration["webHooks"][0] == {
        "type": "COMPANY_CREATED",
        "url": "http://127.0.0.1:8080/webhooks/digiteal/COMPANY_CREATED",
    }


def test_the_setup_of_marosa_is_a_subscription_per_type(inlet: Inlet) -> None:
    shown = inlet("provider-setup", "marosa", "--show-password").output
    for name in ("DOCUMENT_STATUS_CHANGED", "INVOICE_STATUS_CHANGED"):
        assert (
            f"event type {name}, notificationUrl http://127.0.0.1:8080/webhooks/marosa\n" in shown
        )
    assert "  user marosa\n  password made\n" in shown


def test_the_setup_of_a_standard_sender_is_its_url_and_signing_secret(
    inlet: Inlet, aws: Aws
) -> None:
    _add(aws, "standard")
    shown = inlet("provider-setup", "standard", "--show-password").output
    assert "  URL http://127.0.0.1:8080/webhooks/standard\n" in shown
    assert "  signing secret whsec_bWFkZS10b28=\n" in shown  # made-too
    assert "whsec_" not in inlet("provider-setup", "standard").output


def test_a_sample_is_signed_for_who_signs(
    inlet: Inlet, aws: Aws, posted: list[httpx.Request]
) -> None:
    _add(aws, "standard")
    inlet("send", "invoice.paid")
    inlet("send", "invoice.paid", "--url", "https://door.example", "--user", "whsec_bWFkZS10b28=")
    for request in posted:
        assert request.headers["webhook-id"] == "msg_2f8a"
        assert request.headers["webhook-signature"].startswith("v1,")
    assert str(posted[1].url) == "https://door.example/webhooks/standard"


def test_the_setup_tells_of_oauth2_beside_where_it_is_open(inlet: Inlet, aws: Aws) -> None:
    _add(aws, "digiteal")
    assert inlet("provider-setup", "digiteal").stderr == ""
    assert inlet("provider-setup", "marosa").stderr.splitlines() == [
        "OAuth2 is open as well, with a token instead:",
        "  URL http://127.0.0.1:8080/oauth2/marosa",
        "  token URL http://127.0.0.1:8081/marosa/token",
        "  client id a-client",
        "  client secret <--show-password prints it>",
        "  scope webhooks/write",
    ]
    shown = inlet("provider-setup", "marosa", "--show-password")
    assert "  client secret a-secret\n" in shown.stderr
    assert "a-secret" not in shown.stdout


def test_for_a_stage_on_aws_the_setup_leaves_tokens_to_the_issuer(
    inlet: Inlet, tmp_path: Path
) -> None:
    file = tmp_path / ".inlet" / "laptop.json"
    written = json.loads(file.read_text())
    file.write_text(json.dumps(written | {"oauth2": {}}))
    assert inlet("provider-setup", "marosa").stderr.splitlines()[1:] == [
        "  URL http://127.0.0.1:8080/oauth2/marosa",
        "  token URL, client and scope: as the issuer has them that the stage names",
    ]


def test_a_password_is_printed_on_purpose_only(inlet: Inlet) -> None:
    shown = inlet("provider-setup", "marosa").output
    assert "password <it is in arn:aws:secretsmanager:" in shown
    assert "password made" not in shown


def test_the_setup_of_nobody_is_refused_with_who_there_is(inlet: Inlet) -> None:
    result = inlet("provider-setup", "nobody")
    assert result.exit_code == 2
    assert "There is no provider nobody: say marosa or digiteal" in result.stderr


def _add(aws: Aws, provider: str) -> None:
    """Give the deployment in memory another provider's secret too."""
    secret = aws("secretsmanager").create_secret(
        Name=provider, SecretString='{"generated": "made-too"}'
    )
    file = Path(".inlet/laptop.json")
    written = json.loads(file.read_text())
    written["outputs"][f"{provider.capitalize()}CredentialsArn"] = secret["ARN"]
    file.write_text(json.dumps(written))


# What all verbs have


def _verbs() -> Iterator[tuple[str, set[str]]]:
    """Every verb and the options that it takes."""
    group = typer.main.get_group(app)
    for name, command in group.commands.items():
        for verb, one in getattr(command, "commands", {"": command}).items():
            options = {option for param in one.params for option in param.opts}
            yield f"{name} {verb}".strip(), options


def test_every_verb_speaks_json() -> None:
    """What openapi prints is JSON anyhow."""
    assert [verb for verb, options in _verbs() if "--json" not in options] == ["openapi"]


def test_every_verb_works_on_a_stage_or_on_the_laptop_run() -> None:
    """But those that work on the repository."""
    assert [verb for verb, options in _verbs() if not {"--stage", "--local"} <= options] == [
        "catalogue",
        "openapi",
        "new-provider",
    ]


def test_a_stage_and_the_laptop_run_at_once_is_a_mistake(inlet: Inlet) -> None:
    result = inlet("timeline", "INV-2025-00123", "--stage", "dev", "--local")
    assert (result.exit_code, result.stderr) == (
        2,
        "inlet: Name a stage or say --local, not both.\n",
    )


def test_the_setup_of_a_provider_is_json_for_a_script(inlet: Inlet) -> None:
    told = json.loads(inlet("provider-setup", "marosa", "--local", "--json").stdout)
    assert told["provider"] == "marosa"
    assert "http://127.0.0.1:8080/webhooks/marosa" in told["setup"]
    assert "http://127.0.0.1:8080/oauth2/marosa" in told["oauth2"]

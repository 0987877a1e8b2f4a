"""Doctor: a deployment that works is fine, and whatever would not is found and named."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from inlet.cli import app
from inlet.operations.doctor import Finding, doctor
from inlet.providers import PROVIDERS
from tests.conftest import Aws, Door
from tests.deployed import Deployed
from tests.faulty import Faulty, throttled
from tests.samples import sample


@pytest.fixture
def deployed(door: Door, aws: Aws, tmp_path: Path) -> Deployed:
    """A deployment in which everything works."""
    made = Deployed(aws, tmp_path)
    topic = aws("sns").create_topic(Name="attention")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:1:q")
    made.outputs |= {
        "AttentionTopicArn": topic,
        "PageTopicArn": topic,
        "TicketTopicArn": topic,
        "BusName": "bus",
        "DeliveriesTable": "deliveries",
        "QuarantineBucket": "quarantine",
    }
    for name, provider in PROVIDERS.items():
        made.outputs[f"{name.capitalize()}CredentialsArn"] = door.secrets[name]
        for event_type in provider.catalogue:
            pattern = {"source": [f"inlet.{name}"], "detail-type": [event_type]}
            aws("events").put_rule(
                Name=f"{name}-{event_type}", EventBusName="bus", EventPattern=json.dumps(pattern)
            )
    return made


def found(deployed: Deployed, severity: str) -> list[Finding]:
    return [one for one in doctor(deployed.deployment) if one.severity == severity]


def the(deployed: Deployed, severity: str) -> Finding:
    (finding,) = found(deployed, severity)
    return finding


def test_a_deployment_that_works_is_fine(deployed: Deployed) -> None:
    assert {one.severity for one in doctor(deployed.deployment)} == {"fine"}
    told = [one.what for one in doctor(deployed.deployment)]
    assert told[1:4] == [
        "marosa may prove itself with generated.",
        "digiteal may prove itself with generated.",
        "standard may prove itself with generated.",
    ]
    assert told[-1] == "The account lets 1000 functions run at once."


def test_attention_without_a_subscription_reaches_nobody(deployed: Deployed, aws: Aws) -> None:
    deployed.outputs["AttentionTopicArn"] = aws("sns").create_topic(Name="other")["TopicArn"]
    finding = the(deployed, "broken")
    assert finding.what == "Attention reaches nobody."
    assert finding.todo == (
        "Subscribe a person or a channel to arn:aws:sns:eu-west-1:123456789012:other."
    )


@pytest.mark.parametrize(
    ("output", "what"), [("PageTopicArn", "A page"), ("TicketTopicArn", "A ticket")]
)
def test_an_alarm_without_a_subscription_is_pointed_out(
    deployed: Deployed, aws: Aws, output: str, what: str
) -> None:
    deployed.outputs[output] = aws("sns").create_topic(Name="other")["TopicArn"]
    assert the(deployed, "look").what == f"{what} reaches nobody."


def test_attention_with_a_subscription_that_nobody_confirmed_reaches_nobody(
    deployed: Deployed,
) -> None:
    class Pages:
        def paginate(self, **_: Any) -> list[dict[str, Any]]:
            return [{"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]}]

    class Sns:
        def get_paginator(self, _: str) -> Pages:
            return Pages()

    deployment = deployed.deployment
    deployment._clients["sns"] = Sns()  # noqa: SLF001
    (finding,) = [one for one in doctor(deployment) if one.severity == "broken"]
    assert finding.what == "Attention reaches nobody: no subscription was confirmed."


def test_a_provider_without_a_credential_is_found(deployed: Deployed, door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": [], "apiKey": []}'
    )
    finding = the(deployed, "broken")
    assert finding.what == "marosa has no credential, so that nobody is let in."
    assert finding.todo == "Add one: inlet credentials add marosa <label>."


def test_a_secret_that_is_none_is_found_and_not_shown(deployed: Deployed, door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": "hunter2"}'
    )
    assert "hunter2" not in the(deployed, "broken").what


def test_a_paused_consumer_is_pointed_out(deployed: Deployed) -> None:
    deployed.lambda_.enabled["documents"] = False
    finding = the(deployed, "look")
    assert finding.what == (
        "documents is disabled: 0 events are waiting, and the oldest is lost in 4 days, 0:00:00."
    )
    assert finding.todo == "Let it go on: inlet resume documents."


def test_dead_letters_of_both_kinds_are_pointed_out(deployed: Deployed) -> None:
    event = sample("marosa", "DOCUMENT_STATUS_CHANGED").event
    deployed.consumer_letter("documents", event)
    deployed.rule_letter("payments", event)
    assert [one.what for one in found(deployed, "look")] == [
        "documents has 1 dead letters.",
        "the rules has 1 dead letters.",
    ]


def test_a_disabled_rule_is_found(deployed: Deployed, aws: Aws) -> None:
    aws("events").disable_rule(Name="digiteal-INVOICE_PAID", EventBusName="bus")
    finding = the(deployed, "broken")
    assert "what they match is lost: digiteal-INVOICE_PAID." in finding.what


def test_a_type_without_a_rule_is_found(deployed: Deployed, aws: Aws) -> None:
    aws("events").delete_rule(Name="digiteal-INVOICE_PAID", EventBusName="bus")
    assert the(deployed, "broken").what == "There is no rule for INVOICE_PAID of digiteal."


def test_quarantine_is_pointed_out(deployed: Deployed, door: Door) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract"))
    assert the(deployed, "look").what.startswith("1 refused contents are in quarantine, the last")


def test_a_small_quota_is_pointed_out(deployed: Deployed) -> None:
    deployed.lambda_.concurrency = 10
    assert the(deployed, "look").what == (
        "The account lets only 10 functions run at once: bursts will be throttled."
    )


def test_a_clock_that_is_off_is_found(deployed: Deployed) -> None:
    class Sts:
        def get_caller_identity(self) -> dict[str, Any]:
            headers = {"date": "Tue, 01 Apr 2025 08:00:00 GMT"}
            return {"Arn": "an-arn", "ResponseMetadata": {"HTTPHeaders": headers}}

    deployment = deployed.deployment
    deployment._clients["sts"] = Sts()  # noqa: SLF001
    (finding,) = [one for one in doctor(deployment) if one.severity == "broken"]
    assert "seconds off: what it signs will be refused." in finding.what


@pytest.mark.parametrize(
    ("error", "severity", "what"),
    [
        (throttled("ListRules"), "look", "Not seen: ListRules answered ThrottlingException."),
        (EndpointConnectionError(endpoint_url="x"), "broken", "AWS cannot be reached: "),
    ],
)
def test_what_cannot_be_seen_is_a_finding_and_the_rest_is_seen_all_the_same(
    deployed: Deployed, aws: Aws, error: Exception, severity: str, what: str
) -> None:
    deployment = deployed.deployment
    deployment._clients["events"] = Faulty(aws("events"), before={})  # noqa: SLF001

    def refuse(_: str) -> Any:
        raise error

    deployment._clients["events"].get_paginator = refuse  # noqa: SLF001
    findings = list(doctor(deployment))
    assert next(one.what for one in findings if one.severity == severity).startswith(what)
    assert findings[-1].what == "The account lets 1000 functions run at once."


def test_another_version_is_a_finding(deployed: Deployed) -> None:
    del deployed.outputs["BusName"]
    assert the(deployed, "broken").what == (
        "a deployment has no output BusName: it was deployed from another version of Inlet."
    )


@pytest.mark.parametrize(("concurrency", "code"), [(1000, 0), (10, 0)])
def test_the_command_tells_by_its_exit_code_whether_something_is_broken(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, concurrency: int, code: int
) -> None:
    monkeypatch.setattr("inlet.cli.commands.deployment_of", lambda *_, **__: deployed.deployment)
    deployed.lambda_.concurrency = concurrency
    assert CliRunner().invoke(app, ["doctor"]).exit_code == code
    del deployed.outputs["AttentionTopicArn"]
    told = CliRunner().invoke(app, ["doctor", "--json"])
    assert told.exit_code == 1
    assert [one["severity"] for one in json.loads(told.output)].count("broken") == 1
    assert "broken  a deployment has no output" in CliRunner().invoke(app, ["doctor"]).output

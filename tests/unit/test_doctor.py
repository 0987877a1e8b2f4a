"""Doctor: a deployment that works is fine, and whatever would not is found and named."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from inlet.cli.commands import app
from inlet.consumers import CONSUMERS, consumer_of
from inlet.operations.doctor import Finding, doctor
from inlet.operations.logs import CutShort, Line
from inlet.providers import PROVIDERS
from tests.conftest import Aws, Door
from tests.deployed import Deployed
from tests.faulty import Faulty, throttled
from tests.samples import sample

BUS_ARN = "arn:aws:events:eu-west-1:123456789012:event-bus/bus"
LETS_THE_BUS_IN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sqs:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            },
        ],
    }
)
MENDED = (
    "Put back what the template says: make deploy STAGE=<stage> ARGS=--revert-drift, as a"
    " deployment without it leaves alone what was changed by hand."
)


def lead(aws: Aws, rule: str, pattern: Any, consumer: str) -> None:
    """Let a rule send what matches to a consumer's queue."""
    events = aws("events")
    events.put_rule(Name=rule, EventBusName="bus", EventPattern=json.dumps(pattern))
    target = {"Id": "1", "Arn": f"arn:aws:sqs:eu-west-1:123456789012:{consumer}"}
    events.put_targets(Rule=rule, EventBusName="bus", Targets=[target])


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
        "BusArn": BUS_ARN,
        "ArchiveArn": aws("events").create_archive(ArchiveName="kept", EventSourceArn=BUS_ARN)[
            "ArchiveArn"
        ],
        "TimelineTable": "timeline",
        "DeliveriesTable": "deliveries",
        "BodiesBucket": "bodies",
        "QuarantineBucket": "quarantine",
    }
    for name in CONSUMERS:
        made.sqs.set_queue_attributes(
            QueueUrl=made.url(name), Attributes={"Policy": LETS_THE_BUS_IN}
        )
    for name, provider in PROVIDERS.items():
        made.outputs[f"{name.capitalize()}CredentialsArn"] = door.secrets[name]
        for event_type, known in provider.catalogue.items():
            pattern = {"source": [f"inlet.{name}"], "detail-type": [event_type]}
            lead(aws, f"{name}-{event_type}", pattern, consumer_of(known.kind).name)
    unknown = {"source": [{"prefix": "inlet."}], "detail": {"metadata": {"known": [False]}}}
    lead(aws, "unknown", unknown, "unrecognised")
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
    assert told[4] == "All 70 rules are on, and every type has one to its consumer."
    assert told[5] == (
        "documents takes events, 0 are waiting, and 0 are being taken or tried again."
    )
    assert told[14:18] == [
        "The timeline is there.",
        "The table of deliveries is there.",
        "The bucket of large bodies is there.",
        "The archive is there.",
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
    assert finding.todo == (
        "Take the last change back: move AWSCURRENT to the version of the secret that has"
        " AWSPREVIOUS. Or add one: inlet credentials add marosa <label>."
    )


def test_a_secret_that_is_none_is_found_and_not_shown(deployed: Deployed, door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": "hunter2"}'
    )
    finding = the(deployed, "broken")
    assert "hunter2" not in finding.what
    assert finding.todo == (
        "Take the last change back: move AWSCURRENT to the version of the secret that has"
        " AWSPREVIOUS."
    )


def test_a_paused_consumer_is_pointed_out(deployed: Deployed) -> None:
    deployed.lambda_.enabled["documents"] = False
    finding = the(deployed, "look")
    assert finding.what == (
        "documents is disabled: 0 events are waiting, and the oldest is lost in 4 days, 0:00:00."
    )
    assert finding.todo == "Let it go on: inlet resume documents."


def test_a_queue_whose_policy_keeps_the_bus_out_is_found(deployed: Deployed) -> None:
    deployed.sqs.set_queue_attributes(QueueUrl=deployed.url("payments"), Attributes={"Policy": ""})
    finding = the(deployed, "broken")
    assert finding.what == "The queue of payments does not let the bus in: its policy was changed."
    assert finding.todo == (
        f"{MENDED} Then send on what rules could not: inlet dead-letters redrive --all."
    )


def test_a_queue_that_is_gone_is_found_and_the_other_consumers_are_seen(
    deployed: Deployed,
) -> None:
    deployed.sqs.delete_queue(QueueUrl=deployed.url("invoices"))
    deployed.lambda_.enabled["transfers"] = False
    finding = the(deployed, "broken")
    assert finding.what.startswith("Gone: the consumer invoices, or its queue (GetQueueAttributes")
    assert finding.todo == MENDED
    assert the(deployed, "look").what.startswith("transfers is disabled")


def test_dead_letters_that_are_gone_are_found_beside_others(deployed: Deployed) -> None:
    deployed.sqs.delete_queue(QueueUrl=deployed.url("rule-dead-letters"))
    deployed.consumer_letter("documents", "no event")
    assert the(deployed, "broken").what.startswith("Gone: dead letters of the rules (")
    assert the(deployed, "look").what == "documents has 1 dead letters."


def is_tried(deployed: Deployed, consumer: str) -> None:
    """Let a consumer have taken an event that it has not finished."""
    deployed.sqs.send_message(QueueUrl=deployed.url(consumer), MessageBody="{}")
    deployed.sqs.receive_message(QueueUrl=deployed.url(consumer), VisibilityTimeout=600)


def test_a_consumer_that_fails_again_and_again_is_pointed_out(deployed: Deployed) -> None:
    failed = {"outcome": "failed", "causes": [{"type": "Throttled", "code": "Throttled"}]}
    deployed.log("documents", {**failed, "event_id": "first"})
    assert found(deployed, "look") == []  # it got over it
    is_tried(deployed, "documents")
    deployed.log("documents", {**failed, "event_id": "second"})
    finding = the(deployed, "look")
    assert finding.what == (
        "documents failed 2 times in the last hour, and tries again; the last time with Throttled."
    )
    assert finding.todo == "See one: inlet show second."


def test_a_consumer_that_fails_on_what_is_no_event_is_pointed_out(deployed: Deployed) -> None:
    is_tried(deployed, "documents")
    deployed.log("documents", {"outcome": "failed", "causes": [{"type": "JSONDecodeError"}]})
    assert the(deployed, "look").todo == "That one is no event."


def test_a_log_that_is_not_read_to_its_end_is_told_as_far_as_it_was(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_tried(deployed, "documents")

    def cut_short(*_: Any, **__: Any) -> Iterator[Line]:
        yield Line(id="1", at="now", written={"causes": [{"type": "OSError"}]})
        raise CutShort

    monkeypatch.setattr("inlet.operations.doctor.lines", cut_short)
    assert "failed 1 times in the last hour" in the(deployed, "look").what


def test_a_function_that_dies_is_pointed_out(deployed: Deployed, aws: Aws) -> None:
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {
                "MetricName": "Errors",
                "Dimensions": [{"Name": "FunctionName", "Value": "payments"}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=5),
                "Value": 3,
            }
        ],
    )
    finding = the(deployed, "look")
    assert finding.what == "The function of payments died 3 times in the last hour."
    assert finding.todo == (
        "The log group payments-logs says of what: its time, its memory, or its start."
    )


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("TimelineTable", "Gone: the timeline (DescribeTable answered ResourceNotFoundException)."),
        (
            "DeliveriesTable",
            "Gone: the table of deliveries (DescribeTable answered ResourceNotFoundException).",
        ),
        ("BodiesBucket", "Gone: the bucket of large bodies (ListObjectsV2 answered NoSuchBucket)."),
        (
            "ArchiveArn",
            "Gone: the archive (DescribeArchive answered ResourceNotFoundException).",
        ),
        ("QuarantineBucket", "Gone: the quarantine (ListObjectsV2 answered NoSuchBucket)."),
        (
            "PageTopicArn",
            "Gone: the topic PageTopicArn (ListSubscriptionsByTopic answered NotFound).",
        ),
    ],
)
def test_what_is_gone_is_found_with_what_puts_it_back(
    deployed: Deployed, output: str, what: str
) -> None:
    deployed.outputs[output] += "-gone"
    finding = the(deployed, "broken")
    assert (finding.what, finding.todo) == (what, MENDED)


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
    aws("events").remove_targets(Rule="digiteal-INVOICE_PAID", EventBusName="bus", Ids=["1"])
    aws("events").delete_rule(Name="digiteal-INVOICE_PAID", EventBusName="bus")
    finding = the(deployed, "broken")
    assert finding.what == "No rule sends to its consumer: INVOICE_PAID of digiteal (to invoices)."
    assert finding.todo == (
        f"{MENDED} Then replay what was received meanwhile: inlet replay --since <time>. Or the"
        " deployment is older than this checkout."
    )


def test_a_rule_that_leads_to_another_consumer_is_found(deployed: Deployed, aws: Aws) -> None:
    target = {"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:123456789012:documents"}
    aws("events").put_targets(Rule="unknown", EventBusName="bus", Targets=[target])
    assert the(deployed, "broken").what == (
        "No rule sends to its consumer: types that no catalogue knows (to unrecognised)."
    )


def test_quarantine_is_pointed_out(deployed: Deployed, door: Door) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract"))
    what = the(deployed, "look").what
    assert what.startswith("1 refused contents are in quarantine, the last from ")
    assert what.endswith(": 1 marosa wrong-contract.")


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
        (throttled("ListRules"), "look", "Not seen: rules (ListRules answered Throttli"),
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

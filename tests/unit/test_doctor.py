"""Doctor: a deployment that works is ok, and whatever would not is found and named."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from inlet.cli.commands import app
from inlet.consumers import CONSUMERS, consumer_of
from inlet.operations import dead_letters
from inlet.operations.dead_letters import Wanted
from inlet.operations.doctor import LOOKS, Finding, doctor
from inlet.operations.logs import CutShort, Line
from inlet.provider import Provider
from inlet.providers import PROVIDERS
from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.door import Door
from tests.support.faulty import Faulty, throttled
from tests.support.samples import sample

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
ROOM = (
    "The account runs 1000 functions at once, and consumers take 45 of them at most: 955 are left"
    " for ingest."
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


def sent(provider: Provider) -> Iterator[tuple[str, str]]:
    """The consumer of each event type of a provider, and the type."""
    for event_type, known in provider.catalogue.items():
        yield consumer_of(known.kind).name, event_type


@pytest.fixture
def deployed(door: Door, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A deployment in which everything works."""
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    made = Deployed(aws, tmp_path)
    made.outputs |= aws.prepared("doctor", lambda: make_working(made, door, aws))
    return made


def make_working(made: Deployed, door: Door, aws: Aws) -> dict[str, str]:
    """Make what a deployment in which everything works has, and return the outputs that name it."""
    topic = aws("sns").create_topic(Name="attention")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:1:q")
    outputs = {
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
        outputs[f"{name.capitalize()}CredentialsArn"] = door.secrets[name]
        for consumer, group in groupby(sorted(sent(provider), key=itemgetter(0)), itemgetter(0)):
            pattern = {"source": [f"inlet.{name}"], "detail-type": [one for _, one in group]}
            lead(aws, f"{name}-{consumer}", pattern, consumer)
    unknown = {"source": [{"prefix": "inlet."}], "detail": {"metadata": {"known": [False]}}}
    lead(aws, "unknown", unknown, "unrecognised")
    return outputs


def found(deployed: Deployed, severity: str, check: str | None = None) -> list[Finding]:
    """The findings of a severity; those of one check, which is faster, or of all."""
    findings = LOOKS[check](deployed.deployment) if check else doctor(deployed.deployment)
    return [one for one in findings if one.severity == severity]


def the(deployed: Deployed, severity: str, check: str | None = None) -> Finding:
    (finding,) = found(deployed, severity, check)
    return finding


def test_a_deployment_that_works_is_ok(deployed: Deployed) -> None:
    assert {one.severity for one in doctor(deployed.deployment)} == {"ok"}
    told = [one.what for one in doctor(deployed.deployment)]
    assert told[1:4] == [
        "marosa may prove itself with generated.",
        "digiteal may prove itself with generated.",
        "standard may prove itself with generated.",
    ]
    assert told[4] == "All 12 rules are on, and every type has one to its consumer."
    assert told[5] == (
        "documents takes events, 0 are waiting, and 0 are being taken or tried again."
    )
    assert told[14:18] == [
        "The timeline is there.",
        "The table of deliveries is there.",
        "The bucket of large bodies is there.",
        "The archive is there.",
    ]
    assert told[-2:] == ["The topic for tickets: 1 subscribed.", ROOM]


@pytest.mark.parametrize(
    ("output", "messages"),
    [("AttentionTopicArn", "notices"), ("PageTopicArn", "pages"), ("TicketTopicArn", "tickets")],
)
def test_a_topic_without_a_subscription_as_in_a_new_stage_is_a_warning(
    deployed: Deployed, aws: Aws, output: str, messages: str
) -> None:
    deployed.outputs[output] = aws("sns").create_topic(Name="other")["TopicArn"]
    finding = the(deployed, "warning", "topics")
    assert finding.what == f"The topic for {messages} has no subscription, so nobody gets them."
    assert finding.todo == (
        "Subscribe a person or a channel to arn:aws:sns:eu-west-1:123456789012:other."
    )


def test_a_topic_with_a_subscription_that_is_not_confirmed_is_a_warning(
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
    assert [one.what for one in doctor(deployment) if one.severity == "warning"] == [
        "The topic for notices has no confirmed subscription, so nobody gets them.",
        "The topic for pages has no confirmed subscription, so nobody gets them.",
        "The topic for tickets has no confirmed subscription, so nobody gets them.",
    ]


def test_a_provider_without_a_credential_is_found(deployed: Deployed, door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": [], "apiKey": []}'
    )
    finding = the(deployed, "error", "secrets")
    assert finding.what == "marosa has no credential, so that nobody is let in."
    assert finding.todo == (
        "Take the last change back: move AWSCURRENT to the version of the secret that has"
        " AWSPREVIOUS. Or add one: `inlet credentials add marosa <label>`."
    )


def test_a_secret_that_is_none_is_found_and_not_shown(deployed: Deployed, door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": "hunter2"}'
    )
    finding = the(deployed, "error", "secrets")
    assert "hunter2" not in finding.what
    assert finding.todo == (
        "Take the last change back: move AWSCURRENT to the version of the secret that has"
        " AWSPREVIOUS."
    )


def test_a_paused_consumer_is_pointed_out(deployed: Deployed) -> None:
    deployed.lambda_.enabled["documents"] = False
    finding = the(deployed, "warning", "consumers")
    assert finding.what == (
        "documents is disabled: 0 events are waiting, and the oldest is lost in 4 days, 0:00:00."
    )
    assert finding.todo == "Let it go on: `inlet resume documents`."


def test_a_queue_whose_policy_keeps_the_bus_out_is_found(deployed: Deployed) -> None:
    deployed.sqs.set_queue_attributes(QueueUrl=deployed.url("payments"), Attributes={"Policy": ""})
    finding = the(deployed, "error", "consumers")
    assert finding.what == "The queue of payments does not let the bus in: its policy was changed."
    assert finding.todo == (
        f"{MENDED} Then send on what rules could not: `inlet dead-letters redrive --all`."
    )


def test_a_queue_that_is_gone_is_found_and_the_other_consumers_are_seen(
    deployed: Deployed,
) -> None:
    deployed.sqs.delete_queue(QueueUrl=deployed.url("invoices"))
    deployed.lambda_.enabled["transfers"] = False
    finding = the(deployed, "error", "consumers")
    assert finding.what.startswith("Gone: the consumer invoices, or its queue (GetQueueAttributes")
    assert finding.todo == MENDED
    assert the(deployed, "warning", "consumers").what.startswith("transfers is disabled")


def test_dead_letters_that_are_gone_are_found_beside_others(deployed: Deployed) -> None:
    deployed.sqs.delete_queue(QueueUrl=deployed.url("rule-dead-letters"))
    deployed.consumer_letter("documents", "no event")
    assert the(deployed, "error", "dead letters").what.startswith(
        "Gone: dead letters of the rules ("
    )
    finding = the(deployed, "warning", "dead letters")
    assert finding.what == "There are 1 dead letters: documents 1."
    assert finding.todo == "List them: `inlet dead-letters list`."


def is_tried(deployed: Deployed, consumer: str) -> None:
    """Let a consumer have taken an event that it has not finished."""
    deployed.sqs.send_message(QueueUrl=deployed.url(consumer), MessageBody="{}")
    deployed.sqs.receive_message(QueueUrl=deployed.url(consumer), VisibilityTimeout=600)


FAILED = {
    "outcome": "failed",
    "message_id": "m1",
    "event_id": "e1",
    "retry_in": 10,
    "causes": [{"type": "Throttled", "code": "Throttled"}],
}
UNPARSED: dict[str, Any] = {"outcome": "failed", "message_id": "m2", "retry_in": None, "causes": []}


def test_each_message_that_is_retried_is_named_with_its_command(deployed: Deployed) -> None:
    for line in (FAILED, UNPARSED, FAILED):
        deployed.log("documents", line)
    assert found(deployed, "warning", "consumers") == []  # its queue is empty: they were consumed
    is_tried(deployed, "documents")
    assert found(deployed, "warning", "consumers") == [
        Finding(
            severity="warning",
            what=(
                "documents retries message m1, event e1. It failed 2 times in the last hour, last"
                " with Throttled."
            ),
            todo="Show it: `inlet show e1`. After its last attempt it becomes a dead letter.",
        ),
        Finding(
            severity="warning",
            what=(
                "documents cannot parse message m2. It failed once in the last hour, last with an"
                " unknown error."
            ),
            todo=(
                "After its last attempt it becomes a dead letter, which this shows:"
                " `inlet dead-letters show m2`."
            ),
        ),
    ]


def test_a_message_whose_retry_did_not_fail_is_not_named(deployed: Deployed) -> None:
    is_tried(deployed, "documents")
    deployed.log("documents", FAILED | {"retry_in": -300})
    assert found(deployed, "warning", "consumers") == []


def test_of_many_retried_messages_ten_are_named(deployed: Deployed) -> None:
    is_tried(deployed, "documents")
    for number in range(12):
        deployed.log("documents", FAILED | {"message_id": f"m{number}"})
    told = [one.what for one in found(deployed, "warning", "consumers")]
    assert len(told) == 11
    assert told[0].startswith("documents retries message m0,")
    assert told[-1] == "documents retries 2 more messages."


def cut_short(*_: Any, **__: Any) -> Iterator[Line]:
    yield Line(id="1", at=datetime.now(UTC).isoformat(), written=UNPARSED)
    raise CutShort


def test_a_log_that_is_not_read_to_its_end_is_a_warning(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_tried(deployed, "documents")
    monkeypatch.setattr("inlet.operations.doctor.lines", cut_short)
    assert [one.what for one in found(deployed, "warning", "consumers")] == [
        "documents logged more failures than were read in 2 s.",
        (
            "documents cannot parse message m2. It failed once in the last hour, last with an"
            " unknown error."
        ),
    ]


CRASH_TODO = (
    "Read the log group payments-logs. Causes are a time-out, too little memory, or an error at its"
    " start. Its events are retried."
)


def test_crashes_are_read_from_the_metric(deployed: Deployed, aws: Aws) -> None:
    deployed.log("payments", "RequestId: 1 Error: Task timed out after 60.00 seconds")
    data = {
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "payments"}],
        "Timestamp": datetime.now(UTC) - timedelta(minutes=5),
        "Value": 3,
    }
    aws("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[data])
    finding = the(deployed, "warning", "consumers")
    assert finding.what == "The function of payments crashed 3 times in the last hour."
    assert finding.todo == CRASH_TODO


@pytest.mark.parametrize(
    ("line", "last"),
    [
        (
            "Runtime.ExitError RequestId: 1 Error: Runtime exited with status -9",
            "last with: Runtime exited with status -9",
        ),
        (
            "Sandbox.Timedout RequestId: 1 Error: Task timed out after 60.00 seconds\r",
            "last with: Task timed out after 60.00 seconds",
        ),
        (
            {"level": "ERROR", "errorType": "Runtime.ImportModuleError"},
            "last with: Runtime.ImportModuleError",
        ),
        ({"record": {"errorType": "Runtime.ExitError"}}, "last with: an unknown error"),
    ],
)
def test_crashes_are_read_from_the_log_where_there_is_no_metric(
    deployed: Deployed, line: str | dict[str, Any], last: str
) -> None:
    deployed.log("payments", {"outcome": "consumed"})
    deployed.log("payments", line)
    finding = the(deployed, "warning", "consumers")
    assert finding.what == f"The function of payments crashed once in the last hour, {last}."
    assert finding.todo == CRASH_TODO


def test_crashes_are_counted_as_far_as_the_log_could_be_read(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def texts(_: Any, group: str, **__: Any) -> Iterator[str]:
        if group == "payments-logs":
            yield "Runtime.ExitError RequestId: 1 Error: Runtime exited with status 1"
        raise CutShort

    monkeypatch.setattr("inlet.operations.doctor.texts", texts)
    assert the(deployed, "warning", "consumers").what == (
        "The function of payments crashed once in the last hour, last with: Runtime exited with"
        " status 1."
    )


def test_what_is_gone_is_found_with_what_puts_it_back(deployed: Deployed) -> None:
    gone = {
        "ArchiveArn": "the archive (DescribeArchive answered ResourceNotFoundException).",
        "BodiesBucket": "the bucket of large bodies (ListObjectsV2 answered NoSuchBucket).",
        "DeliveriesTable": (
            "the table of deliveries (DescribeTable answered ResourceNotFoundException)."
        ),
        "PageTopicArn": "the topic PageTopicArn (ListSubscriptionsByTopic answered NotFound).",
        "QuarantineBucket": "the quarantine (ListObjectsV2 answered NoSuchBucket).",
        "RuleDeadLetters": (
            "dead letters of the rules (GetQueueAttributes answered"
            " AWS.SimpleQueueService.NonExistentQueue)."
        ),
        "TimelineTable": "the timeline (DescribeTable answered ResourceNotFoundException).",
    }
    for output in gone:
        deployed.outputs[output] += "-gone"
    assert sorted((one.what, one.todo) for one in found(deployed, "error")) == sorted(
        (f"Gone: {what}", MENDED) for what in gone.values()
    )


def test_each_dead_letter_is_named_with_its_commands(deployed: Deployed) -> None:
    event = sample("marosa", "DOCUMENT_STATUS_CHANGED").event
    deployed.consumer_letter("documents", event, error="ThrottlingException")
    deployed.consumer_letter("documents", "no event")
    deployed.rule_letter("payments", event)
    deployed.rule_letter("elsewhere", event)
    event_id = "event f47ac10b-58cc-4372-a567-0e02b2c3d479, failed with"
    told = {
        what.partition(" of ")[2]: (what.split()[2], todo)
        for what, todo in (
            (one.what, one.todo) for one in found(deployed, "warning", "dead letters")
        )
    }
    ids = [one.message_id for one in dead_letters.dead_letters(deployed.deployment, Wanted())]
    assert sorted(message_id for message_id, _ in told.values()) == sorted(ids)
    letter, todo = told[f"documents: {event_id} ClientError ThrottlingException."]
    assert todo == (
        f"Show it: `inlet dead-letters show {letter}`. After the fix:"
        f" `inlet dead-letters redrive {letter}`."
    )
    letter, todo = told["documents cannot be parsed as an event."]
    assert todo == (
        f"Show it: `inlet dead-letters show {letter}`. A redrive does not help; it expires after 14"
        " days."
    )
    assert f"the rules for payments: {event_id} NO_PERMISSIONS." in told
    letter, todo = told[f"the rules for another target: {event_id} NO_PERMISSIONS."]
    assert todo == f"Show it: `inlet dead-letters show {letter}`."


def test_a_dead_letter_that_somebody_has_received_is_counted(deployed: Deployed) -> None:
    deployed.consumer_letter("documents", "no event")
    queue = deployed.url("documents-dead-letters")
    deployed.sqs.receive_message(QueueUrl=queue, VisibilityTimeout=600)
    assert the(deployed, "warning", "dead letters").what == (
        "1 more dead letters cannot be listed: somebody has just received them."
    )


def test_more_dead_letters_than_are_listed_are_counted(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inlet.operations.doctor.LISTED_LETTERS", 2)
    for consumer in ("documents", "documents", "payments"):
        deployed.consumer_letter(consumer, "no event")
    assert (
        the(deployed, "warning", "dead letters").what
        == "There are 3 dead letters: documents 2, payments 1."
    )


def test_commands_name_the_stage(deployed: Deployed) -> None:
    deployed.consumer_letter("documents", "no event")
    stage = replace(deployed.deployment, name="inlet-dev")
    (finding,) = [one for one in doctor(stage) if one.severity == "warning"]
    assert finding.todo is not None
    assert re.match("Show it: `inlet dead-letters show [0-9a-f-]{36} --stage dev`[.]", finding.todo)


def test_a_disabled_rule_is_found(deployed: Deployed, aws: Aws) -> None:
    aws("events").disable_rule(Name="digiteal-invoices", EventBusName="bus")
    finding = the(deployed, "error", "rules")
    assert "what they match is lost: digiteal-invoices." in finding.what


def test_a_type_without_a_rule_is_found(deployed: Deployed, aws: Aws) -> None:
    aws("events").remove_targets(Rule="marosa-documents", EventBusName="bus", Ids=["1"])
    aws("events").delete_rule(Name="marosa-documents", EventBusName="bus")
    finding = the(deployed, "error", "rules")
    assert finding.what == (
        "No rule sends to its consumer: DOCUMENT_STATUS_CHANGED of marosa (to documents)."
    )
    assert finding.todo == (
        f"{MENDED} Then replay what was received meanwhile: inlet replay --since <time>. Or the"
        " deployment is older than this checkout."
    )


def test_a_rule_that_leads_to_another_consumer_is_found(deployed: Deployed, aws: Aws) -> None:
    target = {"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:123456789012:documents"}
    aws("events").put_targets(Rule="unknown", EventBusName="bus", Targets=[target])
    assert the(deployed, "error", "rules").what == (
        "No rule sends to its consumer: types that no catalogue knows (to unrecognised)."
    )


def test_quarantine_is_pointed_out(deployed: Deployed, door: Door) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract"))
    what = the(deployed, "warning", "the quarantine").what
    assert what.startswith("1 refused contents are in quarantine, the last from ")
    assert what.endswith(": 1 marosa wrong-contract.")


@pytest.mark.parametrize(
    ("concurrency", "told"),
    [
        (
            10,  # as in new accounts
            "0 are left for ingest. While events wait, consumers can starve ingest.",
        ),
        (
            94,
            "49 are left for ingest.",
        ),
    ],
)
def test_a_concurrency_that_consumers_can_use_up_is_a_warning(
    deployed: Deployed, concurrency: int, told: str
) -> None:
    deployed.lambda_.concurrency = concurrency
    finding = the(deployed, "warning", "the quota")
    assert finding.what == (
        f"The account runs {concurrency} functions at once, and consumers take 45 of them at most:"
        f" {told} Throttled requests get 5xx, and are retried by the provider."
    )
    assert finding.todo == "Request a higher quota of AWS Lambda: Concurrent executions."


def test_a_concurrency_that_leaves_enough_for_ingest_is_ok(deployed: Deployed) -> None:
    deployed.lambda_.concurrency = 95
    assert found(deployed, "warning", "the quota") == []


def test_a_clock_that_is_off_is_found(deployed: Deployed) -> None:
    class Sts:
        def get_caller_identity(self) -> dict[str, Any]:
            headers = {"date": "Tue, 01 Apr 2025 08:00:00 GMT"}
            return {"Arn": "an-arn", "ResponseMetadata": {"HTTPHeaders": headers}}

    deployment = deployed.deployment
    deployment._clients["sts"] = Sts()  # noqa: SLF001
    (finding,) = [one for one in doctor(deployment) if one.severity == "error"]
    assert "seconds off: what it signs will be refused." in finding.what


@pytest.mark.parametrize(
    ("error", "severity", "what"),
    [
        (throttled("ListRules"), "warning", "Not seen: rules (ListRules answered Throttli"),
        (EndpointConnectionError(endpoint_url="x"), "error", "AWS cannot be reached: "),
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
    assert findings[-1].what == ROOM


def test_another_version_is_a_finding(deployed: Deployed) -> None:
    del deployed.outputs["BusName"]
    assert the(deployed, "error").what == (
        "a deployment has no output BusName: it was deployed from another version of Inlet."
    )


def test_the_command_tells_by_its_exit_code_whether_something_is_broken(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inlet.cli.commands.deployment_of", lambda *_, **__: deployed.deployment)
    for concurrency in (1000, 10):
        deployed.lambda_.concurrency = concurrency
        assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
    del deployed.outputs["AttentionTopicArn"]
    told = CliRunner().invoke(app, ["doctor", "--json"])
    assert told.exit_code == 1
    assert [one["severity"] for one in json.loads(told.output)].count("error") == 1
    assert "error    a deployment has no output" in CliRunner().invoke(app, ["doctor"]).output

"""Alarms: what is told to whom, when, and where it says what to do."""

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from inlet.cli.commands import app
from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.template import CONSUMERS, COUNTED, Template, readable

PROVIDERS = ("marosa", "digiteal", "standard")
TAKERS = tuple(name.lower() for name in CONSUMERS)

PAGES = [
    "door-5xx",
    "rules-dead-letters",
    "rules-lose-events",
    *(f"{provider}-not-authenticated" for provider in PROVIDERS),
    *(f"{provider}-quarantine-full" for provider in PROVIDERS),
    *(f"{taker}-wait" for taker in TAKERS),
]
TICKETS = [
    "attention-not-delivered",
    "ingest-fails",
    "rules-fail",
    "unknown-types",
    *(f"{provider}-id-reused" for provider in PROVIDERS),
    *(f"{provider}-quarantine-grows" for provider in PROVIDERS),
    *(f"{taker}-dead-letters" for taker in TAKERS),
    *(f"{taker}-fails" for taker in TAKERS),
]


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm by its name, without the stack's."""
    return {
        alarm["AlarmName"].split("-", 2)[2]: alarm
        for alarm in template.all("CloudWatch::Alarm").values()
    }


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm watches, and pays for."""
    if "MetricName" in alarm:
        return [alarm]
    return [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if "MetricStat" in m]


def queries(alarm: dict[str, Any]) -> list[str]:
    """The Metrics Insights queries that an alarm watches."""
    expressions = (one.get("Expression", "") for one in alarm.get("Metrics", []))
    return [expression for expression in expressions if expression.startswith("SELECT")]


def described(metric: dict[str, Any]) -> str:
    dimensions = (f"{d['Name']}={readable(d['Value'])}" for d in metric.get("Dimensions", []))
    return " ".join([metric["Namespace"], metric["MetricName"], *dimensions])


@pytest.mark.parametrize("stage", ["dev", "laptop"])
def test_each_thing_that_can_be_wrong_is_a_page_or_a_ticket(
    templates: dict[str, Template], stage: str
) -> None:
    told = {
        name: ([readable(to) for to in a["AlarmActions"]], a.get("OKActions") is not None)
        for name, a in alarms(templates[stage]).items()
    }
    assert told == {
        **{name: (["AlarmsPage"], True) for name in PAGES},
        **{name: (["AlarmsTicket"], False) for name in TICKETS},
    }


def test_a_stage_with_a_canary_pages_when_it_is_missing(prod: Template, dev: Template) -> None:
    assert alarms(prod).keys() - alarms(dev).keys() == {"canary-missing"}
    canary = alarms(prod)["canary-missing"]
    assert [readable(to) for to in canary["AlarmActions"]] == ["AlarmsPage"]
    assert described(canary) == "inlet-prod Canaries outcome=arrived"
    assert (canary["ComparisonOperator"], canary["Threshold"]) == ("LessThanThreshold", 1)
    assert (canary["Period"], canary["EvaluationPeriods"]) == (300, 3)
    assert canary["TreatMissingData"] == "breaching"


def test_nothing_counted_is_nothing_wrong(dev: Template) -> None:
    for alarm in alarms(dev).values():
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_alarms_watch_what_they_say(dev: Template) -> None:
    watched = {
        name: (
            [*(described(metric) for metric in metrics(alarm)), *queries(alarm)],
            alarm.get("Statistic", "Sum"),
            alarm["Threshold"],
            alarm.get("Period", 300),
            f"{alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']}",
        )
        for name, alarm in alarms(dev).items()
        if not re.match("digiteal|standard", name)
        if name.partition("-")[0] not in TAKERS or name.startswith("payments")
    }
    assert watched == {
        "door-5xx": (
            ["AWS/ApiGateway 5xx ApiId=DoorApi", "AWS/ApiGateway Count ApiId=DoorApi"],
            "Sum",
            5,
            300,
            "3 of 12",
        ),
        "rules-dead-letters": (
            ["AWS/SQS ApproximateNumberOfMessagesVisible QueueName=BusDeadLetters.QueueName"],
            "Maximum",
            1,
            300,
            "1 of 1",
        ),
        "rules-lose-events": (
            [
                (
                    'SELECT SUM(InvocationsFailedToBeSentToDlq) FROM SCHEMA("AWS/Events",'
                    " EventBusName, RuleName) WHERE EventBusName = 'inlet-dev'"
                )
            ],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "rules-fail": (
            [
                (
                    'SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events",'
                    " EventBusName, RuleName) WHERE EventBusName = 'inlet-dev'"
                )
            ],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "marosa-not-authenticated": (
            ["inlet-dev Requests outcome=not-authenticated provider=marosa"],
            "Sum",
            10,
            3600,
            "1 of 1",
        ),
        "marosa-quarantine-full": (
            ["inlet-dev QuarantineFull provider=marosa"],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "payments-wait": (
            ["AWS/SQS ApproximateAgeOfOldestMessage QueueName=PaymentsQueue.QueueName"],
            "Maximum",
            900,
            300,
            "3 of 3",
        ),
        "attention-not-delivered": (
            ["AWS/SNS NumberOfNotificationsFailed TopicName=AttentionTopic.TopicName"],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "ingest-fails": (
            [
                "AWS/Lambda Errors FunctionName=IngestFunction",
                "AWS/Lambda Throttles FunctionName=IngestFunction",
            ],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "unknown-types": (
            ["inlet-dev Events consumer=unrecognised outcome=consumed"],
            "Sum",
            1,
            3600,
            "1 of 1",
        ),
        "marosa-id-reused": (
            ["inlet-dev Requests outcome=id-reused provider=marosa"],
            "Sum",
            1,
            300,
            "1 of 1",
        ),
        "marosa-quarantine-grows": (
            ["inlet-dev Quarantined provider=marosa"],
            "Sum",
            5,
            3600,
            "1 of 1",
        ),
        "payments-dead-letters": (
            ["AWS/SQS ApproximateNumberOfMessagesVisible QueueName=PaymentsDeadLetters.QueueName"],
            "Maximum",
            1,
            300,
            "1 of 1",
        ),
        "payments-fails": (
            ["inlet-dev Events consumer=payments outcome=failed"],
            "Sum",
            4,
            3600,
            "2 of 2",
        ),
    }


def test_an_alarm_says_what_is_wrong_where_the_runbook_is_and_what_to_do_first(
    template: Template,
) -> None:
    for alarm in alarms(template).values():
        stage = alarm["AlarmName"].split("-")[1]
        sentence, runbook, first = re.fullmatch(
            r"([A-Z].+\.) Runbook: (\S+)\. First: (inlet .+)", alarm["AlarmDescription"]
        ).groups()  # type: ignore[union-attr]
        page, _, anchor = runbook.partition("#")
        assert len(sentence.split()) > 5
        assert anchor in anchors((PROJECT / page).read_text()), runbook
        assert first.endswith(f" --stage {stage}") or first == "inlet catalogue"


def test_each_section_of_the_runbook_has_its_alarm(prod: Template) -> None:
    linked = {a["AlarmDescription"].split("#")[1].split(".")[0] for a in alarms(prod).values()}
    runbook = (PROJECT / "docs/operations.md").read_text().partition("\n## Alarms\n")[2]
    assert set(anchors(runbook.partition("\n## ")[0])) == linked


def anchors(page: str) -> list[str]:
    """What links name the headings of a page by."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings]


def test_the_first_command_of_an_alarm_is_there(prod: Template) -> None:
    described = [alarm["AlarmDescription"] for alarm in alarms(prod).values()]
    for command in {text.partition("First: inlet ")[2] for text in described}:
        words = command.split()
        verbs = words[: 2 if {"list", "show"} & set(words) else 1]
        shown = CliRunner().invoke(app, [*verbs, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, words
        assert [w for w in words if w.startswith("--") and w not in shown.output] == []


OUTCOMES = {
    "Requests": {
        "accepted", "duplicate", "failed", "id-reused", "no-type", "not-authenticated", "not-json",
        "not-json-content", "unavailable", "wrong-contract",
    },
    "Events": {"consumed", "failed"},
    "Canaries": {"arrived"},
}  # fmt: skip


def test_alarms_and_dashboard_name_only_what_is_counted(template: Template) -> None:
    of_alarms = [
        (m["MetricName"], {d["Name"]: d["Value"] for d in m["Dimensions"]})
        for alarm in alarms(template).values()
        for m in metrics(alarm)
        if m["Namespace"].startswith("inlet-")
    ]
    of_dashboard = [
        (metric[1], dict(zip(metric[2:-1:2], metric[3:-1:2], strict=True)))
        for _, drawn in rows(template)
        for metric in drawn
        if str(metric[0]).startswith("inlet-")
    ]
    for name, dimensions in [*of_alarms, *of_dashboard]:
        assert dimensions.keys() == COUNTED[name]
        assert dimensions.get("provider", "marosa") in PROVIDERS
        assert dimensions.get("consumer", "payments") in TAKERS
        assert dimensions["outcome"] in OUTCOMES[name] if "outcome" in dimensions else True
    searched = re.findall(r'{"inlet-\w+",([a-z,]+)} MetricName="(\w+)"', str(rows(template)))
    assert {name: set(by.split(",")) for by, name in searched} == {
        name: COUNTED[name]
        for name in ("CredentialUses", "Canaries", "Quarantined", "QuarantineFull", "Releases")
    }


def rows(template: Template) -> list[tuple[str, list[list[Any]]]]:
    """The rows of the dashboard: a heading, and all that is drawn in its row."""
    (made,) = template.all("CloudWatch::Dashboard").values()
    widgets = json.loads(readable(made["DashboardBody"]))["widgets"]
    found: list[tuple[str, list[list[Any]]]] = []
    for widget in widgets:
        if widget["type"] == "text":
            found.append((widget["properties"]["markdown"].removeprefix("## "), []))
        elif widget["type"] == "metric":
            found[-1][1].extend(widget["properties"]["metrics"])
    return found


def test_the_dashboard_reads_from_top_to_bottom_as_the_journey(dev: Template) -> None:
    assert [heading.partition(":")[0] for heading, _ in rows(dev)] == [
        "Door",
        "Authenticate",
        "Read",
        "Deduplicate",
        "Publish",
        "Rules",
        "Queues",
        "Consumers",
        "Attention",
        "Dead letters and quarantine",
    ]


def test_only_alarms_of_this_account_publish_on_their_topics(template: Template) -> None:
    policies = template.statements("SNS::TopicPolicy")
    for topic in ("AlarmsPage", "AlarmsTicket"):
        (allowed,) = (one for one in policies[topic] if one["Effect"] == "Allow")
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Action"] == "sns:Publish"
        assert allowed["Condition"] == OF_THIS_ACCOUNT
    (key,) = template.all("KMS::Key").values()
    assert key["EnableKeyRotation"] is True
    ours, theirs = key["KeyPolicy"]["Statement"]
    assert readable(ours["Principal"]["AWS"]) == "arn:AWS::Partition:iam::AWS::AccountId:root"
    assert theirs["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert theirs["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert theirs["Condition"] == OF_THIS_ACCOUNT


OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}

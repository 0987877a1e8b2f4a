"""The template held against what AWS refuses; and that each of these checks can fail."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from infrastructure.stages import OTHER_ENVIRONMENT_BYTES, OTHER_RESOURCES
from tests.infrastructure.conftest import HARDENED
from tests.infrastructure.limits import LIMITS, expanded
from tests.infrastructure.template import Template

Document = dict[str, Any]
Break = Callable[[Document], None]


@pytest.mark.parametrize("limit", LIMITS)
def test_the_template_is_well_within_the_limits_of_aws(template: Template, limit: str) -> None:
    assert list(LIMITS[limit](template)) == []


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.exhaustive
@pytest.mark.parametrize("what", HARDENED)
def test_what_makes_a_stage_harder_to_attack_is_within_them_too(
    hardened: dict[str, Template], what: str, limit: str
) -> None:
    assert list(LIMITS[limit](hardened[what])) == []


@pytest.mark.parametrize("what", ["dev", "prod", "laptop", *HARDENED])
def test_the_check_of_a_stage_reserves_enough_for_what_does_not_depend_on_its_values(
    templates: dict[str, Template], hardened: dict[str, Template], what: str
) -> None:
    template = hardened[what] if what in HARDENED else templates[what]
    rules = len(template.all("Events::Rule"))
    assert len(template.document["Resources"]) - rules <= OTHER_RESOURCES
    # Each further rule takes less than 2 KB of the template's 1 MB.
    most_bytes = len(json.dumps(template.document, indent=1)) + (240 - rules) * 2_000
    assert most_bytes < 1_000_000
    variables = template.all("Lambda::Function")["IngestFunction"]["Environment"]["Variables"]
    others = {name: value for name, value in variables.items() if name != "ADDRESSES"}
    assert len(expanded(others)) <= OTHER_ENVIRONMENT_BYTES


def first(document: Document, kind: str) -> Document:
    """The properties of the first resource of a kind."""
    return next(
        resource["Properties"]
        for resource in document["Resources"].values()
        if resource["Type"] == f"AWS::{kind}"
    )


def repeat(document: Document, kind: str, times: int) -> None:
    """Add copies of the first resource of a kind."""
    properties = first(document, kind)
    for number in range(times):
        document["Resources"][f"Copy{number}"] = {"Type": f"AWS::{kind}", "Properties": properties}


def add(properties: Document, **more: Any) -> None:
    properties.update(more)


def statements(document: Document, kind: str) -> list[Document]:
    found: list[Document] = first(document, kind)["PolicyDocument"]["Statement"]
    return found


def rename_log_groups(document: Document) -> None:
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Logs::LogGroup":
            resource["Properties"]["LogGroupName"] = "/door"


BREAKS: dict[str, Break] = {
    # A statement for each rule, as CDK's own target writes it.
    "queue_policy_statements": lambda t: statements(t, "SQS::QueuePolicy").extend(
        statements(t, "SQS::QueuePolicy")[-1:] * 20
    ),
    "queue_policy_bytes": lambda t: statements(t, "SQS::QueuePolicy")[0].update(Sid="s" * 8192),
    "queue_policy_conditions": lambda t: statements(t, "SQS::QueuePolicy")[0].update(
        Condition={"ArnLike": {f"aws:Key{n}": "x" for n in range(10)}}
    ),
    "queue_policy_principals": lambda t: statements(t, "SQS::QueuePolicy")[0].update(
        Principal={"AWS": [str(n) for n in range(50)]}
    ),
    "one_policy_per_queue": lambda t: repeat(t, "SQS::QueuePolicy", 1),
    # A permission for each of so many routes.
    "function_policy_bytes": lambda t: repeat(t, "Lambda::Permission", 40),
    "bus_policy_bytes": lambda t: t["Resources"].update(
        Policy={"Type": "AWS::Events::EventBusPolicy", "Properties": {"Statement": "s" * 10240}}
    ),
    "role_policy_bytes": lambda t: statements(t, "IAM::Policy").extend(
        statements(t, "IAM::Policy") * 20
    ),
    "managed_policy_bytes": lambda t: statements(t, "IAM::ManagedPolicy").extend(
        statements(t, "IAM::ManagedPolicy") * 3
    ),
    "topic_policy_bytes": lambda t: statements(t, "SNS::TopicPolicy")[0].update(Sid="s" * 30720),
    # A metric for each of so many consumers.
    "metrics_per_alarm": lambda t: add(
        first(t, "CloudWatch::Alarm"), Metrics=[{"MetricStat": {}}] * 10
    ),
    "seconds_per_alarm": lambda t: add(
        first(t, "CloudWatch::Alarm"), Period=300, EvaluationPeriods=288
    ),
    "alarm_description_length": lambda t: add(
        first(t, "CloudWatch::Alarm"), AlarmDescription="d" * 1024
    ),
    "widgets_per_dashboard": lambda t: add(
        first(t, "CloudWatch::Dashboard"), DashboardBody='{"properties": {}}' * 500
    ),
    "alarms_per_widget": lambda t: repeat(t, "CloudWatch::Alarm", 100),
    "table_policy_bytes": lambda t: add(
        first(t, "DynamoDB::Table"), ResourcePolicy={"PolicyDocument": "p" * 20480}
    ),
    "rules_per_bus": lambda t: repeat(t, "Events::Rule", 100),
    "targets_per_rule": lambda t: first(t, "Events::Rule")["Targets"].extend([{}] * 5),
    "pattern_length": lambda t: add(
        first(t, "Events::Rule"), EventPattern={"detail-type": ["A_TYPE_OF_EVENTS"] * 200}
    ),
    "pattern_validity": lambda t: add(
        first(t, "Events::Archive"), EventPattern={"source": [{"prefix": ["inlet."]}]}
    ),
    "names": lambda t: add(first(t, "Events::Archive"), ArchiveName="a" * 49),
    "resources": lambda t: repeat(t, "Events::Rule", 500),
    "outputs": lambda t: t["Outputs"].update({f"Output{n}": {} for n in range(200)}),
    "template_bytes": lambda t: t.update(Description="d" * 1_000_000),
    "routes": lambda t: repeat(t, "ApiGatewayV2::Route", 300),
    "integrations": lambda t: repeat(t, "ApiGatewayV2::Integration", 300),
    "authorizers": lambda t: t["Resources"].update(
        {
            "Authorizer": {
                "Type": "AWS::ApiGatewayV2::Authorizer",
                "Properties": {"JwtConfiguration": {"Audience": ["a"] * 50}},
            }
        }
    ),
    "scopes_per_route": lambda t: add(
        first(t, "ApiGatewayV2::Route"), AuthorizationScopes=["s"] * 10
    ),
    "environment_bytes": lambda t: first(t, "Lambda::Function")["Environment"]["Variables"].update(
        MUCH="m" * 4096
    ),
    "large_batches_have_a_window": lambda t: add(
        first(t, "Lambda::EventSourceMapping"), BatchSize=11
    ),
    "snap_start": lambda t: add(
        first(t, "Lambda::Function"),
        SnapStart={"ApplyOn": "PublishedVersions"},
        EphemeralStorage={"Size": 1024},
    ),
    "concurrency": lambda t: add(
        first(t, "Lambda::EventSourceMapping"), ScalingConfig={"MaximumConcurrency": 1}
    ),
    "key_policy_bytes": lambda t: t["Resources"].update(
        {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": "p" * 32768}}}
    ),
    "keys_that_eventbridge_may_use": lambda t: add(
        first(t, "SQS::Queue"), KmsMasterKeyId="alias/aws/sqs"
    ),
    "keys_that_publishers_may_use": lambda t: statements(t, "SNS::TopicPolicy").append(
        {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}}
    ),
    "access_log_names": rename_log_groups,
}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_is_seen_when_it_is_passed(dev: Template, limit: str) -> None:
    broken = deepcopy(dev.document)
    BREAKS[limit](broken)
    assert list(LIMITS[limit](Template(broken))) != []

"""The customer's own key: on everything that holds data, and for nobody but who needs it."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.infrastructure.conftest import template_of
from tests.infrastructure.limits import keys_that_eventbridge_may_use
from tests.infrastructure.stores import HOLD_NOTHING, SAYS_ITS_KEY
from tests.infrastructure.template import CONSUMERS, Template, listed, name_of, readable
from tests.laptop.stack import read_template


@pytest.fixture(scope="session")
def keyed(hardened: dict[str, Template]) -> Template:
    return hardened["customer key"]


def not_under_the_key(template: Template) -> set[str]:
    """What is not known to hold nothing, and does not say that it is under the key."""

    def key(resource: Any) -> str:
        value = resource["Properties"]
        try:
            for step in SAYS_ITS_KEY[resource["Type"]]:
                value = value[step]
            return readable(value)
        except LookupError:
            return "none"

    return {
        name
        for name, resource in template.document["Resources"].items()
        if resource["Type"] not in HOLD_NOTHING and key(resource) != "Key"
    }


def test_everything_that_holds_data_is_under_the_key(keyed: Template) -> None:
    assert not_under_the_key(keyed) == set()


@pytest.mark.parametrize("kind", SAYS_ITS_KEY)
def test_what_is_not_under_the_key_would_be_seen(keyed: Template, kind: str) -> None:
    planted = deepcopy(keyed.document)
    planted["Resources"]["Planted"] = {"Type": kind, "Properties": {}}
    assert not_under_the_key(Template(planted)) == {"Planted"}


def test_what_nobody_has_said_to_hold_nothing_would_be_seen(keyed: Template) -> None:
    planted = deepcopy(keyed.document)
    planted["Resources"]["Planted"] = {"Type": "AWS::Kinesis::Stream", "Properties": {}}
    assert not_under_the_key(Template(planted)) == {"Planted"}


def test_a_queue_is_under_one_key_and_no_other(keyed: Template) -> None:
    for queue in keyed.all("SQS::Queue").values():
        assert "SqsManagedSseEnabled" not in queue


def test_an_object_costs_no_request_for_the_key_of_its_own(keyed: Template) -> None:
    for bucket in keyed.all("S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["BucketKeyEnabled"] is True


def test_a_function_that_changes_keys_is_a_new_version_of_it(
    keyed: Template, prod: Template
) -> None:
    def versions(template: Template) -> set[str]:
        resources = template.document["Resources"].items()
        return {name for name, one in resources if one["Type"] == "AWS::Lambda::Version"}

    assert len(versions(keyed)) == len(versions(prod)) == 2 + len(CONSUMERS)
    assert versions(keyed) & versions(prod) == set()


@pytest.mark.parametrize(
    ("stage", "policies"),
    [("dev", ("Delete", "Delete")), ("prod", ("RetainExceptOnCreate", "Retain"))],
)
def test_the_key_rotates_and_stays_as_long_as_the_stages_data(
    stage: str, policies: tuple[str, str]
) -> None:
    template = template_of(stage, customer_key=True)
    (key,) = template.resources("KMS::Key").values()
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == policies
    assert readable(template.document["Outputs"]["CustomerKeyArn"]["Value"]) == "Key"


def test_only_services_that_act_for_nobody_are_in_the_keys_own_policy(keyed: Template) -> None:
    (key,) = keyed.all("KMS::Key").values()
    account, *services = key["KeyPolicy"]["Statement"]
    assert account == {  # that is, whom the account's own policies let
        "Effect": "Allow",
        "Principal": {"AWS": account["Principal"]["AWS"]},
        "Action": "kms:*",
        "Resource": "*",
    }
    assert readable(account["Principal"]["AWS"]) == "arn:AWS::Partition:iam::AWS::AccountId:root"
    events, bus = (
        f"arn:AWS::Partition:events:AWS::Region:AWS::AccountId:{name}"
        for name in ("rule/inlet-prod/*", "event-bus/inlet-prod")
    )
    groups = "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:"
    assert [
        (
            readable(statement["Principal"]["Service"]),
            listed(statement["Action"]),
            {
                f"{operator} {name}": [readable(value) for value in listed(values)]
                for operator, condition in statement.get("Condition", {}).items()
                for name, values in condition.items()
            },
        )
        for statement in services
    ] == [
        (
            "events.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"ArnLike aws:SourceArn": [events, bus]},
        ),
        (
            "events.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
            {"StringEquals kms:EncryptionContext:aws:events:event-bus:arn": [bus]},
        ),
        ("events.amazonaws.com", ["kms:DescribeKey"], {}),
        (
            "logs.AWS::Region.amazonaws.com",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {
                "ArnLike kms:EncryptionContext:aws:logs:arn": [
                    f"{groups}inlet-prod-*",
                    f"{groups}/aws/vendedlogs/inlet-prod/*",
                ]
            },
        ),
        (
            "cloudwatch.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            {"StringEquals aws:SourceAccount": ["AWS::AccountId"]},
        ),
    ]


def test_the_names_in_the_keys_policy_are_those_of_the_bus_and_the_logs(keyed: Template) -> None:
    assert keyed.all("Events::EventBus")["Bus"]["Name"] == "inlet-prod"
    # CloudFormation begins a name that it makes with the stack's.
    names = [group.get("LogGroupName") for group in keyed.all("Logs::LogGroup").values()]
    assert [name for name in names if name] == ["/aws/vendedlogs/inlet-prod/api"]


def test_eventbridge_could_not_send_without_the_keys_policy(keyed: Template) -> None:
    locked = deepcopy(keyed.document)
    (key,) = (one for one in locked["Resources"].values() if one["Type"] == "AWS::KMS::Key")
    del key["Properties"]["KeyPolicy"]["Statement"][1]
    assert len(list(keys_that_eventbridge_may_use(Template(locked)))) == 1 + 2 * len(CONSUMERS)


def test_what_the_bus_cannot_encrypt_is_a_dead_letter(keyed: Template, prod: Template) -> None:
    (bus,) = keyed.all("Events::EventBus").values()
    assert readable(bus["DeadLetterConfig"]["Arn"]) == "BusDeadLetters"
    (statement,) = (
        statement
        for statement in keyed.statements("SQS::QueuePolicy")["BusDeadLetters"]
        if statement.get("Sid") == "TheBus"
    )
    assert statement["Effect"] == "Allow"
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert readable(statement["Condition"]["ArnLike"]["aws:SourceArn"]) == "Bus"
    assert "DeadLetterConfig" not in prod.all("Events::EventBus")["Bus"]


def test_a_key_changes_nothing_else(keyed: Template, prod: Template) -> None:
    def shape(template: Template) -> set[tuple[str, str]]:
        resources = template.document["Resources"].items()
        return {
            (name, one["Type"]) for name, one in resources if one["Type"] != "AWS::Lambda::Version"
        }

    ((key, kind),) = shape(keyed) - shape(prod)
    ((alarms_key, same_kind),) = shape(prod) - shape(keyed)
    assert kind == same_kind == "AWS::KMS::Key"
    assert (name_of(key), name_of(alarms_key)) == ("Key", "AlarmsKey")


def test_a_stage_has_no_key_unless_it_asks_for_one(template: Template) -> None:
    assert template.all("KMS::Key").keys() == {"AlarmsKey"}
    assert "kms:ViaService" not in json.dumps(template.document)
    assert "CustomerKeyArn" not in template.document["Outputs"]


def test_the_laptop_run_takes_a_stage_with_a_key(keyed: Template) -> None:
    key = read_template(keyed.document).outputs["CustomerKeyArn"]
    assert key.startswith("arn:aws:kms:eu-west-1:123456789012:key/Key")

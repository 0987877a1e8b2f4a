"""A template is resolved whole, or refused with the names of all that is not honoured."""

from pathlib import Path
from typing import Any

import pytest

from local.assembly import read
from local.errors import LaptopError
from local.resources import TYPES, Bucket, EventSourceMapping, Function, Queue, ignored_properties
from tests.laptop.stack import PLACE, read_template, template, write_assembly


def refused(body: dict[str, Any]) -> str:
    with pytest.raises(LaptopError) as refusal:
        read_template(body)
    return str(refusal.value)


def outputs(**values: Any) -> dict[str, str]:
    body = template()
    body["Outputs"] = {name: {"Value": value} for name, value in values.items()}
    return dict(read_template(body).outputs)


def test_intrinsics_are_computed() -> None:
    assert outputs(
        ref={"Ref": "Queue"},
        attribute={"Fn::GetAtt": ["Queue", "Arn"]},
        joined={"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]},
        substituted={"Fn::Sub": "${AWS::StackName}/${Queue.QueueName}/${!Literal}"},
        with_variables={"Fn::Sub": ["${x}-${AWS::AccountId}", {"x": {"Ref": "Bus"}}]},
        selected={"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "EchoLive"}]}]},
        version={"Fn::GetAtt": ["EchoVersion", "Version"]},
        secret={"Ref": "Secret"},
        bucket={"Ref": "Bucket"},
        objects={"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]},
    ) == {
        "ref": "http://127.0.0.1:4566/123456789012/small-Queue",
        "attribute": "arn:aws:sqs:eu-west-1:123456789012:small-Queue",
        "joined": "a-eu-west-1",
        "substituted": "small/small-Queue/${Literal}",
        "with_variables": "inlet-123456789012",
        "selected": "small-Echo",
        "version": "1",
        "secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:small-Secret-laptop",
        "bucket": "small-bucket",
        "objects": "arn:aws:s3:::small-bucket/*",
    }


def test_a_property_without_value_is_as_if_it_was_not_there() -> None:
    body = template()
    body["Resources"]["Queue"]["Properties"]["DelaySeconds"] = {"Ref": "AWS::NoValue"}
    queues = {queue.logical_id: queue.properties for queue in read_template(body).of(Queue)}
    assert queues["Queue"].delay_seconds == 0


def test_a_bucket_may_have_a_name_of_its_own() -> None:
    body = template()
    body["Resources"]["Bucket"]["Properties"]["BucketName"] = "ours"
    [bucket] = read_template(body).of(Bucket)
    assert (bucket.name, bucket.arn) == ("ours", "arn:aws:s3:::ours")


def test_a_key_makes_no_difference() -> None:
    body = template()
    body["Resources"]["Key"] = {
        "Type": "AWS::KMS::Key",
        "Properties": {"EnableKeyRotation": True, "KeyPolicy": {"Statement": []}},
    }
    body["Resources"]["KeyAlias"] = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "alias/ours", "TargetKeyId": {"Ref": "Key"}},
    }
    body["Outputs"] = {
        "Key": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}},
        "KeyAlias": {"Value": {"Ref": "KeyAlias"}},
    }
    assert read_template(body).outputs == {
        "Key": "arn:aws:kms:eu-west-1:123456789012:key/Key",
        "KeyAlias": "alias/ours",
    }


def test_what_watches_and_calls_by_the_clock_makes_no_difference() -> None:
    body = template()
    body["Resources"] |= {
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"MetricName": "Errors", "Threshold": 1, "OKActions": [{"Ref": "Topic"}]},
        },
        "Page": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": "{}"}},
        "Nightly": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {"ScheduleExpression": "rate(1 day)", "Target": {}},
        },
        "Operators": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {}}},
    }
    body["Outputs"] = {
        "Alarm": {"Value": {"Fn::GetAtt": ["Alarm", "Arn"]}},
        "Operators": {"Value": {"Ref": "Operators"}},
    }
    assert read_template(body).outputs == {
        "Alarm": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:small-Alarm",
        "Operators": "arn:aws:iam::123456789012:policy/small-Operators",
    }


def test_properties_and_types_that_are_not_honoured_are_all_named() -> None:
    body = template()
    resources = body["Resources"]
    resources["Mapping"]["Properties"]["FilterCriteria"] = {"Filters": []}
    resources["RuleToQueue"]["Properties"]["Targets"][0]["InputPath"] = "$.detail"
    resources["Stage"]["Properties"]["DefaultRouteSettings"] = {
        "ThrottlingBurstLimit": 1,
        "ThrottlingRateLimit": 1,
        "DataTraceEnabled": True,
    }
    resources["Stream"] = {"Type": "AWS::Kinesis::Stream"}
    resources["Table"]["CreationPolicy"] = {}
    assert refused(body).splitlines()[1:] == [
        "  Stage (AWS::ApiGatewayV2::Stage): DefaultRouteSettings.DataTraceEnabled",
        "  Mapping (AWS::Lambda::EventSourceMapping): FilterCriteria",
        "  Table (AWS::DynamoDB::Table): CreationPolicy",
        "  RuleToQueue (AWS::Events::Rule): Targets.0.InputPath",
        "  Stream (AWS::Kinesis::Stream): the whole type",
    ]


def test_a_value_that_is_not_honoured_is_named() -> None:
    body = template()
    body["Resources"]["Api"]["Properties"]["ProtocolType"] = "WEBSOCKET"
    assert "Api (AWS::ApiGatewayV2::Api): ProtocolType: Input should be 'HTTP'" in refused(body)


@pytest.mark.parametrize("name", ["RuleToQueue", "Archive"])
def test_an_invalid_pattern_is_named(name: str) -> None:
    body = template()
    pattern = {"source": [{"sounds-like": "inlet"}]}
    body["Resources"][name]["Properties"]["EventPattern"] = pattern
    problem = "EventPattern: Value error, source: has the unknown operator sounds-like."
    assert f"): {problem}" in refused(body)


def test_a_policy_condition_that_is_not_understood_is_named() -> None:
    body = template()
    statement = body["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][1]
    statement["Condition"] = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    assert "QueuePolicy (AWS::SQS::QueuePolicy): PolicyDocument.Statement.1" in refused(body)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue is not known"),
        ({"Ref": "Nobody"}, "there is no resource Nobody"),
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "AWS::SQS::Queue has no attribute Colour"),
    ],
)
def test_a_value_that_cannot_be_computed_is_named(value: dict[str, Any], said: str) -> None:
    body = template()
    body["Resources"]["Queue"]["Properties"]["DelaySeconds"] = value
    message = refused(body)
    assert "Queue (AWS::SQS::Queue)" in message
    assert said in message


def test_what_cdk_puts_into_every_template_is_no_matter() -> None:
    body = template() | {
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
    }
    assert read_template(body).name == "small"


def test_sections_that_are_not_honoured_are_named() -> None:
    body = template() | {"Parameters": {"Colour": {}}, "Conditions": {"IsRed": {}}}
    assert refused(body).splitlines()[1:] == ["  Parameters.Colour", "  Conditions.IsRed"]


def test_an_assembly_is_read_with_its_bundle(tmp_path: Path) -> None:
    stack = read(write_assembly(tmp_path, template()), PLACE)
    assert stack.name == "small"
    assert stack.assets == {"bundle.zip": tmp_path / "asset.1"}
    assert [one.name for one in stack.of(Function)] == ["small-Echo", "small-Consume", "small-Keep"]
    [mapping] = stack.of(EventSourceMapping)
    assert mapping.properties.event_source_arn.endswith(":small-Queue")


def test_no_assembly_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LaptopError, match=r"manifest\.json cannot be read"):
        read(tmp_path, PLACE)


def test_every_ignored_property_has_its_reason() -> None:
    table = list(ignored_properties())
    assert ("AWS::SQS::Queue", "SqsManagedSseEnabled", "nothing is written to a disk") in table
    assert (
        "AWS::Lambda::Function",
        "Architectures",
        "the bundle is built for this machine",
    ) in table
    assert all(reason for _, _, reason in table)
    assert {name for name, _, _ in table} <= set(TYPES)

"""What AWS refuses, as documented, though it synthesises and runs in every emulator.

Each limit is a function of a template that yields a sentence for each thing over it. Where the
limit is an amount, four fifths of it is what we use, so that there is time to see it coming.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inlet.patterns import InvalidPattern, compile_pattern
from tests.infrastructure.template import Template, listed, readable

Problems = Iterator[str]
Limit = Callable[[Template], Problems]

ARN = "a" * 140
"""In the place of whatever is known at deployment only: a long ARN."""
PSEUDO = "p" * 20
"""In the place of an account, a region or a partition."""


def expanded(value: Any) -> str:
    """A value as the JSON that AWS gets, as large as it may become."""

    def expand(part: Any) -> Any:
        match part:
            case {"Ref": str() as name} if name.startswith("AWS::"):
                return PSEUDO
            case {"Ref": _} | {"Fn::GetAtt": _}:
                return ARN
            case {"Fn::Join": [separator, parts]}:
                return separator.join(expand(one) for one in parts)
            case dict():
                return {key: expand(one) for key, one in part.items()}
            case list():
                return [expand(one) for one in part]
        return part

    return json.dumps(expand(value), separators=(",", ":"))


def more_than(amount: int, limit: int, what: str) -> Problems:
    if amount > limit * 4 // 5:
        yield f"{what}: {amount} of {limit}"


def queue_policy_statements(template: Template) -> Problems:
    for queue, statements in template.statements("SQS::QueuePolicy").items():
        yield from more_than(len(statements), 20, queue)


def queue_policy_bytes(template: Template) -> Problems:
    for queue, statements in template.statements("SQS::QueuePolicy").items():
        yield from more_than(len(expanded(statements)), 8192, queue)


def queue_policy_conditions(template: Template) -> Problems:
    for queue, statements in template.statements("SQS::QueuePolicy").items():
        conditions = [key for s in statements for keys in s["Condition"].values() for key in keys]
        yield from more_than(len(conditions), 10, queue)


def queue_policy_principals(template: Template) -> Problems:
    for queue, statements in template.statements("SQS::QueuePolicy").items():
        principals = [
            principal
            for statement in statements
            for kind in statement["Principal"].values()
            for principal in listed(kind)
        ]
        yield from more_than(len(principals), 50, queue)


def one_policy_per_queue(template: Template) -> Problems:
    """A second policy for a queue replaces the first."""
    queues = [
        readable(queue)
        for policy in template.all("SQS::QueuePolicy").values()
        for queue in policy["Queues"]
    ]
    yield from (f"{queue} has two policies" for queue in queues if queues.count(queue) > 1)


def function_policy_bytes(template: Template) -> Problems:
    permissions: dict[str, int] = {}
    for permission in template.all("Lambda::Permission").values():
        function = readable(permission["FunctionName"])
        # What Lambda makes of it is a statement with an id, and these in its words.
        permissions[function] = permissions.get(function, 0) + len(expanded(permission)) + 150
    for function, size in permissions.items():
        yield from more_than(size, 20480, function)


def bus_policy_bytes(template: Template) -> Problems:
    policies = template.all("Events::EventBusPolicy").values()
    yield from more_than(sum(len(expanded(policy)) for policy in policies), 10240, "bus")


def role_policy_bytes(template: Template) -> Problems:
    for role, statements in template.statements("IAM::Policy").items():
        yield from more_than(len(expanded(statements)), 10240, role)


def managed_policy_bytes(template: Template) -> Problems:
    for name, policy in template.all("IAM::ManagedPolicy").items():
        yield from more_than(len(expanded(policy["PolicyDocument"])), 6144, name)


def topic_policy_bytes(template: Template) -> Problems:
    for topic, statements in template.statements("SNS::TopicPolicy").items():
        yield from more_than(len(expanded(statements)), 30720, topic)


def metrics_per_alarm(template: Template) -> Problems:
    for name, alarm in template.all("CloudWatch::Alarm").items():
        watched = [metric for metric in alarm.get("Metrics", []) if "MetricStat" in metric]
        yield from more_than(len(watched), 10, name)


def seconds_per_alarm(template: Template) -> Problems:
    """An alarm looks back over a day at most, where its periods are shorter than an hour."""
    for name, alarm in template.all("CloudWatch::Alarm").items():
        if alarm.get("Period", 300) < 3600:
            yield from more_than(alarm.get("Period", 300) * alarm["EvaluationPeriods"], 86400, name)


def alarm_description_length(template: Template) -> Problems:
    for name, alarm in template.all("CloudWatch::Alarm").items():
        yield from more_than(len(alarm["AlarmDescription"]), 1024, name)


def widgets_per_dashboard(template: Template) -> Problems:
    for name, dashboard in template.all("CloudWatch::Dashboard").items():
        yield from more_than(expanded(dashboard).count("properties"), 500, name)


def alarms_per_widget(template: Template) -> Problems:
    for name, dashboard in template.all("CloudWatch::Dashboard").items():
        if '\\"alarm\\"' in expanded(dashboard):
            yield from more_than(len(template.all("CloudWatch::Alarm")), 100, name)


def table_policy_bytes(template: Template) -> Problems:
    for name, table in template.all("DynamoDB::Table").items():
        yield from more_than(len(expanded(table["ResourcePolicy"])), 20480, name)


def rules_per_bus(template: Template) -> Problems:
    # 300 in most regions, 100 in some; other teams have rules here too.
    yield from more_than(len(template.all("Events::Rule")), 100, "bus")


def targets_per_rule(template: Template) -> Problems:
    for name, rule in template.all("Events::Rule").items():
        yield from more_than(len(rule["Targets"]), 5, name)


def pattern_length(template: Template) -> Problems:
    for name, rule in template.all("Events::Rule").items():
        yield from more_than(len(expanded(rule["EventPattern"])), 2048, name)


def pattern_validity(template: Template) -> Problems:
    for kind in ("Events::Rule", "Events::Archive"):
        for name, properties in template.all(kind).items():
            try:
                compile_pattern(expanded(properties["EventPattern"]))
            except InvalidPattern as problem:
                yield f"{name}: {problem}"


LONGEST_NAMES = {
    "Events::Rule": ("Name", 64),
    "Events::Archive": ("ArchiveName", 48),
    "Lambda::Function": ("FunctionName", 64),
    "SQS::Queue": ("QueueName", 80),
    "IAM::Role": ("RoleName", 64),
    "CloudWatch::Alarm": ("AlarmName", 255),
    "CloudWatch::Dashboard": ("DashboardName", 255),
}


def names(template: Template) -> Problems:
    for kind, (key, limit) in LONGEST_NAMES.items():
        for name, properties in template.all(kind).items():
            yield from more_than(len(properties.get(key, "")), limit, name)


def resources(template: Template) -> Problems:
    yield from more_than(len(template.document["Resources"]), 500, "resources")


def outputs(template: Template) -> Problems:
    yield from more_than(len(template.document["Outputs"]), 200, "outputs")


def template_bytes(template: Template) -> Problems:
    yield from more_than(len(json.dumps(template.document, indent=1)), 1_000_000, "template")


def routes(template: Template) -> Problems:
    yield from more_than(len(template.all("ApiGatewayV2::Route")), 300, "routes")


def integrations(template: Template) -> Problems:
    yield from more_than(len(template.all("ApiGatewayV2::Integration")), 300, "integrations")


def authorizers(template: Template) -> Problems:
    yield from more_than(len(template.all("ApiGatewayV2::Authorizer")), 10, "authorizers")
    for name, authorizer in template.all("ApiGatewayV2::Authorizer").items():
        yield from more_than(len(authorizer["JwtConfiguration"]["Audience"]), 50, name)


def scopes_per_route(template: Template) -> Problems:
    for name, route in template.all("ApiGatewayV2::Route").items():
        yield from more_than(len(route.get("AuthorizationScopes", [])), 10, name)


def environment_bytes(template: Template) -> Problems:
    for name, function in template.all("Lambda::Function").items():
        yield from more_than(len(expanded(function["Environment"]["Variables"])), 4096, name)


def large_batches_have_a_window(template: Template) -> Problems:
    for name, mapping in template.all("Lambda::EventSourceMapping").items():
        if mapping["BatchSize"] > 10 and mapping.get("MaximumBatchingWindowInSeconds", 0) < 1:
            yield f"{name} takes {mapping['BatchSize']} without waiting for them"


def snap_start(template: Template) -> Problems:
    """SnapStart is for versions, from Python 3.12 on, without what a snapshot cannot hold."""
    versions = template.all("Lambda::Version").values()
    published = {readable(version["FunctionName"]) for version in versions}
    for name, function in template.all("Lambda::Function").items():
        if "SnapStart" not in function:
            continue
        if name not in published:
            yield f"{name} has no version"
        if int(function["Runtime"].removeprefix("python3.")) < 12:
            yield f"{name} runs on {function['Runtime']}"
        if "FileSystemConfigs" in function:
            yield f"{name} has a file system"
        if function.get("EphemeralStorage", {}).get("Size", 512) > 512:
            yield f"{name} has a disk of more than 512 MB"
        if any(
            "ProvisionedConcurrencyConfig" in alias and readable(alias["FunctionName"]) == name
            for alias in template.all("Lambda::Alias").values()
        ):
            yield f"{name} has provisioned concurrency"


def concurrency(template: Template) -> Problems:
    for name, mapping in template.all("Lambda::EventSourceMapping").items():
        if not 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 1000:
            yield f"{name} has a concurrency of {mapping['ScalingConfig']['MaximumConcurrency']}"


def key_policy_bytes(template: Template) -> Problems:
    for name, key in template.all("KMS::Key").items():
        yield from more_than(len(expanded(key["KeyPolicy"])), 32768, name)


def keys_that_eventbridge_may_use(template: Template) -> Problems:
    """EventBridge sends to a queue under a key of ours only, whose policy lets it."""
    let = {
        name
        for name, key in template.all("KMS::Key").items()
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "events.amazonaws.com"}
        if {"kms:Decrypt", "kms:GenerateDataKey"} <= set(listed(statement["Action"]))
        if "aws:SourceArn" in statement.get("Condition", {}).get("ArnLike", {})
    }
    for name, queue in template.all("SQS::Queue").items():
        if "KmsMasterKeyId" in queue and readable(queue["KmsMasterKeyId"]) not in let:
            yield f"{name} is encrypted with {readable(queue['KmsMasterKeyId'])}"


def keys_that_publishers_may_use(template: Template) -> Problems:
    """A service that may publish on a topic needs its key as well, and is not told so."""
    let = {
        (name, json.dumps(statement["Principal"]))
        for name, key in template.all("KMS::Key").items()
        for statement in key["KeyPolicy"]["Statement"]
        if "kms:Decrypt" in listed(statement["Action"])
        if any(action.startswith("kms:GenerateDataKey") for action in listed(statement["Action"]))
    }
    topics = template.all("SNS::Topic")
    for name, statements in template.statements("SNS::TopicPolicy").items():
        key = readable(topics[name]["KmsMasterKeyId"])
        for statement in statements:
            principal = statement["Principal"]
            if "Service" in principal and (key, json.dumps(principal)) not in let:
                yield f"{principal} may publish on {name}, and not use {key}"


def access_log_names(template: Template) -> Problems:
    for name, stage in template.all("ApiGatewayV2::Stage").items():
        log = readable(stage["AccessLogSettings"]["DestinationArn"])
        group = template.all("Logs::LogGroup")[log].get("LogGroupName", "")
        if not group.startswith("/aws/vendedlogs/"):
            yield f"{name} logs to {group or log}"


LIMITS: Mapping[str, Limit] = {
    limit.__name__: limit
    for limit in (
        queue_policy_statements,
        queue_policy_bytes,
        queue_policy_conditions,
        queue_policy_principals,
        one_policy_per_queue,
        function_policy_bytes,
        bus_policy_bytes,
        role_policy_bytes,
        managed_policy_bytes,
        topic_policy_bytes,
        metrics_per_alarm,
        seconds_per_alarm,
        alarm_description_length,
        widgets_per_dashboard,
        alarms_per_widget,
        table_policy_bytes,
        rules_per_bus,
        targets_per_rule,
        pattern_length,
        pattern_validity,
        names,
        resources,
        outputs,
        template_bytes,
        routes,
        integrations,
        authorizers,
        scopes_per_route,
        environment_bytes,
        large_batches_have_a_window,
        snap_start,
        concurrency,
        key_policy_bytes,
        keys_that_eventbridge_may_use,
        keys_that_publishers_may_use,
        access_log_names,
    )
}

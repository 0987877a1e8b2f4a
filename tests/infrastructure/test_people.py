"""What the two policies for people let them do: the whole of it."""

from typing import Any

import pytest

from tests.infrastructure.template import Template, listed, readable

PLACE = "AWS::Region:AWS::AccountId"
QUEUES = f"arn:AWS::Partition:sqs:{PLACE}:inlet-dev-*"
DEAD_LETTERS = f"arn:AWS::Partition:sqs:{PLACE}:inlet-dev-*DeadLetters*"
REPLAYS = f"arn:AWS::Partition:events:{PLACE}:replay/inlet-dev-*"
MAPPINGS = f"arn:AWS::Partition:lambda:{PLACE}:event-source-mapping:*"
LOGS = [
    f"arn:AWS::Partition:logs:{PLACE}:log-group:inlet-dev-*",
    f"arn:AWS::Partition:logs:{PLACE}:log-group:/aws/vendedlogs/inlet-dev/*",
]
TABLES = ["TimelineTable", "IngestDeliveries"]

VIEWER = {
    "cloudformation:DescribeStacks": [
        f"arn:AWS::Partition:cloudformation:{PLACE}:stack/inlet-dev/*"
    ],
    "dynamodb:BatchGetItem": TABLES,
    "dynamodb:DescribeTable": TABLES,
    "dynamodb:GetItem": TABLES,
    "dynamodb:Query": TABLES,
    "s3:ListBucket": ["BodiesBucket", "QuarantineBucket"],
    "s3:GetObject": ["BodiesBucket/*", "QuarantineBucket/*"],
    "logs:FilterLogEvents": LOGS,
    "logs:StartQuery": LOGS,
    "sqs:GetQueueAttributes": [QUEUES],
    "sqs:GetQueueUrl": [QUEUES],
    "sqs:ChangeMessageVisibility": [DEAD_LETTERS],
    "sqs:ReceiveMessage": [DEAD_LETTERS],
    "events:DescribeEventBus": ["Bus"],
    "events:DescribeArchive": ["BusArchive"],
    "events:DescribeReplay": [REPLAYS],
    "events:DescribeRule": [f"arn:AWS::Partition:events:{PLACE}:rule/Bus/*"],
    "events:ListTargetsByRule": [f"arn:AWS::Partition:events:{PLACE}:rule/Bus/*"],
    "sns:ListSubscriptionsByTopic": ["AttentionTopic", "AlarmsPage", "AlarmsTicket"],
    "cloudwatch:GetDashboard": [
        "arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/inlet-dev"
    ],
    "lambda:GetEventSourceMapping": [MAPPINGS],
    "cloudwatch:DescribeAlarms": ["*"],
    "cloudwatch:GetMetricData": ["*"],
    "cloudwatch:GetMetricStatistics": ["*"],
    "cloudwatch:ListDashboards": ["*"],
    "cloudwatch:ListMetrics": ["*"],
    "events:ListArchives": ["*"],
    "events:ListReplays": ["*"],
    "events:ListRuleNamesByTarget": ["*"],
    "events:ListRules": ["*"],
    "lambda:GetAccountSettings": ["*"],
    "lambda:ListEventSourceMappings": ["*"],
    "logs:DescribeLogGroups": ["*"],
    "logs:GetQueryResults": ["*"],
    "logs:StopQuery": ["*"],
}

OPERATOR = {
    "sqs:SendMessage": [QUEUES],
    "sqs:CancelMessageMoveTask": [DEAD_LETTERS],
    "sqs:DeleteMessage": [DEAD_LETTERS],
    "sqs:ListMessageMoveTasks": [DEAD_LETTERS],
    "sqs:StartMessageMoveTask": [DEAD_LETTERS],
    "events:StartReplay": ["BusArchive", REPLAYS],
    "events:CancelReplay": [REPLAYS],
    "lambda:InvokeFunction": ["IngestFunctionLive"],
    "lambda:UpdateEventSourceMapping": [MAPPINGS],
    "dynamodb:Scan": ["TimelineTable"],
    "dynamodb:DeleteItem": TABLES,
    "dynamodb:PutItem": ["TimelineTable"],
    "dynamodb:UpdateItem": ["IngestDeliveries"],
    "s3:DeleteObject": ["BodiesBucket/*", "QuarantineBucket/*"],
}


def statements(template: Template, policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = template.all("IAM::ManagedPolicy")[policy]["PolicyDocument"][
        "Statement"
    ]
    return found


@pytest.mark.parametrize(
    ("policy", "expected"), [("PeopleViewer", VIEWER), ("PeopleOperator", OPERATOR)]
)
def test_a_policy_lets_people_do_this_and_nothing_else(
    dev: Template, policy: str, expected: dict[str, list[str]]
) -> None:
    allowed = {
        action: sorted(readable(resource).removesuffix(".Arn") for resource in on)
        for statement in statements(dev, policy)
        for action in listed(statement["Action"])
        for on in [listed(statement["Resource"])]
    }
    assert allowed == {action: sorted(on) for action, on in expected.items()}
    assert {statement["Effect"] for statement in statements(dev, policy)} == {"Allow"}


def test_nobody_reads_secrets_or_the_events_that_wait(template: Template) -> None:
    for policy in template.all("IAM::ManagedPolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = listed(statement["Action"])
            assert [a for a in actions if a.startswith(("secretsmanager:", "kms:", "*"))] == []
            if "sqs:ReceiveMessage" in actions:
                assert "DeadLetters" in readable(statement["Resource"])


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("PeopleViewer", {"kms:Decrypt": ["dynamodb", "events", "s3", "sqs"]}),
        ("PeopleOperator", {"kms:Decrypt": ["dynamodb", "sqs"], "kms:GenerateDataKey": ["sqs"]}),
    ],
)
def test_with_a_key_people_may_use_it_for_what_they_may_do_and_not_for_secrets(
    hardened: dict[str, Template], policy: str, expected: dict[str, list[str]]
) -> None:
    uses = [
        statement
        for statement in statements(hardened["customer key"], policy)
        if readable(listed(statement["Resource"])[0]) == "Key"
    ]
    assert {
        use["Action"]: [
            readable(service).removesuffix(".AWS::Region.amazonaws.com")
            for service in listed(use["Condition"]["StringEquals"]["kms:ViaService"])
        ]
        for use in uses
    } == expected


@pytest.mark.parametrize("policy", ["PeopleViewer", "PeopleOperator"])
def test_only_mappings_of_the_stacks_own_functions_are_meant(dev: Template, policy: str) -> None:
    (statement,) = (
        one for one in statements(dev, policy) if readable(listed(one["Resource"])[0]) == MAPPINGS
    )
    function = statement["Condition"]["ArnLike"]["lambda:FunctionArn"]
    assert readable(function) == f"arn:AWS::Partition:lambda:{PLACE}:function:inlet-dev-*"

"""What each function may do: the whole of it, so that one grant more or less is seen."""

from tests.infrastructure.permissions import allowed, permissions
from tests.infrastructure.template import CONSUMERS, Template, readable

INGEST = [
    "dynamodb:DeleteItem on IngestDeliveries",
    "dynamodb:GetItem on TimelineTable",
    "dynamodb:PutItem on IngestDeliveries",
    "dynamodb:UpdateItem on IngestDeliveries",
    "events:DescribeEventBus on Bus",
    "events:PutEvents on Bus",
    "logs:CreateLogStream on IngestFunctionLogs",
    "logs:PutLogEvents on IngestFunctionLogs",
    "s3:GetObject on QuarantineBucket/*",
    "s3:PutObject on BodiesBucket/*",
    "s3:PutObject on QuarantineBucket/*",
    "secretsmanager:GetSecretValue on CredentialsDigiteal",
    "secretsmanager:GetSecretValue on CredentialsMarosa",
    "secretsmanager:GetSecretValue on CredentialsStandard",
]


def consumer(name: str) -> list[str]:
    """What a consumer may do: with its own logs and queue, and what all of them share."""
    return [
        "dynamodb:DeleteItem on TimelineTable",
        "dynamodb:GetItem on TimelineTable",
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        f"logs:CreateLogStream on {name}FunctionLogs",
        f"logs:PutLogEvents on {name}FunctionLogs",
        "sns:Publish on AttentionTopic",
        f"sqs:ChangeMessageVisibility on {name}Queue",
        f"sqs:DeleteMessage on {name}Queue",
        f"sqs:GetQueueAttributes on {name}Queue",
        f"sqs:ReceiveMessage on {name}Queue",
    ]


TRANSFERS = ["dynamodb:Query on TimelineTable"]
"""What only a consumer with a life cycle may do besides: read what its entries are."""


CANARY = [
    "dynamodb:GetItem on TimelineTable",
    "logs:CreateLogStream on CanaryFunctionLogs",
    "logs:PutLogEvents on CanaryFunctionLogs",
    "secretsmanager:GetSecretValue on CredentialsStandard",
]

KEY_OF_INGEST = [
    "kms:Decrypt on Key via dynamodb",
    "kms:Decrypt on Key via lambda",
    "kms:Decrypt on Key via s3",
    "kms:Decrypt on Key via secretsmanager",
    "kms:GenerateDataKey on Key via s3",
]
"""What the ingest function may do besides where the stage has a key."""

KEY_OF_CONSUMERS = [
    "kms:Decrypt on Key via dynamodb",
    "kms:Decrypt on Key via lambda",
    "kms:Decrypt on Key via sns",
    "kms:Decrypt on Key via sqs",
    "kms:GenerateDataKey on Key via sns",
]
"""What a consumer may do besides where the stage has a key."""

KEY_OF_CANARY = [
    "kms:Decrypt on Key via dynamodb",
    "kms:Decrypt on Key via lambda",
    "kms:Decrypt on Key via secretsmanager",
]
"""What the canary may do besides where the stage has a key."""


def test_each_function_may_do_what_it_does_and_nothing_else(
    templates: dict[str, Template],
) -> None:
    expected = {
        "IngestFunction": INGEST,
        **{f"{name}Function": consumer(name) for name in CONSUMERS},
        "TransfersFunction": sorted([*consumer("Transfers"), *TRANSFERS]),
    }
    assert permissions(templates["dev"]) == expected
    assert permissions(templates["laptop"]) == expected
    assert permissions(templates["prod"]) == {**expected, "CanaryFunction": CANARY}


def test_a_schedule_may_run_the_canary_and_nothing_else(prod: Template) -> None:
    statements = prod.statements("IAM::Policy")["CanaryScheduleRole"]
    assert allowed(statements) == ["lambda:InvokeFunction on CanaryFunctionLive"]


def test_with_a_key_each_function_may_use_it_through_its_own_services_and_no_more(
    hardened: dict[str, Template],
) -> None:
    assert permissions(hardened["customer key"]) == {
        "IngestFunction": sorted([*INGEST, *KEY_OF_INGEST]),
        **{f"{name}Function": sorted([*consumer(name), *KEY_OF_CONSUMERS]) for name in CONSUMERS},
        "TransfersFunction": sorted([*consumer("Transfers"), *TRANSFERS, *KEY_OF_CONSUMERS]),
        "CanaryFunction": sorted([*CANARY, *KEY_OF_CANARY]),
    }


def test_nobody_else_has_a_policy(template: Template) -> None:
    roles = {readable(function["Role"]) for function in template.all("Lambda::Function").values()}
    if template.all("Scheduler::Schedule"):
        roles.add("CanaryScheduleRole")
    assert template.statements("IAM::Policy").keys() == roles
    assert template.all("IAM::Role").keys() == roles


def test_no_function_waits_for_permissions_that_come_later(template: Template) -> None:
    for name, function in template.resources("Lambda::Function").items():
        waits_for = " ".join(function["DependsOn"])
        assert f"{name}RoleDefaultPolicy" in waits_for


def test_only_lambda_takes_the_roles_and_the_schedules_of_this_account_theirs(
    template: Template,
) -> None:
    for name, role in template.all("IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        if name == "CanaryScheduleRole":
            assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
            assert statement["Condition"] == {
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
            }
        else:
            assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}

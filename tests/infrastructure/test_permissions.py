"""What each function may do: the whole of it, so that one grant more or less is seen."""

from tests.infrastructure.template import CONSUMERS, Template, listed, readable

INGEST = [
    "dynamodb:DeleteItem on IngestDeliveries",
    "dynamodb:GetItem on TimelineTable",
    "dynamodb:PutItem on IngestDeliveries",
    "dynamodb:UpdateItem on IngestDeliveries",
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


def permissions(template: Template) -> dict[str, list[str]]:
    policies = template.statements("IAM::Policy")
    return {
        name: sorted(
            f"{action} on {readable(resource)}"
            for statement in policies[readable(function["Role"])]
            if statement["Effect"] == "Allow"
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
        )
        for name, function in template.all("Lambda::Function").items()
    }


def test_each_function_may_do_what_it_does_and_nothing_else(template: Template) -> None:
    assert permissions(template) == {
        "IngestFunction": INGEST,
        **{f"{name}Function": consumer(name) for name in CONSUMERS},
        "TransfersFunction": sorted([*consumer("Transfers"), *TRANSFERS]),
    }


def test_nobody_else_has_a_policy(template: Template) -> None:
    roles = {readable(function["Role"]) for function in template.all("Lambda::Function").values()}
    assert template.statements("IAM::Policy").keys() == roles
    assert template.all("IAM::Role").keys() == roles


def test_no_function_waits_for_permissions_that_come_later(template: Template) -> None:
    for name, function in template.resources("Lambda::Function").items():
        waits_for = " ".join(function["DependsOn"])
        assert f"{name}RoleDefaultPolicy" in waits_for


def test_only_lambda_takes_the_roles(template: Template) -> None:
    for role in template.all("IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"

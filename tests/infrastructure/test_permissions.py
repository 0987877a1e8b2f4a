"""What each function may do: the whole of it, so that one grant more or less is seen."""

from tests.infrastructure.template import Template, listed, readable

PERMISSIONS = {
    "DocumentsFunction": [
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        "logs:CreateLogStream on DocumentsFunctionLogs",
        "logs:PutLogEvents on DocumentsFunctionLogs",
        "sns:Publish on AttentionTopic",
        "sqs:ChangeMessageVisibility on DocumentsQueue",
        "sqs:DeleteMessage on DocumentsQueue",
        "sqs:GetQueueAttributes on DocumentsQueue",
        "sqs:ReceiveMessage on DocumentsQueue",
    ],
    "IngestFunction": [
        "dynamodb:DeleteItem on IngestDeliveries",
        "dynamodb:PutItem on IngestDeliveries",
        "dynamodb:UpdateItem on IngestDeliveries",
        "events:PutEvents on Bus",
        "logs:CreateLogStream on IngestFunctionLogs",
        "logs:PutLogEvents on IngestFunctionLogs",
        "secretsmanager:GetSecretValue on CredentialsDigiteal",
        "secretsmanager:GetSecretValue on CredentialsMarosa",
    ],
    "InvoicesFunction": [
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        "logs:CreateLogStream on InvoicesFunctionLogs",
        "logs:PutLogEvents on InvoicesFunctionLogs",
        "sns:Publish on AttentionTopic",
        "sqs:ChangeMessageVisibility on InvoicesQueue",
        "sqs:DeleteMessage on InvoicesQueue",
        "sqs:GetQueueAttributes on InvoicesQueue",
        "sqs:ReceiveMessage on InvoicesQueue",
    ],
    "PaymentsFunction": [
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        "logs:CreateLogStream on PaymentsFunctionLogs",
        "logs:PutLogEvents on PaymentsFunctionLogs",
        "sns:Publish on AttentionTopic",
        "sqs:ChangeMessageVisibility on PaymentsQueue",
        "sqs:DeleteMessage on PaymentsQueue",
        "sqs:GetQueueAttributes on PaymentsQueue",
        "sqs:ReceiveMessage on PaymentsQueue",
    ],
    "TransfersFunction": [
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        "logs:CreateLogStream on TransfersFunctionLogs",
        "logs:PutLogEvents on TransfersFunctionLogs",
        "sns:Publish on AttentionTopic",
        "sqs:ChangeMessageVisibility on TransfersQueue",
        "sqs:DeleteMessage on TransfersQueue",
        "sqs:GetQueueAttributes on TransfersQueue",
        "sqs:ReceiveMessage on TransfersQueue",
    ],
    "UnrecognisedFunction": [
        "dynamodb:PutItem on TimelineTable",
        "dynamodb:UpdateItem on TimelineTable",
        "logs:CreateLogStream on UnrecognisedFunctionLogs",
        "logs:PutLogEvents on UnrecognisedFunctionLogs",
        "sns:Publish on AttentionTopic",
        "sqs:ChangeMessageVisibility on UnrecognisedQueue",
        "sqs:DeleteMessage on UnrecognisedQueue",
        "sqs:GetQueueAttributes on UnrecognisedQueue",
        "sqs:ReceiveMessage on UnrecognisedQueue",
    ],
}


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
    assert permissions(template) == PERMISSIONS


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

"""The check of `make deploy`: whether AWS can be reached, and whether the stage is there."""

import json
import sys
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends

from inlet.operations.account import found, main
from inlet.operations.errors import OperationError
from tests.support.aws import Aws

ACCOUNT, REGION = "123456789012", "eu-central-1"
Ask = Callable[[], tuple[str, str]]


@pytest.fixture
def ask(
    aws: Aws,  # noqa: ARG001 - the program calls it
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """Run the program for the stage `prod`; return what it prints to both streams."""
    monkeypatch.setattr(sys, "argv", ["account", "prod"])
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    def run() -> tuple[str, str]:
        main()
        return tuple(capsys.readouterr())  # type: ignore[return-value]

    return run


@pytest.mark.parametrize(
    ("status", "deployed"),
    [
        (None, "false"),
        ("REVIEW_IN_PROGRESS", "false"),
        ("CREATE_FAILED", "false"),
        ("ROLLBACK_COMPLETE", "false"),
        ("ROLLBACK_FAILED", "false"),
        ("DELETE_FAILED", "false"),
        ("CREATE_COMPLETE", "true"),
        ("UPDATE_COMPLETE", "true"),
        ("UPDATE_ROLLBACK_COMPLETE", "true"),
        ("UPDATE_ROLLBACK_FAILED", "true"),
    ],
)
def test_a_stage_is_deployed_once_its_stack_was_created(
    ask: Ask, status: str | None, deployed: str
) -> None:
    if status:
        cloudformation = boto3.client("cloudformation", region_name=REGION)
        topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
        cloudformation.create_stack(StackName="inlet-prod", TemplateBody=json.dumps(topic))
        (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        stack.status = status
    assert ask() == (
        f'"deployed": {deployed}, "region": "eu-central-1"',
        "inlet-prod: account 123456789012, region eu-central-1\n",
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"AWS_REGION": ""}, "There is no region in the environment. Set AWS_REGION."),
        (
            {"AWS_PROFILE": "nobody"},
            (
                "Could not reach AWS with the credentials of the profile nobody: The config profile"
                " (nobody) could not be found. Renew them, such as with `aws sso login`, or set"
                " AWS_PROFILE and AWS_REGION."
            ),
        ),
    ],
)
def test_a_missing_region_or_profile_is_one_error_message(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        ask()
    assert left.value.code == sentence


def test_stacks_that_cannot_be_read_are_an_error_and_not_missing(
    aws: Aws,  # noqa: ARG001 - the function calls it
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def denied(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Not you"}}, "Describe")

    monkeypatch.setattr(CloudFormationBackend, "describe_stacks", denied)
    with pytest.raises(OperationError, match="Could not reach AWS with the credentials") as raised:
        found("inlet-prod")
    assert "(AccessDenied)" in str(raised.value)

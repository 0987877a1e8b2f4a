"""What others find: cdk-nag and cfn-lint."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Validations
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import lint  # type: ignore[import-untyped]

from infrastructure.stack import InletStack
from tests.infrastructure.conftest import HARDENED
from tests.infrastructure.template import CONSUMERS, Template

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
WILDCARDS = [
    ("*", "Viewer"),
    ("<BodiesBucket7CDFEDE9.Arn>/*", "Operator", "Viewer"),
    ("<QuarantineBucket2B128B57.Arn>/*", "Operator", "Viewer"),
    *(
        (f"arn:<AWS::Partition>:{resource}", *people)
        for resource, *people in (
            ("cloudformation:<AWS::Region>:<AWS::AccountId>:stack/inlet-prod/*", "Viewer"),
            ("events:<AWS::Region>:<AWS::AccountId>:replay/inlet-prod-*", "Operator", "Viewer"),
            ("events:<AWS::Region>:<AWS::AccountId>:rule/<Bus95A03305>/*", "Viewer"),
            ("lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:*", "Operator", "Viewer"),
            (
                "logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws/vendedlogs/inlet-prod/*",
                "Viewer",
            ),
            ("logs:<AWS::Region>:<AWS::AccountId>:log-group:inlet-prod-*", "Viewer"),
            ("sqs:<AWS::Region>:<AWS::AccountId>:inlet-prod-*", "Operator", "Viewer"),
            ("sqs:<AWS::Region>:<AWS::AccountId>:inlet-prod-*DeadLetters*", "Operator", "Viewer"),
        )
    ),
]
"""What the policies for people name by a pattern, and whose policies."""


@pytest.mark.parametrize("stage", ["dev", "prod", "laptop"])
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(
    stack_of: Callable[..., InletStack], stage: str
) -> None:
    stack = stack_of(stage)
    Validations.of(stack.node.root).add_plugins(AwsSolutionsChecks(stack.node.root))
    Template.of(stack)


@pytest.mark.parametrize("what", HARDENED)
def test_cdk_nag_finds_nothing_in_what_makes_a_stage_harder_to_attack(
    stack_of: Callable[..., InletStack], what: str
) -> None:
    stack = stack_of("dev", **HARDENED[what])
    Validations.of(stack.node.root).add_plugins(AwsSolutionsChecks(stack.node.root))
    Template.of(stack)


def test_a_finding_of_cdk_nag_stops_synthesis_and_is_named(
    stack_of: Callable[..., InletStack],
) -> None:
    stack = stack_of()
    Validations.of(stack.node.root).add_plugins(AwsSolutionsChecks(stack.node.root))
    sqs.Queue(stack, "Planted", enforce_ssl=True)
    with pytest.raises(RuntimeError, match="inlet-dev/Planted/Resource") as error:
        Template.of(stack)
    assert str(error.value).startswith("ValidationFailed")
    assert "AwsSolutions-SQS3" in str(error.value)


def test_each_finding_is_acknowledged_on_its_resource_with_a_sentence(
    stack_of: Callable[..., InletStack],
) -> None:
    acknowledged = {
        f"{finding.removeprefix('Annotation::')} on {construct.node.path}": reason
        for construct in stack_of("prod").node.find_all()
        for entry in construct.node.metadata
        if entry.type == ACKNOWLEDGED
        for finding, reason in entry.data.items()
    }
    assert sorted(acknowledged) == sorted(
        [
            "AwsSolutions-APIG4 on inlet-prod/Door/Api/POST--webhooks--digiteal",
            "AwsSolutions-APIG4 on inlet-prod/Door/Api/POST--webhooks--digiteal--{type}",
            "AwsSolutions-APIG4 on inlet-prod/Door/Api/POST--webhooks--marosa",
            "AwsSolutions-APIG4 on inlet-prod/Door/Api/POST--webhooks--standard",
            (
                "AwsSolutions-IAM5[Resource::<BodiesBucket7CDFEDE9.Arn>/*] on"
                " inlet-prod/Ingest/Function/Role"
            ),
            (
                "AwsSolutions-IAM5[Resource::<QuarantineBucket2B128B57.Arn>/*] on"
                " inlet-prod/Ingest/Function/Role"
            ),
            *(
                f"AwsSolutions-IAM5[Resource::{resource}] on inlet-prod/People/{who}"
                for resource, *people in WILDCARDS
                for who in people
            ),
            *(
                f"AwsSolutions-L1 on inlet-prod/{name}/Function/Function"
                for name in sorted((*CONSUMERS, "Canary", "Ingest"))
            ),
            "AwsSolutions-S1 on inlet-prod/Bodies/Bucket",
            "AwsSolutions-S1 on inlet-prod/Quarantine/Bucket",
            "AwsSolutions-SMG4 on inlet-prod/Credentials/Digiteal",
            "AwsSolutions-SMG4 on inlet-prod/Credentials/Marosa",
            "AwsSolutions-SMG4 on inlet-prod/Credentials/Standard",
            "AwsSolutions-SQS3 on inlet-prod/Bus/DeadLetters",
        ]
    )
    for reason in acknowledged.values():
        assert reason.endswith(".")
        assert len(reason.split()) > 5


def test_cfn_lint_finds_nothing(template: Template) -> None:
    assert [str(match) for match in lint(json.dumps(template.document))] == []


@pytest.mark.parametrize("what", HARDENED)
def test_cfn_lint_finds_nothing_in_what_makes_a_stage_harder_to_attack(
    hardened: dict[str, Template], what: str
) -> None:
    assert [str(match) for match in lint(json.dumps(hardened[what].document))] == []


def test_cfn_lint_would_find_what_is_wrong(dev: Template) -> None:
    wrong = json.loads(json.dumps(dev.document).replace('"python3.13"', '"python2.6"'))
    assert "E3030" in {match.rule.id for match in lint(json.dumps(wrong))}


def test_the_template_says_nothing_of_the_account_the_region_or_this_machine(
    template: Template, folder_of_code: Path
) -> None:
    text = json.dumps(template.document)
    assert str(folder_of_code) not in text
    assert "AWS::CDK::Metadata" not in text
    assert set(template.document["Parameters"]) == {"BootstrapVersion"}

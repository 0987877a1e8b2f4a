"""What others find: cdk-nag and cfn-lint."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_sqs as sqs

import cost.synthesis
import tests.support.stored
from infrastructure.stack import InletStack
from tests.infrastructure.conftest import HARDENED, synthesized
from tests.infrastructure.lint import linted
from tests.infrastructure.template import CONSUMERS, Template
from tests.support import synthesis
from tests.support.synthesis import SYNTHESIZED_IN

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
def test_cdk_nag_finds_nothing_that_is_not_acknowledged(stage: str) -> None:
    assert synthesized(stage).findings == ""


@pytest.mark.exhaustive
@pytest.mark.parametrize("what", HARDENED)
def test_cdk_nag_finds_nothing_in_what_makes_a_stage_harder_to_attack(what: str) -> None:
    assert synthesized("prod", **HARDENED[what]).findings == ""


def test_a_finding_of_cdk_nag_stops_synthesis_and_is_stored_with_the_template(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def planted(*values: Any) -> InletStack:
        stack = stack_of(*values)
        sqs.Queue(stack, "Planted", enforce_ssl=True)
        return stack

    stack_of = cost.synthesis.stack_of
    monkeypatch.setattr(synthesis, "stack_of", planted)
    monkeypatch.setattr(tests.support.stored, "PROJECT", tmp_path)
    first, second = synthesized(), synthesized()
    assert first == second
    assert first.findings.startswith("ValidationFailed")
    assert "inlet-dev/Planted/Resource" in first.findings
    assert "AwsSolutions-SQS3" in first.findings
    assert "Planted" in Template(first.template).all("SQS::Queue")


def test_each_finding_is_acknowledged_on_its_resource_with_a_sentence() -> None:
    acknowledged = synthesized("prod").acknowledged
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


@pytest.mark.exhaustive
def test_cfn_lint_finds_nothing(template: Template) -> None:
    assert linted(template) == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("what", HARDENED)
def test_cfn_lint_finds_nothing_in_what_makes_a_stage_harder_to_attack(
    hardened: dict[str, Template], what: str
) -> None:
    assert linted(hardened[what]) == []


def test_cfn_lint_would_find_what_is_wrong(dev: Template) -> None:
    functions = json.dumps(dev.resources("Lambda::Function"))
    wrong = json.loads(functions.replace('"python3.13"', '"python2.6"'))
    found = linted(Template({"Resources": {"Wrong": wrong["IngestFunction"]}}))
    assert "E3030" in {finding.split()[0] for finding in found}


def test_the_template_says_nothing_of_the_account_the_region_or_this_machine(
    template: Template,
) -> None:
    text = json.dumps(template.document)
    assert SYNTHESIZED_IN not in text
    assert "AWS::CDK::Metadata" not in text
    assert set(template.document["Parameters"]) == {"BootstrapVersion"}

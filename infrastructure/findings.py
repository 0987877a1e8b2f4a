"""Findings of cdk-nag: each is mended, or acknowledged where it is, with its reason."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, *, because: str) -> None:
    """Let a finding such as `AwsSolutions-SQS3` stand on a construct."""
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=because))


def acknowledge_wildcard(construct: IConstruct, resource: str, *, because: str) -> None:
    """Let a policy stand that names a resource by a pattern."""
    named = _as_cdk_nag_writes(Stack.of(construct).resolve(resource))
    acknowledge(construct, f"AwsSolutions-IAM5[Resource::{named}]", because=because)


def _as_cdk_nag_writes(arn: Any) -> str:  # noqa: ANN401 - whatever stands in a template
    match arn:
        case {"Ref": str() as logical_id}:
            return f"<{logical_id}>"
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"<{logical_id}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator.join(_as_cdk_nag_writes(part) for part in parts))
    return str(arn)

"""Findings of cdk-nag: each is mended, or acknowledged where it is, with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, *, because: str) -> None:
    """Let a finding such as `AwsSolutions-SQS3` stand on a construct."""
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=because))

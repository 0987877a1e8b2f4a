"""Tables: paid per request, over TLS only, and protected as the stage says."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infrastructure.findings import acknowledge
from infrastructure.stages import Stage


def table(  # noqa: PLR0913 - each is named in the call
    scope: Construct,
    construct_id: str,
    *,
    stage: Stage,
    partition_key: str,
    sort_key: str | None = None,
    expires_at: str | None = None,
) -> dynamodb.Table:
    """A table whose keys are strings; `expires_at` names the attribute with its items' end."""
    made = dynamodb.Table(
        scope,
        construct_id,
        partition_key=text(partition_key),
        sort_key=text(sort_key) if sort_key else None,
        time_to_live_attribute=expires_at,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        deletion_protection=stage.deletion_protection,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=stage.point_in_time_recovery
        ),
        removal_policy=stage.removal_policy,
    )
    made.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TlsOnly",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["dynamodb:*"],
            resources=["*"],  # the table: its policy cannot name it before it is there
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
    )
    if not stage.point_in_time_recovery:
        acknowledge(
            made,
            "AwsSolutions-DDB3",
            because="This stage holds nothing that its providers could not send again.",
        )
    return made


def text(name: str) -> dynamodb.Attribute:
    """A key attribute that is a string."""
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)

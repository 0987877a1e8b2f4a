"""Buckets: private, encrypted, over TLS only, and emptied as time goes by."""

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infrastructure.findings import acknowledge
from infrastructure.stages import Stage


def bucket(scope: Construct, construct_id: str, *, stage: Stage, retention: Duration) -> s3.Bucket:
    """A bucket whose objects are there for as long as `retention` says."""
    made = s3.Bucket(
        scope,
        construct_id,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=retention, abort_incomplete_multipart_upload_after=Duration.days(1)
            )
        ],
        removal_policy=stage.removal_policy,
    )
    acknowledge(
        made,
        "AwsSolutions-S1",
        because="Who reads an object is told by CloudTrail's data events, where one wants to know.",
    )
    return made

"""Key: the customer's own, under which everything is encrypted that the stack stores."""

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from aws_cdk import ArnFormat, CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infrastructure.stages import Stage

EVENTBRIDGE = "events.amazonaws.com"

USES: Mapping[str, tuple[str, ...]] = {
    "kms:Decrypt": (
        "dynamodb:*",  # writing too: it begins with the table's key, which is under this one
        "events:*Rule*",  # a bus encrypts what its rules look for
        "s3:GetObject",
        "secretsmanager:GetSecretValue",
        "sns:Publish",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ),
    "kms:GenerateDataKey": ("s3:PutObject", "sns:Publish", "sqs:SendMessage"),
}
"""What services do with the key, and the actions for which they do it in the caller's name."""


class CustomerKey(Construct):
    """A key of the account's own, and who may use it.

    Whom the account's IAM lets use it may, and by the key's own policy so may the services that do
    it in nobody's name. That policy says the names of the bus and the log groups: they are made
    under the key, so it cannot refer to them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Encrypts everything that inlet-{stage.name} stores.",
            enable_key_rotation=True,
            removal_policy=stage.removal_policy,
        )
        stack = Stack.of(self)
        bus = stack.format_arn(service="events", resource="event-bus", resource_name=stage.bus_name)
        rules = stack.format_arn(
            service="events", resource="rule", resource_name=f"{stage.bus_name}/*"
        )
        self._let_service(
            "EventsIntoQueues",
            EVENTBRIDGE,
            ("kms:Decrypt", "kms:GenerateDataKey"),
            # SQS documents this condition for EventBridge. SNS does not support it for topics.
            {"ArnLike": {"aws:SourceArn": [rules, bus]}},
        )
        self._let_service(
            "EventsOnTheBusAndInItsArchive",
            EVENTBRIDGE,
            ("kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"),
            # The archive's requests name no source.
            {"StringEquals": {"kms:EncryptionContext:aws:events:event-bus:arn": bus}},
        )
        # Asked without any context, and answered with nothing of what the key encrypts.
        self._let_service("WhatKeyItIs", EVENTBRIDGE, ("kms:DescribeKey",), {})
        self._let_service(
            "Logs",
            f"logs.{stack.region}.amazonaws.com",
            ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"),
            {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        stack.format_arn(
                            service="logs",
                            resource="log-group",
                            resource_name=name,
                            arn_format=ArnFormat.COLON_RESOURCE_NAME,
                        )
                        for name in (
                            f"{stack.stack_name}-*",
                            f"/aws/vendedlogs/{stack.stack_name}/*",
                        )
                    ]
                }
            },
        )

    def encrypt(self, stack: Stack) -> None:
        """Put everything under the key that holds data, wherever in the stack it is."""
        under_the_key = _properties(self.key.key_arn)
        for node in stack.node.find_all():
            if isinstance(node, CfnResource):
                for name, value in under_the_key.get(node.cfn_resource_type, {}).items():
                    node.add_property_override(name, value)

    def entailed(self, *actions: str) -> Iterator[iam.PolicyStatement]:
        """What whoever does these actions has to be let do with the key besides."""
        for use, entailing in USES.items():
            services = {
                action.partition(":")[0]
                for action in actions
                if any(fnmatchcase(action, pattern) for pattern in entailing)
            }
            if services:
                yield self.use(use, via=services)

    def use(self, use: str, *, via: Collection[str]) -> iam.PolicyStatement:
        """A use of the key, through some services only."""
        region = Stack.of(self).region
        services = [f"{service}.{region}.amazonaws.com" for service in sorted(via)]
        return iam.PolicyStatement(
            actions=[use],
            resources=[self.key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": services}},
        )

    def _let_service(
        self,
        sid: str,
        service: str,
        actions: tuple[str, ...],
        conditions: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(service)],
                actions=list(actions),
                resources=["*"],  # the key: its policy is about nothing else
                conditions=conditions,
            )
        )


def _properties(key: str) -> Mapping[str, Mapping[str, Any]]:
    """How each type of resource that holds data says its key, given by its ARN."""
    under_it_in_a_bucket = {
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,  # else every object would cost a request to KMS
    }
    return {
        "AWS::DynamoDB::Table": {
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        },
        "AWS::Events::Archive": {"KmsKeyIdentifier": key},
        "AWS::Events::EventBus": {"KmsKeyIdentifier": key},
        "AWS::Lambda::Function": {"KmsKeyArn": key},
        "AWS::Logs::LogGroup": {"KmsKeyId": key},
        "AWS::S3::Bucket": {
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [under_it_in_a_bucket]}
        },
        "AWS::SNS::Topic": {"KmsMasterKeyId": key},
        "AWS::SQS::Queue": {"KmsMasterKeyId": key, "SqsManagedSseEnabled": None},
        "AWS::SecretsManager::Secret": {"KmsKeyId": key},
    }

"""Creation: what stores and carries in the stack, and our own queue."""

import json
from typing import TYPE_CHECKING, Any, cast

from inlet.patterns import pattern_text
from local.policies import Policy, Statement
from local.resources import (
    Archive,
    Bucket,
    EventBus,
    GenerateSecretString,
    LogGroup,
    Queue,
    QueuePolicy,
    Rule,
    Secret,
    Table,
    Topic,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import TargetTypeDef
    from types_boto3_s3 import S3Client
    from types_boto3_s3.literals import BucketLocationConstraintType
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.literals import QueueAttributeNameType

    from local.assembly import Resource, Stack
    from local.aws import Aws

ATTENTION_QUEUE = "laptop-attention"
"""Takes every message of every topic, to be shown on the console."""


class Creation:
    """Creates what a stack declares, through the same operations as anyone else would."""

    def __init__(self, aws: "Aws") -> None:
        self._dynamodb: DynamoDBClient = aws.client("dynamodb")
        self._events: EventBridgeClient = aws.client("events")
        self._logs: Any = aws.client("logs")
        self._s3: S3Client = aws.client("s3")
        self._secrets: SecretsManagerClient = aws.client("secretsmanager")
        self._sns: SNSClient = aws.client("sns")
        self._sqs: SQSClient = aws.client("sqs")

    def create(self, stack: "Stack") -> None:
        """Create everything, each thing after what it refers to."""
        statements = _statements(stack)
        for queue in sorted(
            stack.of(Queue), key=lambda one: one.properties.redrive_policy is not None
        ):
            self._queue(queue, statements.get(queue.attributes["QueueUrl"], []))
        for table in stack.of(Table):
            self._table(table)
        for bucket in stack.of(Bucket):
            self._bucket(bucket, stack.place.region)
        for secret in stack.of(Secret):
            self._secret(secret)
        for topic in stack.of(Topic):
            self._topic(topic)
        for bus in stack.of(EventBus):
            self._events.create_event_bus(Name=bus.name)
        for rule in stack.of(Rule):
            self._rule(rule)
        for archive in stack.of(Archive):
            self._archive(archive)
        for group in stack.of(LogGroup):
            self._logs.create_log_group(logGroupName=group.name)

    def _queue(self, queue: "Resource[Queue]", statements: list[Statement]) -> None:
        declared = queue.properties
        attributes: dict[QueueAttributeNameType, str] = {
            "DelaySeconds": str(declared.delay_seconds),
            "MaximumMessageSize": str(declared.maximum_message_size),
            "MessageRetentionPeriod": str(declared.message_retention_period),
            "ReceiveMessageWaitTimeSeconds": str(declared.receive_message_wait_time_seconds),
            "VisibilityTimeout": str(declared.visibility_timeout),
        }
        if declared.redrive_policy:
            attributes["RedrivePolicy"] = declared.redrive_policy.model_dump_json()
        if statements:
            policy = Policy.model_validate({"Version": "2012-10-17", "Statement": statements})
            attributes["Policy"] = policy.model_dump_json(by_alias=True, exclude_unset=True)
        self._sqs.create_queue(QueueName=queue.name, Attributes=attributes)

    def _table(self, table: "Resource[Table]") -> None:
        declared = table.properties
        shape = declared.model_dump(
            by_alias=True,
            exclude_none=True,
            include={
                "key_schema",
                "attribute_definitions",
                "billing_mode",
                "local_secondary_indexes",
                "global_secondary_indexes",
            },
        )
        self._dynamodb.create_table(TableName=table.name, **shape)
        if expiry := declared.time_to_live_specification:
            self._dynamodb.update_time_to_live(
                TableName=table.name,
                TimeToLiveSpecification={
                    "AttributeName": expiry.attribute_name,
                    "Enabled": expiry.enabled,
                },
            )

    def _bucket(self, bucket: "Resource[Bucket]", region: str) -> None:
        location = cast("BucketLocationConstraintType", region)
        self._s3.create_bucket(
            Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": location}
        )
        if versioning := bucket.properties.versioning_configuration:
            self._s3.put_bucket_versioning(
                Bucket=bucket.name, VersioningConfiguration={"Status": versioning.status}
            )

    def _secret(self, secret: "Resource[Secret]") -> None:
        self._secrets.create_secret(
            Name=secret.name,
            SecretString=self._secret_string(secret.properties.generate_secret_string),
            # How moto lets one choose the end of the ARN.
            Tags=[{"Key": "_custom_id_", "Value": "laptop"}],
        )

    def _secret_string(self, declared: GenerateSecretString) -> str:
        generated = self._secrets.get_random_password(
            PasswordLength=declared.password_length,
            ExcludeCharacters=declared.exclude_characters,
            ExcludeLowercase=declared.exclude_lowercase,
            ExcludeNumbers=declared.exclude_numbers,
            ExcludePunctuation=declared.exclude_punctuation,
            ExcludeUppercase=declared.exclude_uppercase,
            IncludeSpace=declared.include_space,
            RequireEachIncludedType=declared.require_each_included_type,
        )["RandomPassword"]
        if declared.generate_string_key is None:
            return generated
        template = json.loads(declared.secret_string_template or "{}")
        return json.dumps(template | {declared.generate_string_key: generated})

    def _topic(self, topic: "Resource[Topic]") -> None:
        self._sns.create_topic(Name=topic.name)
        self._sns.subscribe(
            TopicArn=topic.attributes["TopicArn"],
            Protocol="sqs",
            Endpoint=self._own_queue(ATTENTION_QUEUE),
        )

    def _rule(self, rule: "Resource[Rule]") -> None:
        declared = rule.properties
        self._events.put_rule(
            Name=rule.name,
            EventBusName=declared.event_bus_name,
            EventPattern=pattern_text(declared.event_pattern),
            State=declared.state,
            Description=declared.description or "",
        )
        if declared.targets:
            targets = [one.model_dump(by_alias=True, exclude_none=True) for one in declared.targets]
            self._events.put_targets(
                Rule=rule.name,
                EventBusName=declared.event_bus_name,
                Targets=cast("list[TargetTypeDef]", targets),
            )

    def _archive(self, archive: "Resource[Archive]") -> None:
        declared = archive.properties
        self._events.create_archive(
            ArchiveName=archive.name,
            EventSourceArn=declared.source_arn,
            EventPattern=pattern_text(declared.event_pattern),
            RetentionDays=declared.retention_days,
            Description=declared.description or "",
        )

    def _own_queue(self, name: str) -> str:
        """The ARN of a queue that no template declares."""
        url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return asked["Attributes"]["QueueArn"]


def _statements(stack: "Stack") -> dict[str, list[Statement]]:
    """What the policies of the stack say of each queue, by its URL."""
    found: dict[str, list[Statement]] = {}
    for policy in stack.of(QueuePolicy):
        for url in policy.properties.queues:
            found.setdefault(url, []).extend(policy.properties.policy_document.statement)
    return found

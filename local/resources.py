"""Resources: the types and properties of a template that the laptop run honours, and no others.

A property either has an effect here, or is declared with `ignored` and the reason why it needs not.
Some types are ignored whole, in one table. Types and properties that are not declared stop the
laptop run, so that nothing is ever dropped in silence.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from inlet.patterns import InvalidPattern, compile_pattern
from local.json_value import Json
from local.policies import Policy


def ignored(reason: str) -> Json:
    """A property that makes no difference on a laptop, and why."""
    return Field(default=None, description=reason)


class Properties(BaseModel):
    """The properties of a resource, or a part of them. Times are seconds unless named otherwise."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_pascal, validate_by_name=True
    )


class ResourceProperties(Properties):
    """The properties of one type of resource.

    `ATTRIBUTES` says what `Ref` and `Fn::GetAtt` give: texts with the place's facts, `{name}`,
    `{id}` (the logical id) and the resource's own properties.
    """

    TYPE: ClassVar[str]
    NAMED_BY: ClassVar[str] = ""
    """The property that holds the physical name; without one, it is made of the logical id."""
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"Ref": "{name}"}

    tags: Json = ignored("nothing on a laptop is billed or searched by its tags")

    @classmethod
    def generated_name(cls, stack: str, logical_id: str) -> str:
        """The physical name where the template gives none."""
        return f"{stack}-{logical_id}"


# The door


class Api(ResourceProperties):
    """An HTTP API."""

    TYPE = "AWS::ApiGatewayV2::Api"
    ATTRIBUTES: ClassVar = {
        "Ref": "{id}",
        "ApiId": "{id}",
        "ApiEndpoint": "https://{id}.execute-api.{region}.{url_suffix}",
    }

    name: str
    protocol_type: Literal["HTTP"]
    description: Json = ignored("a text for people")
    disable_execute_api_endpoint: Literal[False] = False


class RouteSettings(Properties):
    """How many requests a route takes: so many a second, and so many at once."""

    throttling_burst_limit: int
    throttling_rate_limit: float
    detailed_metrics_enabled: Json = ignored("there are no metrics on a laptop")


class AccessLogSettings(Properties):
    """What the access log says of each request."""

    format: str
    destination_arn: str

    @property
    def log_group(self) -> str:
        """The name of the log group that it is written to."""
        return self.destination_arn.partition(":log-group:")[2].removesuffix(":*")


class Stage(ResourceProperties):
    """The stage of an HTTP API."""

    TYPE = "AWS::ApiGatewayV2::Stage"
    ATTRIBUTES: ClassVar = {"Ref": "{StageName}"}

    api_id: str
    stage_name: Literal["$default"]
    auto_deploy: Literal[True]
    default_route_settings: RouteSettings | None = None
    access_log_settings: AccessLogSettings | None = None
    stage_variables: dict[str, str] | None = None
    description: Json = ignored("a text for people")


class Route(ResourceProperties):
    """A route of an HTTP API."""

    TYPE = "AWS::ApiGatewayV2::Route"

    api_id: str
    route_key: str
    target: str
    authorization_type: Literal["NONE", "JWT"] = "NONE"
    authorizer_id: str | None = None
    authorization_scopes: list[str] = Field(default_factory=list)


class JwtConfiguration(Properties):
    """Whose tokens are good, and for whom they must be meant."""

    issuer: str
    audience: list[str]


class JwtAuthorizer(ResourceProperties):
    """What lets requests with a token in."""

    TYPE = "AWS::ApiGatewayV2::Authorizer"
    NAMED_BY = "Name"
    ATTRIBUTES: ClassVar = {"Ref": "{id}", "AuthorizerId": "{id}"}

    api_id: str
    authorizer_type: Literal["JWT"]
    identity_source: list[Literal["$request.header.Authorization"]]
    jwt_configuration: JwtConfiguration
    name: Json = ignored("used for the name")


class Integration(ResourceProperties):
    """What a route leads to."""

    TYPE = "AWS::ApiGatewayV2::Integration"

    api_id: str
    integration_type: Literal["AWS_PROXY"]
    integration_uri: str
    payload_format_version: Literal["2.0"]
    timeout_in_millis: int = 30_000
    description: Json = ignored("a text for people")


# Functions


class Code(Properties):
    """Where a function's bundle is."""

    s3_key: str = Field(alias="S3Key")
    s3_bucket: Json = Field(
        default=None, alias="S3Bucket", description="the bundle is taken from the assembly"
    )


class Environment(Properties):
    """A function's environment variables."""

    variables: dict[str, str] = Field(default_factory=dict)


class LoggingConfig(Properties):
    """The form of a function's logs."""

    log_format: Literal["JSON", "Text"] = "Text"
    application_log_level: str = ""
    log_group: str = ""
    system_log_level: Json = ignored("the platform's own lines are not written")


class SnapStart(Properties):
    """Whether a function's environments are restored from a snapshot of its start."""

    apply_on: Literal["PublishedVersions", "None"] = "None"


class Function(ResourceProperties):
    """A function."""

    TYPE = "AWS::Lambda::Function"
    NAMED_BY = "FunctionName"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Arn": "arn:{partition}:lambda:{region}:{account}:function:{name}",
    }

    code: Code
    handler: str
    runtime: str
    timeout: int = 3
    memory_size: int = 128
    environment: Environment = Environment()
    logging_config: LoggingConfig = LoggingConfig()
    snap_start: SnapStart = SnapStart()
    reserved_concurrent_executions: int | None = None
    function_name: Json = ignored("used for the name")
    architectures: Json = ignored("the bundle is built for this machine")
    role: Json = ignored("permissions of roles are not enforced")
    description: Json = ignored("a text for people")
    tracing_config: Json = ignored("there are no traces on a laptop")
    kms_key_arn: Json = ignored("nothing is written to a disk")


class Version(ResourceProperties):
    """A version of a function. There is one bundle, so it is always the first."""

    TYPE = "AWS::Lambda::Version"
    ATTRIBUTES: ClassVar = {
        "Ref": "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}:1",
        "FunctionArn": "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}:1",
        "Version": "1",
    }

    function_name: str
    description: Json = ignored("a text for people")


class Alias(ResourceProperties):
    """An alias of a function's version."""

    TYPE = "AWS::Lambda::Alias"
    ATTRIBUTES: ClassVar = {
        "Ref": "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}:{Name}",
        "AliasArn": "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}:{Name}",
    }

    name: str
    function_name: str
    function_version: str
    description: Json = ignored("a text for people")


class Permission(ResourceProperties):
    """A statement of a function's own policy."""

    TYPE = "AWS::Lambda::Permission"

    action: str
    function_name: str
    principal: str
    source_arn: str | None = None
    source_account: str | None = None


class ScalingConfig(Properties):
    """How many batches of a queue are worked on at once."""

    maximum_concurrency: int


class EventSourceMapping(ResourceProperties):
    """Which queue feeds which function, and how."""

    TYPE = "AWS::Lambda::EventSourceMapping"

    event_source_arn: str
    function_name: str
    enabled: bool = True
    batch_size: int = 10
    maximum_batching_window_in_seconds: int = 0
    function_response_types: list[Literal["ReportBatchItemFailures"]] = Field(default_factory=list)
    scaling_config: ScalingConfig | None = None

    @classmethod
    def generated_name(cls, stack: str, logical_id: str) -> str:
        """The UUID, by which Lambda's API knows it."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, super().generated_name(stack, logical_id)))


# What stores and carries


class AttributeDefinition(Properties):
    """The type of a key attribute."""

    attribute_name: str
    attribute_type: Literal["S", "N", "B"]


class KeyPart(Properties):
    """A part of a key."""

    attribute_name: str
    key_type: Literal["HASH", "RANGE"]


class Projection(Properties):
    """What of an item an index holds."""

    projection_type: Literal["ALL", "KEYS_ONLY", "INCLUDE"]
    non_key_attributes: list[str] | None = None


class Index(Properties):
    """An index of a table."""

    index_name: str
    key_schema: list[KeyPart]
    projection: Projection


class TimeToLive(Properties):
    """Which attribute says when an item ends."""

    attribute_name: str
    enabled: bool


class Table(ResourceProperties):
    """A table."""

    TYPE = "AWS::DynamoDB::Table"
    NAMED_BY = "TableName"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Arn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    }

    key_schema: list[KeyPart]
    attribute_definitions: list[AttributeDefinition]
    billing_mode: Literal["PAY_PER_REQUEST"]
    local_secondary_indexes: list[Index] | None = None
    global_secondary_indexes: list[Index] | None = None
    time_to_live_specification: TimeToLive | None = None
    table_name: Json = ignored("used for the name")
    point_in_time_recovery_specification: Json = ignored("the table ends with the laptop run")
    deletion_protection_enabled: Json = ignored("the table ends with the laptop run")
    sse_specification: Json = Field(
        default=None, alias="SSESpecification", description="nothing is written to a disk"
    )
    table_class: Json = ignored("a price")
    resource_policy: Json = ignored("who may reach the table is not enforced")


class VersioningConfiguration(Properties):
    """Whether a bucket keeps the earlier versions of its objects."""

    status: Literal["Enabled", "Suspended"]


class Bucket(ResourceProperties):
    """A bucket. S3 takes no capitals in its name."""

    TYPE = "AWS::S3::Bucket"
    NAMED_BY = "BucketName"
    ATTRIBUTES: ClassVar = {"Ref": "{name}", "Arn": "arn:{partition}:s3:::{name}"}

    versioning_configuration: VersioningConfiguration | None = None
    bucket_name: Json = ignored("used for the name")
    bucket_encryption: Json = ignored("nothing is written to a disk")
    lifecycle_configuration: Json = ignored("the bucket ends with the laptop run")
    ownership_controls: Json = ignored("there is one account")
    public_access_block_configuration: Json = ignored("nobody else reaches this machine")

    @classmethod
    def generated_name(cls, stack: str, logical_id: str) -> str:
        """The physical name where the template gives none."""
        return super().generated_name(stack, logical_id).lower()


class RedrivePolicy(BaseModel):
    """Where a queue's messages go that were taken too often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deadLetterTargetArn: str  # noqa: N815 - AWS writes these two in this way
    maxReceiveCount: int  # noqa: N815


class Queue(ResourceProperties):
    """A standard queue."""

    TYPE = "AWS::SQS::Queue"
    NAMED_BY = "QueueName"
    ATTRIBUTES: ClassVar = {
        "Ref": "{endpoint}/{account}/{name}",
        "QueueUrl": "{endpoint}/{account}/{name}",
        "Arn": "arn:{partition}:sqs:{region}:{account}:{name}",
        "QueueName": "{name}",
    }

    delay_seconds: int = 0
    maximum_message_size: int = 1_048_576
    message_retention_period: int = 345_600
    receive_message_wait_time_seconds: int = 0
    visibility_timeout: int = 30
    redrive_policy: RedrivePolicy | None = None
    queue_name: Json = ignored("used for the name")
    redrive_allow_policy: Json = ignored("only one template uses these queues")
    sqs_managed_sse_enabled: Json = ignored("nothing is written to a disk")
    kms_master_key_id: Json = ignored("nothing is written to a disk")


class QueuePolicy(ResourceProperties):
    """Who may do what with queues."""

    TYPE = "AWS::SQS::QueuePolicy"

    queues: list[str]
    policy_document: Policy


class Topic(ResourceProperties):
    """A topic. What is published on it is shown on the console."""

    TYPE = "AWS::SNS::Topic"
    NAMED_BY = "TopicName"
    ATTRIBUTES: ClassVar = {
        "Ref": "arn:{partition}:sns:{region}:{account}:{name}",
        "TopicArn": "arn:{partition}:sns:{region}:{account}:{name}",
        "TopicName": "{name}",
    }

    topic_name: Json = ignored("used for the name")
    display_name: Json = ignored("a text for people")
    kms_master_key_id: Json = ignored("nothing is written to a disk")


class EventBus(ResourceProperties):
    """A bus."""

    TYPE = "AWS::Events::EventBus"
    NAMED_BY = "Name"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Name": "{name}",
        "Arn": "arn:{partition}:events:{region}:{account}:event-bus/{name}",
    }

    name: str
    description: Json = ignored("a text for people")
    kms_key_identifier: Json = ignored("nothing is written to a disk")
    dead_letter_config: Json = ignored("for events that a key could not encrypt")


class DeadLetterConfig(Properties):
    """Where a rule's event goes that could not be delivered."""

    arn: str


class Target(Properties):
    """Where a rule sends events: a queue."""

    id: str
    arn: str = Field(pattern=r"^arn:[^:]+:sqs:")
    dead_letter_config: DeadLetterConfig | None = None
    retry_policy: Json = ignored("nothing that would be retried can happen on a laptop")


def _valid_pattern(pattern: dict[str, Json]) -> dict[str, Json]:
    try:
        compile_pattern(pattern)
    except InvalidPattern as problem:
        raise ValueError(str(problem)) from None
    return pattern


EventPattern: TypeAlias = Annotated[dict[str, Json], AfterValidator(_valid_pattern)]
"""A pattern that EventBridge accepts."""


class Rule(ResourceProperties):
    """A rule of a bus."""

    TYPE = "AWS::Events::Rule"
    NAMED_BY = "Name"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Arn": "arn:{partition}:events:{region}:{account}:rule/{EventBusName}/{name}",
    }

    event_bus_name: str
    event_pattern: EventPattern
    state: Literal["ENABLED", "DISABLED"] = "ENABLED"
    targets: list[Target] = Field(default_factory=list)
    name: Json = ignored("used for the name")
    description: str | None = None


class Archive(ResourceProperties):
    """An archive of a bus. It ends with the laptop run, which is sooner than its retention."""

    TYPE = "AWS::Events::Archive"
    NAMED_BY = "ArchiveName"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Arn": "arn:{partition}:events:{region}:{account}:archive/{name}",
    }

    source_arn: str
    event_pattern: EventPattern = Field(default_factory=dict)
    retention_days: int = 0
    archive_name: Json = ignored("used for the name")
    kms_key_identifier: Json = ignored("nothing is written to a disk")
    description: str | None = None


class GenerateSecretString(Properties):
    """How a secret's first value is made."""

    secret_string_template: str | None = None
    generate_string_key: str | None = None
    password_length: int = 32
    exclude_characters: str = ""
    exclude_lowercase: bool = False
    exclude_numbers: bool = False
    exclude_punctuation: bool = False
    exclude_uppercase: bool = False
    include_space: bool = False
    require_each_included_type: bool = True


class Secret(ResourceProperties):
    """A secret. Its ARN ends in six characters of AWS's choice, here always the same."""

    TYPE = "AWS::SecretsManager::Secret"
    NAMED_BY = "Name"
    ATTRIBUTES: ClassVar = {
        "Ref": "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-laptop",
        "Id": "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-laptop",
    }

    generate_secret_string: GenerateSecretString
    name: Json = ignored("used for the name")
    description: Json = ignored("a text for people")
    kms_key_id: Json = ignored("nothing is written to a disk")


class LogGroup(ResourceProperties):
    """A log group."""

    TYPE = "AWS::Logs::LogGroup"
    NAMED_BY = "LogGroupName"
    ATTRIBUTES: ClassVar = {
        "Ref": "{name}",
        "Arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
    }

    log_group_name: Json = ignored("used for the name")
    retention_in_days: Json = ignored("the log group ends with the laptop run")
    kms_key_id: Json = ignored("nothing is written to a disk")


# What has no effect here at all


ROLES = "permissions of roles are not enforced"
CIPHERS = "nothing is written to a disk"
METRICS = "there are no metrics on a laptop"

WHOLLY_IGNORED: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "AWS::CloudWatch::Alarm": (
        "there are no alarms on a laptop",
        "AlarmName",
        {"Ref": "{name}", "Arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
    ),
    "AWS::CloudWatch::Dashboard": (METRICS, "DashboardName", {"Ref": "{name}"}),
    "AWS::IAM::ManagedPolicy": (
        ROLES,
        "ManagedPolicyName",
        {
            "Ref": "arn:{partition}:iam::{account}:policy/{name}",
            "PolicyArn": "arn:{partition}:iam::{account}:policy/{name}",
        },
    ),
    "AWS::IAM::Policy": (ROLES, "", {"Ref": "{name}"}),
    "AWS::IAM::Role": (
        ROLES,
        "RoleName",
        {"Ref": "{name}", "Arn": "arn:{partition}:iam::{account}:role/{name}", "RoleId": "{id}"},
    ),
    "AWS::KMS::Alias": (CIPHERS, "AliasName", {"Ref": "{name}"}),
    "AWS::KMS::Key": (
        CIPHERS,
        "",
        {
            "Ref": "{id}",
            "KeyId": "{id}",
            "Arn": "arn:{partition}:kms:{region}:{account}:key/{id}",
        },
    ),
    "AWS::Logs::MetricFilter": (METRICS, "", {"Ref": "{name}"}),
    "AWS::S3::BucketPolicy": ("who may reach the bucket is not enforced", "", {"Ref": "{name}"}),
    "AWS::SNS::TopicPolicy": (
        "no service publishes here, only functions",
        "",
        {"Ref": "{name}"},
    ),
    "AWS::Scheduler::Schedule": (
        "a laptop run calls nothing by the clock",
        "Name",
        {"Ref": "{name}"},
    ),
}
"""The types of which no property makes a difference, by type: the reason, `NAMED_BY` and
`ATTRIBUTES`. Their properties are not read."""


def _wholly_ignored(name: str) -> type[ResourceProperties]:
    _, named_by, attributes = WHOLLY_IGNORED[name]
    more = {"TYPE": name, "NAMED_BY": named_by, "ATTRIBUTES": attributes, "__module__": __name__}
    return type(name, (ResourceProperties,), more, extra="ignore")


TYPES: Mapping[str, type[ResourceProperties]] = {
    **{model.TYPE: model for model in ResourceProperties.__subclasses__()},
    **{name: _wholly_ignored(name) for name in WHOLLY_IGNORED},
}


def ignored_properties() -> Iterator[tuple[str, str, str]]:
    """Each property that is ignored, `*` for all of a type: its type, its name and the reason."""
    for name, model in sorted(TYPES.items()):
        if name in WHOLLY_IGNORED:
            yield name, "*", WHOLLY_IGNORED[name][0]
            continue
        for field in model.model_fields.values():
            if field.description:
                yield name, field.alias or "", field.description

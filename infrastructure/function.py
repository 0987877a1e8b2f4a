"""Function: what every Lambda function of Inlet has, whatever it does."""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infrastructure.findings import acknowledge, acknowledge_wildcard
from infrastructure.key import CustomerKey
from infrastructure.metrics import Counted
from infrastructure.stages import Stage


class Function(Construct):
    """A Lambda function with a role and a log group of its own; callers call its `live` alias."""

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        architecture: lambda_.Architecture,
        handler: str,
        description: str,
        timeout: Duration,
        environment: Mapping[str, str],
        metrics: Sequence[Counted],
        key: CustomerKey | None,
        snap_start: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.logs = logs.LogGroup(
            self, "Logs", retention=stage.log_retention, removal_policy=stage.removal_policy
        )
        for metric in metrics:
            metric.count(self.logs)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=architecture,
            code=code,
            handler=handler,
            description=description,
            timeout=timeout,
            memory_size=stage.memory_mb,
            environment=dict(environment),
            role=self.role,
            log_group=self.logs,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            logging_format=lambda_.LoggingFormat.JSON,
            # A higher level would drop what metrics count: log lines of the level INFO.
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            # Lambda's own lines only of a run that failed: the others say what metrics say too.
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        self.live = lambda_.Alias(
            self, "Live", alias_name="live", version=self.function.current_version
        )
        self.logs.grant_write(self.role)
        self._key = key
        if key:
            self.role.add_to_policy(key.use("kms:Decrypt", via=["lambda"]))  # its environment
        # The CDK lets a function wait for its role in words as well, besides naming it.
        plain = cast("lambda_.CfnFunction", self.function.node.default_child)
        plain.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})
        if snap_start:
            acknowledge(
                self.function,
                "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish",
                because="Each deployment publishes a version, and `live` is an alias of it.",
            )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            because=(
                "Wheels and bytecode in the bundle are made for Python 3.13, which AWS supports"
                " until 2029; a newer runtime comes with a bundle that is built and tested for it."
            ),
        )

    def allow(self, *actions: str, on: str) -> None:
        """Let the function do exactly these actions on one resource, given by its ARN."""
        iam.Grant.add_to_principal(
            grantee=self.role, actions=list(actions), resource_arns=[on]
        ).assert_success()
        for statement in self._key.entailed(*actions) if self._key else ():
            self.role.add_to_policy(statement)

    def allow_objects(self, *actions: str, of: s3.Bucket) -> None:
        """Let the function do exactly these actions on the objects of a bucket."""
        objects = of.arn_for_objects("*")
        self.allow(*actions, on=objects)
        acknowledge_wildcard(
            self.role,
            objects,
            because="The keys of objects are not known before they are written.",
        )

"""Canary: a function that sends a delivery of Inlet's own through the door, on a schedule."""

import json

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from functions.canary.settings import CanarySettings
from infrastructure.credentials import Credentials
from infrastructure.function import Function
from infrastructure.key import CustomerKey
from infrastructure.metrics import OF_CANARIES
from infrastructure.stages import Stage
from infrastructure.timeline import Timeline
from inlet.canary import EVERY, PROVIDER

TIMEOUT = Duration.seconds(60)
"""Longer than its two calls to AWS and the 30 seconds that it waits for the door."""


class Canary(Construct):
    """The canary function, and the schedule that runs it."""

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        architecture: lambda_.Architecture,
        url: str,
        credentials: Credentials,
        timeline: Timeline,
        key: CustomerKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        secret = credentials.secrets[PROVIDER]
        self.function = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            architecture=architecture,
            handler="functions.canary.handler.handler",
            description="Sends a delivery of Inlet's own, and looks whether the last came out.",
            timeout=TIMEOUT,
            environment=CanarySettings(
                url_suffix=Aws.URL_SUFFIX,
                url=url,
                secret=secret.secret_arn,
                timeline_table=timeline.table.table_name,
            ).environment(),
            metrics=OF_CANARIES,
            key=key,
        )
        self.function.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        self.function.allow("dynamodb:GetItem", on=timeline.table.table_arn)
        self._schedule()

    def _schedule(self) -> None:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        live = self.function.live.function_arn
        grant = iam.Grant.add_to_principal(
            grantee=role, actions=["lambda:InvokeFunction"], resource_arns=[live]
        )
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description="Sends a canary.",
            # At full minutes, and not at a rate: the one before is known by its time.
            schedule_expression=f"cron(0/{int(EVERY.total_seconds()) // 60} * * * ? *)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=live,
                role_arn=role.role_arn,
                input=json.dumps({"planned": "<aws.scheduler.scheduled-time>"}),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=int(EVERY.total_seconds()),
                    maximum_retry_attempts=2,
                ),
            ),
        )
        grant.apply_before(schedule)

"""Ingest: the function that takes every request into custody."""

import json

from aws_cdk import Aws, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.ingest.settings import IngestSettings
from infrastructure.bodies import Bodies
from infrastructure.bus import Bus
from infrastructure.credentials import Credentials
from infrastructure.function import Function
from infrastructure.key import CustomerKey
from infrastructure.metrics import OF_REQUESTS
from infrastructure.quarantine import Quarantine
from infrastructure.stages import Stage
from infrastructure.tables import table
from infrastructure.timeline import Timeline

TIMEOUT = Duration.seconds(29)
"""Longer than all calls of the function to AWS, shorter than the 30 s that the HTTP API waits."""


class Ingest(Construct):
    """The ingest function, and the table in which it remembers deliveries."""

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        architecture: lambda_.Architecture,
        bus: Bus,
        credentials: Credentials,
        bodies: Bodies,
        quarantine: Quarantine,
        timeline: Timeline,
        key: CustomerKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.deliveries = table(
            self, "Deliveries", stage=stage, partition_key="id", expires_at="expiration"
        )
        self.function = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            architecture=architecture,
            handler="functions.ingest.handler.handler",
            description="Takes every provider's requests into custody and puts events on the bus.",
            timeout=TIMEOUT,
            environment=IngestSettings(
                url_suffix=Aws.URL_SUFFIX,
                bus_name=bus.bus.event_bus_name,
                deliveries_table=self.deliveries.table_name,
                remember_days=stage.remember_days,
                remember_in_memory=stage.remember_in_memory,
                secrets=credentials.arns_as_json(),
                bodies_bucket=bodies.bucket.bucket_name,
                quarantine_bucket=quarantine.bucket.bucket_name,
                quarantine_days=int(stage.quarantine_retention.to_days()),
                quarantine_bytes_per_day=stage.quarantine_mb_per_day * 1_000_000,
                timeline_table=timeline.table.table_name,
                addresses=json.dumps(dict(stage.addresses)),
                oauth2=json.dumps(list(stage.oauth2)),
            ).environment(),
            metrics=OF_REQUESTS,
            key=key,
            snap_start=stage.snap_start,  # nobody waits for the other functions
        )
        self.function.allow(
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            on=self.deliveries.table_arn,
        )
        self.function.allow("dynamodb:GetItem", on=timeline.table.table_arn)
        self.function.allow("events:DescribeEventBus", "events:PutEvents", on=bus.bus.event_bus_arn)
        self.function.allow_objects("s3:PutObject", of=bodies.bucket)
        self.function.allow_objects("s3:GetObject", "s3:PutObject", of=quarantine.bucket)
        for secret in credentials.secrets.values():
            self.function.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)

"""Stack: the stations, put together."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infrastructure.alarms import Alarms
from infrastructure.api import Api
from infrastructure.attention import Attention
from infrastructure.bodies import Bodies
from infrastructure.bus import Bus
from infrastructure.canary import Canary
from infrastructure.consumer import Consumer
from infrastructure.credentials import Credentials
from infrastructure.dashboard import Dashboard
from infrastructure.ingest import Ingest
from infrastructure.key import CustomerKey
from infrastructure.mistakes import Mistake
from infrastructure.people import People
from infrastructure.quarantine import Quarantine
from infrastructure.rules import Rules
from infrastructure.stages import Stage
from infrastructure.timeline import Timeline
from inlet.canary import PROVIDER as CANARY_PROVIDER
from inlet.consumers import CONSUMERS
from inlet.consumers.consumer import Consumer as ConsumerValue
from inlet.provider import Provider
from inlet.providers import PROVIDERS, with_types


class InletStack(Stack):
    """One stage of Inlet, in whatever account and region it is deployed to.

    `region` is where that will be, as far as it is known; only the stage's check needs it.
    """

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        *,
        stage: Stage,
        code: lambda_.Code,
        architecture: lambda_.Architecture,
        providers: Mapping[str, Provider] = PROVIDERS,
        consumers: Mapping[str, ConsumerValue] = CONSUMERS,
        region: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            f"inlet-{stage.name}",
            description="Inlet: receives webhooks and puts each on an event bus, once.",
            termination_protection=stage.deletion_protection,
            analytics_reporting=False,
        )
        providers = _with_types(stage, providers)
        stage.check(providers, region)
        key = CustomerKey(self, "Key", stage=stage) if stage.customer_key else None
        bus = Bus(self, "Bus", stage=stage)
        timeline = Timeline(self, "Timeline", stage=stage)
        attention = Attention(self, "Attention")
        takers = {
            name: Consumer(
                self,
                name.capitalize(),
                stage=stage,
                code=code,
                architecture=architecture,
                consumer=consumer,
                bus=bus,
                timeline=timeline,
                attention=attention,
                key=key,
            )
            for name, consumer in consumers.items()
        }
        rules = Rules(self, "Rules", bus=bus, providers=providers.values(), consumers=takers)
        credentials = Credentials(self, "Credentials", stage=stage, providers=providers.values())
        bodies = Bodies(self, "Bodies", stage=stage)
        quarantine = Quarantine(self, "Quarantine", stage=stage)
        ingest = Ingest(
            self,
            "Ingest",
            stage=stage,
            code=code,
            architecture=architecture,
            bus=bus,
            credentials=credentials,
            bodies=bodies,
            quarantine=quarantine,
            timeline=timeline,
            key=key,
        )
        # A type that a release makes known leaves the catch-all: its own rule must be there first.
        ingest.function.live.node.add_dependency(rules, *takers.values())
        api = Api(self, "Door", stage=stage, providers=providers.values(), ingest=ingest)

        if stage.canary:
            Canary(
                self,
                "Canary",
                stage=stage,
                code=code,
                architecture=architecture,
                url=api.url(providers[CANARY_PROVIDER]),
                credentials=credentials,
                timeline=timeline,
                key=key,
            )
        alarms = Alarms(
            self,
            "Alarms",
            stage=stage,
            providers=providers,
            api=api,
            ingest=ingest,
            bus=bus,
            consumers=takers,
            attention=attention,
            key=key,
        )
        Dashboard(
            self,
            "Dashboard",
            providers=providers,
            api=api,
            ingest=ingest,
            bus=bus,
            consumers=takers,
            attention=attention,
            alarms=alarms,
        )
        people = People(
            self,
            "People",
            bus=bus,
            timeline=timeline,
            ingest=ingest,
            bodies=bodies,
            quarantine=quarantine,
            topics=[attention.topic, alarms.page, alarms.ticket],
            key=key,
        )

        for name, provider in providers.items():
            self._output(f"{name.capitalize()}WebhookUrl", api.url(provider))
            if name in stage.oauth2:
                self._output(f"{name.capitalize()}OAuth2Url", api.oauth2_url(provider))
            self._output(f"{name.capitalize()}CredentialsArn", credentials.secrets[name].secret_arn)
        if api.domain:
            self._output("DnsTarget", api.domain.attr_regional_domain_name)
        for name, taker in takers.items():
            self._output(f"{name.capitalize()}Consumer", taker.parts_as_json())
        self._output("RuleDeadLetters", bus.dead_letters.queue_url)
        self._output("BusName", bus.bus.event_bus_name)
        self._output("BusArn", bus.bus.event_bus_arn)
        self._output("ArchiveArn", bus.archive.archive_arn)
        self._output("TimelineTable", timeline.table.table_name)
        self._output("BodiesBucket", bodies.bucket.bucket_name)
        self._output("QuarantineBucket", quarantine.bucket.bucket_name)
        self._output("DeliveriesTable", ingest.deliveries.table_name)
        self._output("IngestFunctionArn", ingest.function.live.function_arn)
        self._output("IngestLogs", ingest.function.logs.log_group_name)
        self._output("AttentionTopicArn", attention.topic.topic_arn)
        self._output("PageTopicArn", alarms.page.topic_arn)
        self._output("TicketTopicArn", alarms.ticket.topic_arn)
        self._output("ViewerPolicyArn", people.viewer.managed_policy_arn)
        self._output("OperatorPolicyArn", people.operator.managed_policy_arn)
        if key:
            self._output("CustomerKeyArn", key.key.key_arn)
            key.encrypt(self)
        for tag, value in {"project": "inlet", "stage": stage.name}.items():
            Tags.of(self).add(tag, value)

    def _output(self, name: str, value: str) -> None:
        CfnOutput(self, name, value=value)


def _with_types(stage: Stage, providers: Mapping[str, Provider]) -> Mapping[str, Provider]:
    try:
        return with_types(stage.all_types, providers)
    except LookupError as error:
        raise Mistake(f"The types of the stage {stage.name} are for nobody: {error}.") from error

"""Alarms: who is called when something is wrong, with what is wrong and what to do first."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.aws_cloudwatch_actions import SnsAction
from constructs import Construct

from infrastructure.api import Api
from infrastructure.attention import Attention
from infrastructure.bus import Bus
from infrastructure.consumer import Consumer
from infrastructure.ingest import Ingest
from infrastructure.key import CustomerKey
from infrastructure.metrics import FIVE_MINUTES, HOUR, counted
from infrastructure.stages import Stage
from inlet.provider import UNRECOGNISED

RUNBOOK = "docs/operations.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that can be wrong.

    It is wrong when the metric is `at_least` so much in `periods` of the last `of` periods, or,
    where `must_be_there`, when it is less or missing in all of them. `sentence` says what is wrong
    in plain words, `runbook` is its heading in docs/operations.md as a link has it, and `first` is
    the command to begin with.
    """

    name: str
    metric: cloudwatch.IMetric
    sentence: str
    runbook: str
    first: str
    at_least: float = 1
    periods: int = 1
    of: int = 1
    must_be_there: bool = False


class Alarms(Construct):
    """Two topics and the alarms on each.

    A page is for what harms with every minute: deliveries are turned away, or go nowhere. A ticket
    is for what is safely kept, and has days.
    """

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        providers: Collection[str],
        api: Api,
        ingest: Ingest,
        bus: Bus,
        consumers: Mapping[str, Consumer],
        attention: Attention,
        key: CustomerKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self._providers = providers
        self._api = api
        self._ingest = ingest
        self._bus = bus
        self._consumers = consumers
        self._attention = attention
        topics_key = self._usable(key.key if key else self._own_key())
        self.page = self._topic("Page", topics_key)
        self.ticket = self._topic("Ticket", topics_key)
        self.all: list[cloudwatch.Alarm] = []
        for alarm in self._pages():
            # A page says when it is over; a ticket is closed by whoever did the work.
            self._raised(alarm, to=self.page).add_ok_action(SnsAction(self.page))
        for alarm in self._tickets():
            self._raised(alarm, to=self.ticket)

    def _pages(self) -> Iterator[Alarm]:
        yield Alarm(
            name="door-5xx",
            # A share, so that it says as much where little is sent as where much is.
            metric=cloudwatch.MathExpression(
                expression="100 * failed / requests",
                using_metrics={
                    "failed": self._api.api.metric_server_error(statistic="Sum"),
                    "requests": self._api.api.metric_count(statistic="Sum"),
                },
                period=FIVE_MINUTES,
                label="percent",
            ),
            at_least=5,
            periods=3,
            of=12,
            sentence="The door answers one request in twenty or more with a 5xx.",
            runbook="the-door-answers-5xx",
            first=self._inlet("doctor"),
        )
        for provider in self._providers:
            yield Alarm(
                name=f"{provider}-not-authenticated",
                metric=counted(
                    self,
                    "Requests",
                    provider=provider,
                    outcome="not-authenticated",
                    period=HOUR,
                ),
                at_least=10,
                sentence=(
                    f"Ten requests or more in an hour did not prove to be {provider}'s, and were"
                    " refused for good."
                ),
                runbook="requests-are-not-authenticated",
                first=self._inlet(f"credentials show {provider}"),
            )
            yield Alarm(
                name=f"{provider}-quarantine-full",
                metric=counted(self, "QuarantineFull", provider=provider),
                sentence=(
                    f"So much of {provider}'s was refused today that no more can be kept: it is"
                    " told to come again, and will give up."
                ),
                runbook="the-quarantine-is-full",
                first=self._inlet(f"quarantine list --provider {provider}"),
            )
        yield Alarm(
            name="rules-dead-letters",
            metric=self._bus.dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=FIVE_MINUTES
            ),
            sentence="The bus could not put events into a consumer's queue.",
            runbook="rules-have-dead-letters",
            first=self._inlet("dead-letters list"),
        )
        for name, consumer in self._consumers.items():
            yield Alarm(
                name=f"{name}-wait",
                metric=consumer.queue.metric_approximate_age_of_oldest_message(
                    statistic="Maximum", period=FIVE_MINUTES
                ),
                at_least=15 * 60,
                periods=3,
                of=3,
                sentence=f"Events have waited for the consumer {name} for 15 minutes or more.",
                runbook="events-wait",
                first=self._inlet("doctor"),
            )
        yield Alarm(
            name="rules-lose-events",
            metric=self._of_rules("InvocationsFailedToBeSentToDlq"),
            sentence=(
                "EventBridge could deliver events neither to their queue nor to a dead-letter"
                " queue, and dropped them."
            ),
            runbook="rules-lose-events",
            first=self._inlet("doctor"),
        )
        if self._stage.canary:
            yield Alarm(
                name="canary-missing",
                metric=counted(self, "Canaries", outcome="arrived"),
                periods=3,
                of=3,
                must_be_there=True,
                sentence=(
                    "No canary has come out for 15 minutes: deliveries may not get in, or not get"
                    " to their timelines."
                ),
                runbook="the-canary-is-missing",
                first=self._inlet("doctor"),
            )

    def _tickets(self) -> Iterator[Alarm]:
        function = self._ingest.function.function
        yield Alarm(
            name="ingest-fails",
            metric=cloudwatch.MathExpression(
                expression="errors + throttles",
                using_metrics={
                    "errors": function.metric_errors(),
                    "throttles": function.metric_throttles(),
                },
                period=FIVE_MINUTES,
                label="errors and throttles",
            ),
            sentence="The ingest function was stopped in the middle of a request, or throttled.",
            runbook="the-ingest-function-fails",
            first=self._inlet("doctor"),
        )
        yield Alarm(
            name="rules-fail",
            metric=self._of_rules("FailedInvocations"),
            sentence="EventBridge could not deliver events of a rule of the bus to their target.",
            runbook="rules-fail",
            first=self._inlet("dead-letters list"),
        )
        for provider in self._providers:
            yield Alarm(
                name=f"{provider}-id-reused",
                metric=counted(self, "Requests", provider=provider, outcome="id-reused"),
                sentence=f"{provider.capitalize()} used an event id again for another body.",
                runbook="an-event-id-is-reused",
                first=self._inlet(f"quarantine list --provider {provider} --reason id-reused"),
            )
            yield Alarm(
                name=f"{provider}-quarantine-grows",
                metric=counted(self, "Quarantined", provider=provider, period=HOUR),
                at_least=5,
                sentence=(
                    f"Five deliveries of {provider} or more were refused in an hour, and are kept"
                    " in quarantine."
                ),
                runbook="the-quarantine-grows",
                first=self._inlet(f"quarantine list --provider {provider}"),
            )
        for name, consumer in self._consumers.items():
            yield Alarm(
                name=f"{name}-dead-letters",
                metric=consumer.dead_letters.metric_approximate_number_of_messages_visible(
                    statistic="Maximum", period=FIVE_MINUTES
                ),
                sentence=f"The consumer {name} has given up on events.",
                runbook="a-consumer-has-dead-letters",
                first=self._inlet(f"dead-letters list --consumer {name}"),
            )
            yield Alarm(
                name=f"{name}-fails",
                # An event that fails again and again is tried four times an hour in the end.
                metric=counted(self, "Events", consumer=name, outcome="failed", period=HOUR),
                at_least=4,
                periods=2,
                of=2,
                sentence=(
                    f"The consumer {name} has failed for two hours, at events or at telling a"
                    " human of them."
                ),
                runbook="a-consumer-fails",
                first=self._inlet("doctor"),
            )
        yield Alarm(
            name="unknown-types",
            metric=counted(self, "Events", consumer=UNRECOGNISED, outcome="consumed", period=HOUR),
            sentence="An event came whose type no catalogue knows.",
            runbook="a-type-is-unknown",
            first="inlet catalogue",
        )
        yield Alarm(
            name="attention-not-delivered",
            metric=self._attention.topic.metric_number_of_notifications_failed(
                statistic="Sum", period=FIVE_MINUTES
            ),
            sentence="What a human should look at did not reach a subscriber of the topic.",
            runbook="attention-is-not-delivered",
            first=self._inlet("doctor"),
        )

    def _of_rules(self, metric: str) -> cloudwatch.MathExpression:
        """Return the sum of a metric over all rules of the bus, those of subscribers included.

        EventBridge has metrics of a custom bus by rule only, so this is a Metrics Insights query.
        """
        return cloudwatch.MathExpression(
            expression=(
                f'SELECT SUM({metric}) FROM SCHEMA("AWS/Events", EventBusName, RuleName)'  # noqa: S608
                f" WHERE EventBusName = '{self._stage.bus_name}'"
            ),
            period=FIVE_MINUTES,
            label=metric,
        )

    def _inlet(self, command: str) -> str:
        return f"inlet {command} --stage {self._stage.name}"

    def _raised(self, alarm: Alarm, *, to: sns.Topic) -> cloudwatch.Alarm:
        # Nothing counted, no message, no request: all of these are no data, and well.
        missing = cloudwatch.TreatMissingData.NOT_BREACHING
        comparison = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        if alarm.must_be_there:
            missing = cloudwatch.TreatMissingData.BREACHING
            comparison = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        made = cloudwatch.Alarm(
            self,
            "".join(word.capitalize() for word in alarm.name.split("-")),
            # People read it in what they are sent.
            alarm_name=f"{Stack.of(self).stack_name}-{alarm.name}",
            alarm_description=(
                f"{alarm.sentence} Runbook: {RUNBOOK}#{alarm.runbook}. First: {alarm.first}"
            ),
            metric=alarm.metric,
            threshold=alarm.at_least,
            comparison_operator=comparison,
            datapoints_to_alarm=alarm.periods,
            evaluation_periods=alarm.of,
            treat_missing_data=missing,
        )
        made.add_alarm_action(SnsAction(to))
        self.all.append(made)
        return made

    def _own_key(self) -> kms.Key:
        """The key of both topics: alarms cannot use the one that AWS has for SNS."""
        return kms.Key(
            self,
            "Key",
            description="What alarms tell.",
            enable_key_rotation=True,
            # Nothing stays under it: a topic passes on and keeps nothing.
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _usable(self, key: kms.Key) -> kms.Key:
        """A key, once the alarms of this account may use it."""
        # "*" is the key: its policy cannot name it before it is there.
        key.add_to_resource_policy(_alarms_may("kms:Decrypt", "kms:GenerateDataKey*", on="*"))
        return key

    def _topic(self, construct_id: str, key: kms.Key) -> sns.Topic:
        topic = sns.Topic(
            self,
            construct_id,
            display_name=f"Inlet {construct_id.lower()}",
            enforce_ssl=True,
            master_key=key,
        )
        topic.add_to_resource_policy(_alarms_may("sns:Publish", on=topic.topic_arn))
        return topic


def _alarms_may(*actions: str, on: str) -> iam.PolicyStatement:
    """Return a statement that allows the alarms of this account some actions on a resource."""
    return iam.PolicyStatement(
        sid="AlarmsOfThisAccount",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=list(actions),
        resources=[on],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )

"""Dashboard: the journey of a delivery, to be read from top to bottom."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infrastructure.alarms import Alarms
from infrastructure.api import Api
from infrastructure.attention import Attention
from infrastructure.bus import Bus
from infrastructure.consumer import Consumer
from infrastructure.ingest import Ingest
from infrastructure.metrics import counted

WIDTH = 24
"""How wide a dashboard is, in CloudWatch's units."""

Graph = tuple[str, Sequence[cloudwatch.IMetric]]
"""A title, and what is drawn under it."""


class Dashboard(Construct):
    """One dashboard of a stage: its alarms, then a row for each station."""

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        providers: Collection[str],
        api: Api,
        ingest: Ingest,
        bus: Bus,
        consumers: Mapping[str, Consumer],
        attention: Attention,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, construct_id)
        self._providers = providers
        self._api = api
        self._ingest = ingest
        self._bus = bus
        self._consumers = consumers
        self._attention = attention
        dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=Stack.of(self).stack_name,  # people look for it
        )
        dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.all, width=WIDTH, height=6)
        )
        for heading, graphs in self._rows():
            dashboard.add_widgets(
                cloudwatch.TextWidget(markdown=f"## {heading}", width=WIDTH, height=1)
            )
            dashboard.add_widgets(
                *(
                    cloudwatch.GraphWidget(
                        title=title, left=list(metrics), width=WIDTH // len(graphs)
                    )
                    for title, metrics in graphs
                )
            )

    def _rows(self) -> Iterator[tuple[str, Sequence[Graph]]]:
        api, function = self._api.api, self._ingest.function.function
        yield (
            "Door: what comes in, and what is answered",
            [
                ("Requests", [api.metric_count(statistic="Sum")]),
                ("Answered 4xx", [api.metric_client_error(statistic="Sum")]),
                ("Answered 5xx", [api.metric_server_error(statistic="Sum")]),
                ("Milliseconds", [api.metric_latency(statistic=p) for p in ("p50", "p99")]),
            ],
        )
        yield (
            "Authenticate: who is let in, and with what",
            [
                ("Not authenticated", self._requests("not-authenticated")),
                ("Uses of credentials", [self._search("CredentialUses", "provider", "credential")]),
            ],
        )
        yield (
            "Read: what is not as its provider documents it",
            [
                ("Not JSON", self._requests("not-json")),
                ("Not JSON by its content type", self._requests("not-json-content")),
                ("Without a type", self._requests("no-type")),
                ("Against the contract", self._requests("wrong-contract")),
            ],
        )
        yield (
            "Deduplicate: what came before",
            [
                ("Duplicates", self._requests("duplicate")),
                ("Ids used for another body", self._requests("id-reused")),
            ],
        )
        yield (
            "Publish: what goes on the bus, and what is told to come again",
            [
                ("Accepted", self._requests("accepted")),
                ("To come again", self._requests("unavailable")),
                ("Failed, to come again", self._requests("failed")),
                ("Errors and throttles", [function.metric_errors(), function.metric_throttles()]),
            ],
        )
        yield (
            "Rules: from the bus to the queues",
            [
                ("Events by rule", [self._of_rules("MatchedEvents")]),
                ("Not delivered by rule", [self._of_rules("FailedInvocations")]),
            ],
        )
        yield (
            "Queues: what waits",
            [
                (
                    "Seconds that the oldest has waited",
                    [
                        one.queue.metric_approximate_age_of_oldest_message(label=name)
                        for name, one in self._consumers.items()
                    ],
                ),
                (
                    "Messages that wait",
                    [
                        one.queue.metric_approximate_number_of_messages_visible(label=name)
                        for name, one in self._consumers.items()
                    ],
                ),
            ],
        )
        yield (
            "Consumers: from the queues to the timelines",
            [
                ("Consumed", self._events("consumed")),
                ("Failed", self._events("failed")),
                ("Canaries", [self._search("Canaries", "outcome")]),
            ],
        )
        topic = self._attention.topic
        yield (
            "Attention: what a human is told",
            [
                ("Told", [topic.metric_number_of_messages_published()]),
                ("Not delivered", [topic.metric_number_of_notifications_failed()]),
            ],
        )
        letters = {name: one.dead_letters for name, one in self._consumers.items()}
        letters["rules"] = self._bus.dead_letters
        yield (
            "Dead letters and quarantine: what waits for a human",
            [
                (
                    "Dead letters",
                    [
                        queue.metric_approximate_number_of_messages_visible(label=name)
                        for name, queue in letters.items()
                    ],
                ),
                ("Quarantined", [self._search("Quarantined", "provider")]),
                (
                    "Turned away, the quarantine being full",
                    [self._search("QuarantineFull", "provider")],
                ),
                ("Released", [self._search("Releases", "provider", "outcome")]),
            ],
        )

    def _requests(self, outcome: str) -> list[cloudwatch.IMetric]:
        return [
            counted(self, "Requests", provider=provider, outcome=outcome).with_(label=provider)
            for provider in self._providers
        ]

    def _events(self, outcome: str) -> list[cloudwatch.IMetric]:
        return [
            counted(self, "Events", consumer=name, outcome=outcome).with_(label=name)
            for name in self._consumers
        ]

    def _search(self, metric: str, *dimensions: str) -> cloudwatch.IMetric:
        """What the functions counted, for all values of the dimensions that there have been."""
        namespace = Stack.of(self).stack_name
        return _found(f'{{"{namespace}",{",".join(dimensions)}}} MetricName="{metric}"')

    def _of_rules(self, metric: str) -> cloudwatch.IMetric:
        """A metric of every rule on the bus, those of other teams too."""
        name = Stack.of(self).stack_name
        return _found(
            f'{{AWS/Events,EventBusName,RuleName}} MetricName="{metric}" EventBusName="{name}"'
        )


def _found(search: str) -> cloudwatch.IMetric:
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{search}', 'Sum', 300)", using_metrics={}, label=""
    )

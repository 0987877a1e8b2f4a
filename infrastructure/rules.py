"""Rules: from the bus to the consumers' queues."""

from collections.abc import Iterable, Mapping

import jsii
from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from aws_cdk.interfaces.aws_events import IRuleRef
from constructs import Construct

from infrastructure.bus import SOURCES, Bus
from infrastructure.consumer import Consumer
from infrastructure.mistakes import Mistake
from inlet.consumers import consumer_of
from inlet.provider import UNRECOGNISED, Provider

RETRY_FOR = Duration.hours(24)
RETRY_ATTEMPTS = 185


class Rules(Construct):
    """One rule per event type, and one for the events of types that no catalogue knows."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: Bus,
        providers: Iterable[Provider],
        consumers: Mapping[str, Consumer],
    ) -> None:
        super().__init__(scope, construct_id)
        for provider in providers:
            for event_type, known in provider.catalogue.items():
                consumer = _consumer_name(provider, event_type, known.kind)
                events.Rule(
                    self,
                    f"{provider.name.capitalize()}.{event_type}",
                    event_bus=bus.bus,
                    description=f"{event_type} of {provider.name} to {consumer}.",
                    event_pattern=events.EventPattern(
                        source=[f"{SOURCES}{provider.name}"], detail_type=[event_type]
                    ),
                    targets=[QueueTarget(consumers[consumer].queue, bus.dead_letters)],
                )
        events.Rule(
            self,
            "Unknown",
            event_bus=bus.bus,
            description="Types that no catalogue knows to unrecognised.",
            event_pattern=events.EventPattern(
                source=events.Match.prefix(SOURCES), detail={"metadata": {"known": [False]}}
            ),
            targets=[QueueTarget(consumers[UNRECOGNISED].queue, bus.dead_letters)],
        )


@jsii.implements(events.IRuleTarget)
class QueueTarget:
    """A queue that a rule sends to.

    CDK's own target also writes a statement per rule into the queue's policy, which
    `Bus.admit_rules` makes needless.
    """

    def __init__(self, queue: sqs.Queue, dead_letters: sqs.Queue) -> None:
        self._queue = queue
        self._dead_letters = dead_letters

    def bind(self, _rule: IRuleRef, _id: str | None = None) -> events.RuleTargetConfig:
        """The target as the rule's template names it."""
        return events.RuleTargetConfig(
            arn=self._queue.queue_arn,
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                arn=self._dead_letters.queue_arn
            ),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_event_age_in_seconds=int(RETRY_FOR.to_seconds()),
                maximum_retry_attempts=RETRY_ATTEMPTS,
            ),
        )


def _consumer_name(provider: Provider, event_type: str, kind: str) -> str:
    try:
        return consumer_of(kind).name
    except LookupError as error:
        raise Mistake(f"{event_type} of {provider.name} goes nowhere: {error}.") from error

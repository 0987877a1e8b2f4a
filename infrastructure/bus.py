"""Bus: where every accepted event is published, kept for replay, and given to rules."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infrastructure.findings import acknowledge
from infrastructure.queues import DEAD_LETTER_RETENTION, queue
from infrastructure.stages import Stage

SOURCES = "inlet."
"""How the source of every event begins."""


class Bus(Construct):
    """The event bus, its archive, and the queue for what its rules could not deliver."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queue(self, "DeadLetters", stage=stage, retention=DEAD_LETTER_RETENTION)
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=stage.bus_name,
            description="Every event that Inlet accepted.",
            # What cannot be encrypted with a key, or decrypted, comes to no rule.
            dead_letter_queue=self.dead_letters if stage.customer_key else None,
        )
        # Retained like data: the archive and the rules of other teams depend on the bus.
        self.bus.apply_removal_policy(stage.removal_policy)
        self.archive = events.Archive(
            self,
            "Archive",
            source_event_bus=self.bus,
            archive_name=stage.bus_name,
            description="Every event that Inlet accepted, for replay.",
            event_pattern=events.EventPattern(source=events.Match.prefix(SOURCES)),
            retention=stage.archive_retention,
        )
        self.archive.apply_removal_policy(stage.removal_policy)
        self.admit_rules(self.dead_letters)
        if stage.customer_key:
            self._admit(self.dead_letters, "TheBus", self.bus.event_bus_arn)
        acknowledge(
            self.dead_letters,
            "AwsSolutions-SQS3",
            because="It is itself the dead-letter queue of the bus's rules.",
        )

    def admit_rules(self, to: sqs.Queue) -> None:
        """Let the rules of this bus send to a queue.

        One statement for all of them: one per rule, as CDK's own target writes, is more than the
        20 that SQS takes.
        """
        rules = Stack.of(self).format_arn(
            service="events", resource="rule", resource_name=f"{self.bus.event_bus_name}/*"
        )
        self._admit(to, "RulesOfTheBus", rules)

    def _admit(self, to: sqs.Queue, sid: str, source: str) -> None:
        to.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[to.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": source}},
            )
        )

"""Consumer: a queue, and the function that takes events from it."""

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.consumer.settings import ConsumerSettings
from infrastructure.attention import Attention
from infrastructure.bus import Bus
from infrastructure.function import Function
from infrastructure.key import CustomerKey
from infrastructure.metrics import OF_EVENTS
from infrastructure.queues import DEAD_LETTER_RETENTION, QUEUE_RETENTION, queue
from infrastructure.stages import Stage
from infrastructure.timeline import Timeline
from inlet.consumers.consumer import Consumer as ConsumerValue

FUNCTION_TIMEOUT = Duration.seconds(60)
VISIBILITY_TIMEOUT = Duration.seconds(360)
"""Six times the function's time, as AWS asks: a batch that is worked on is not given out again."""
ATTEMPTS = 50
"""Eleven hours of the function's growing delays, and five where it never gets to run at all."""


class Consumer(Construct):
    """One consumer: its queue with a dead-letter queue, and its function."""

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        code: lambda_.Code,
        architecture: lambda_.Architecture,
        consumer: ConsumerValue,
        bus: Bus,
        timeline: Timeline,
        attention: Attention,
        key: CustomerKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queue(self, "DeadLetters", stage=stage, retention=DEAD_LETTER_RETENTION)
        self.queue = queue(
            self,
            "Queue",
            stage=stage,
            retention=QUEUE_RETENTION,
            visibility_timeout=VISIBILITY_TIMEOUT,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=ATTEMPTS
            ),
        )
        self.function = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            architecture=architecture,
            handler="functions.consumer.handler.handler",
            description=f"Takes the {consumer.name} from their queue into the timeline.",
            timeout=FUNCTION_TIMEOUT,
            environment=ConsumerSettings(
                url_suffix=Aws.URL_SUFFIX,
                consumer=consumer.name,
                queue_url=self.queue.queue_url,
                timeline_table=timeline.table.table_name,
                attention_topic=attention.topic.topic_arn,
            ).environment(),
            metrics=OF_EVENTS,
            key=key,
        )
        self.mapping = lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=self.function.live,
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            max_concurrency=stage.max_concurrency,
            report_batch_item_failures=True,
        )
        bus.admit_rules(self.queue)
        self.function.allow(
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
            on=self.queue.queue_arn,
        )
        self.function.allow(
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            on=timeline.table.table_arn,
        )
        if consumer.life_cycle:
            self.function.allow("dynamodb:Query", on=timeline.table.table_arn)
        self.function.allow("sns:Publish", on=attention.topic.topic_arn)

    def parts_as_json(self) -> str:
        """A JSON object of what an operator works on."""
        parts = {
            "queue": self.queue.queue_url,
            "deadLetters": self.dead_letters.queue_url,
            "function": self.function.function.function_name,
            "logs": self.function.logs.log_group_name,
            "mapping": self.mapping.event_source_mapping_id,
        }
        return Stack.of(self).to_json_string(parts)

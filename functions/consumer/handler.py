"""The entry of every consumer function."""

import json
import os
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from functions.consumer.attention import AttentionTopic
from functions.consumer.consume import Stations, consume
from functions.consumer.queue import Queue
from functions.consumer.settings import ConsumerSettings
from functions.consumer.timeline import Timeline
from functions.runtime.aws import client, has_time_for
from functions.settings import stage_types
from functions.start import starting
from functions.telemetry import failure, last_resort, logger
from inlet.consumers import CONSUMERS
from inlet.consumers.consumer import Consumer
from inlet.event import Event
from inlet.json_text import member
from inlet.providers import TYPES, with_types
from inlet.replay import replay_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CALLS_PER_EVENT = 7
"""Entry, tombstone, conflict, tombstone, attention, its mark, and the delay of a message that
failed: the calls of an event whose id has another content. No other event needs as many."""


class OutOfTime(Exception):
    """The function would be stopped in the middle of this message: the next run takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A consumer with its stations and its queue."""

    consumer: Consumer
    stations: Stations
    queue: Queue

    def take(self, record: SQSRecord, context: "LambdaContext") -> None:
        """Take one message; when that fails, say when it comes back, and raise."""
        if not has_time_for(CALLS_PER_EVENT, context):
            self._tell(None, "postponed")
            raise OutOfTime
        event: Event | None = None
        replay: str | None = None
        try:
            body = json.loads(record.body)
            event, replay = Event.model_validate(body["detail"]), replay_of(body)
            detail = member(record.body, "detail")
            is_remembered = consume(event, detail, self.consumer, self.stations, replay)
        except Exception as error:
            retry_in = self._retry_later(record)
            more = {"message_id": record.message_id, "retry_in": retry_in, **failure(error)}
            self._tell(event, "failed", replay=replay, **more)
            raise
        self._tell(event, "consumed" if is_remembered else "forgotten", replay=replay)

    def _retry_later(self, record: SQSRecord) -> int | None:
        """In how many seconds the message comes back; None is after the queue's own time-out."""
        try:
            return self.queue.retry_later(record)
        except (BotoCoreError, ClientError):
            return None

    def _tell(self, event: Event | None, outcome: str, **more: Any) -> None:  # noqa: ANN401
        line: dict[str, Any] = {"consumer": self.consumer.name, "outcome": outcome, **more}
        if event:
            line |= {
                "provider": event.metadata.provider,
                "event_type": event.metadata.event_type,
                "event_id": event.metadata.event_id,
                "correlation_id": event.metadata.correlation_id,
            }
        log = logger.error if outcome == "failed" else logger.info
        log("event", extra=line)


def answer(event: dict[str, Any], context: "LambdaContext", taker: Taker) -> dict[str, Any]:
    """Take a batch of messages and say which of them failed."""

    def take(record: SQSRecord) -> None:
        taker.take(record, context)

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(
        process_partial_response(
            event=event, record_handler=take, processor=processor, context=context
        )
    )


@cache
def taker() -> Taker:
    """The consumer that the settings in the environment name, made once in a function's life."""
    settings = ConsumerSettings.from_environment(os.environ)
    aws = partial(client, url_suffix=settings.url_suffix)
    return Taker(
        consumer=CONSUMERS[settings.consumer],
        stations=Stations(
            providers=with_types(TYPES.validate_json(stage_types())),
            timeline=Timeline(aws("dynamodb"), settings.timeline_table),
            attention=AttentionTopic(aws("sns"), settings.attention_topic),
        ),
        queue=Queue(aws("sqs"), settings.queue_url),
    )


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Take one batch of the consumer's queue."""
    with last_resort():
        return answer(event, context, taker())


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: what is slow happens before the first call
    with starting():
        taker()

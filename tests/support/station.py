"""A consumer on AWS in memory, and events and messages for it."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from functions.consumer.attention import AttentionTopic
from functions.consumer.consume import Stations
from functions.consumer.handler import Taker, answer
from functions.consumer.queue import Queue
from functions.consumer.timeline import Timeline
from inlet.consumers import CONSUMERS
from inlet.entry import detail_of
from inlet.providers import PROVIDERS
from local.mappings import record
from tests.support.aws import Aws
from tests.support.door import make_timeline
from tests.support.faulty import Faulty
from tests.support.gateway import Context
from tests.support.samples import sample

if TYPE_CHECKING:
    from inlet.provider import Provider

OK = "DOCUMENT_STATUS_CHANGED"


ERROR = "DOCUMENT_STATUS_CHANGED__error"


LATE = "DOCUMENT_STATUS_CHANGED__late"


SUBJECT = "marosa/document/INV-2025-00123"


Told = Callable[[], list[dict[str, Any]]]


QUEUE = "arn:aws:sqs:eu-west-1:123456789012:queue"


class Station:
    """A consumer on AWS in memory."""

    def __init__(self, aws: Aws, consumer: str = "documents") -> None:
        dynamodb = aws("dynamodb")
        aws.prepared("timeline", lambda: make_timeline(dynamodb))
        self.sent: list[dict[str, Any]] = []
        self.delays: list[dict[str, Any]] = []
        self.dynamodb = Faulty(dynamodb)
        self.sns = Faulty(self)
        self.sqs = Faulty(self)
        self.consumer = consumer
        self.providers: Mapping[str, Provider] = PROVIDERS

    def publish(self, **message: Any) -> None:
        """Take an attention message."""
        self.sent.append(message)

    def change_message_visibility(self, **change: Any) -> None:
        """Take note of when a message comes back."""
        self.delays.append(change)

    def take(
        self, *events: dict[str, Any] | str, attempt: int = 1, context: Context | None = None
    ) -> list[str]:
        """Take a batch; the ids of the messages that failed, numbered from 0."""
        batch = {"Records": [message(n, e, attempt) for n, e in enumerate(events)]}
        answered = answer(batch, context or Context(60_000), self.taker())  # type: ignore[arg-type]
        return [failed["itemIdentifier"] for failed in answered["batchItemFailures"]]

    def taker(self) -> Taker:
        """The taker of a warm function."""
        return Taker(
            consumer=CONSUMERS[self.consumer],
            stations=Stations(
                providers=self.providers,
                timeline=Timeline(self.dynamodb, "timeline"),  # type: ignore[arg-type]
                attention=AttentionTopic(self.sns, "topic"),  # type: ignore[arg-type]
            ),
            queue=Queue(self.sqs, "queue-url"),  # type: ignore[arg-type]
        )

    def items(self, subject: str = SUBJECT) -> dict[str, dict[str, Any]]:
        """The timeline of a subject: its items by sort key."""
        pages = self.dynamodb.get_paginator(operation_name="query").paginate(
            TableName="timeline",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": subject}},
        )
        plain = TypeDeserializer().deserialize
        return {
            item["sk"]["S"]: {name: plain(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        }


def message(number: int, event: dict[str, Any] | str, attempt: int) -> dict[str, Any]:
    """A message of the consumer's queue."""
    return record(
        {
            "MessageId": str(number),
            "ReceiptHandle": f"handle-{number}",
            "Body": event if isinstance(event, str) else json.dumps(event),
            "Attributes": {"ApproximateReceiveCount": str(attempt)},
            "MD5OfBody": "",
        },
        QUEUE,
    )


def event(name: str, provider: str = "marosa", **metadata: Any) -> dict[str, Any]:
    """The event of a sample, as EventBridge delivers it, with some of its metadata changed."""
    written = deepcopy(sample(provider, name).event)
    assert written
    written["detail"]["metadata"] |= metadata
    return {"version": "0", "id": "any", **written}


def detail_in(item: Mapping[str, Any]) -> str:
    """Return the JSON text of the event in an item whose values are plain."""
    names = ("pk", "sk", "contentHash")
    stored = {name: {"S": item[name]} for name in names}
    return detail_of({**stored, "detail": {"B": item["detail"].value}})


def second(status: str = "ERROR", content_hash: str = "1:b", **metadata: Any) -> dict[str, Any]:
    """Return an event with the id of the sample and another content, which is also later."""
    later = {"occurredAt": "2025-03-31T10:15:00.000000Z", "contentHash": content_hash}
    made = event(OK, **(later | metadata))
    made["detail"]["data"]["currentStatus"] = status
    return made

"""Queues: SQS on simulated time, as far as event source mappings, consumers and operators use it.

A message that was received comes back when its time is over, and goes to the dead-letter queue
instead when it has come back too often.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local.assembly import Stack
from local.resources import Queue as DeclaredQueue
from tests.faults.clock import Clock
from tests.support.faulty import throttled
from tests.support.kills import Killed


@dataclass
class Message:
    """A message: `visible_at` is when it can be received next, in seconds since the epoch."""

    identifier: str
    body: str
    attributes: Mapping[str, Any]
    sent_at: float
    visible_at: float
    receives: int = 0


@dataclass
class Queue:
    """A queue as the template declares it. Times are in seconds."""

    name: str
    url: str
    arn: str
    visibility: float
    retention: int
    attempts: int | None
    dead_letters: "Queue | None"
    clock: Clock = field(repr=False)
    messages: dict[str, Message] = field(default_factory=dict)
    on_send: Callable[[], None] = field(default=lambda: None, repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def send(self, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        """Put a message into it."""
        identifier, now = f"{self.name}-{next(self._numbers)}", self.clock.now()
        self.messages[identifier] = Message(identifier, body, attributes or {}, now, now)
        self.on_send()

    def receive(self, most: int, visibility: float | None = None) -> list[Message]:
        """Take messages that are visible, and hide them for a time."""
        taken: list[Message] = []
        for message in [*self.messages.values()]:
            if message.visible_at > self.clock.now() or len(taken) == most:
                continue
            if self.dead_letters and self.attempts and message.receives >= self.attempts:
                del self.messages[message.identifier]
                self.dead_letters.send(message.body)
                continue
            message.receives += 1
            hidden = self.visibility if visibility is None else visibility
            message.visible_at = self.clock.now() + hidden
            taken.append(message)
        return taken

    def delete(self, identifier: str) -> None:
        """Take a message out for good, if it is still there."""
        self.messages.pop(identifier, None)

    def hide(self, identifier: str, seconds: float) -> None:
        """Say when a message comes back, if it is still there."""
        if identifier in self.messages:
            self.messages[identifier].visible_at = self.clock.now() + seconds

    def next_at(self) -> float | None:
        """When there will be something to take; None while there is nothing in it."""
        return min((message.visible_at for message in self.messages.values()), default=None)


def queues_of(stack: Stack, clock: Clock) -> dict[str, Queue]:
    """Every queue of the template, by its URL; dead-letter queues are made first."""
    made: dict[str, Queue] = {}
    by_arn: dict[str, Queue] = {}
    declared = stack.of(DeclaredQueue)
    for one in sorted(declared, key=lambda queue: queue.properties.redrive_policy is not None):
        redrive = one.properties.redrive_policy
        queue = Queue(
            name=one.name,
            url=one.attributes["QueueUrl"],
            arn=one.arn,
            visibility=one.properties.visibility_timeout,
            retention=one.properties.message_retention_period,
            attempts=redrive.maxReceiveCount if redrive else None,
            dead_letters=by_arn[redrive.deadLetterTargetArn] if redrive else None,
            clock=clock,
        )
        made[queue.url] = by_arn[queue.arn] = queue
    return made


class Sqs:
    """A client of SQS, for consumers and operators.

    `fires` is asked at every change of a delay whether it fails, and whether an operator is killed
    before a message is put into a queue or taken out of one.
    """

    def __init__(self, queues: Mapping[str, Queue], fires: Callable[[str], bool]) -> None:
        self._queues = queues
        self._fires = fires

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        """Put a message into a queue."""
        self._survive()
        self._queues[QueueUrl].send(MessageBody)

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        """Take messages from a queue."""
        queue = self._queues[asked["QueueUrl"]]
        taken = queue.receive(asked["MaxNumberOfMessages"], asked["VisibilityTimeout"])
        return {
            "Messages": [
                {
                    "MessageId": message.identifier,
                    "ReceiptHandle": message.identifier,
                    "Body": message.body,
                    "MessageAttributes": {
                        name: {"StringValue": value} for name, value in message.attributes.items()
                    },
                    "Attributes": {"SentTimestamp": str(int(message.sent_at * 1000))},
                }
                for message in taken
            ]
        }

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """Count the messages of a queue."""
        there = self._queues[QueueUrl].messages.values()
        visible = sum(message.visible_at <= self._queues[QueueUrl].clock.now() for message in there)
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(len(there) - visible),
                "MessageRetentionPeriod": str(self._queues[QueueUrl].retention),
            }
        }

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        """Take a message out of a queue."""
        self._survive()
        self._queues[QueueUrl].delete(ReceiptHandle)

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> None:
        """Say when a message comes back."""
        if self._fires("ChangeMessageVisibility failed"):
            raise throttled("ChangeMessageVisibility")
        self._queues[QueueUrl].hide(ReceiptHandle, VisibilityTimeout)

    def change_message_visibility_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        Entries: list[dict[str, Any]],  # noqa: N803
    ) -> None:
        """Say when messages come back."""
        for entry in Entries:
            self._queues[QueueUrl].hide(entry["ReceiptHandle"], entry["VisibilityTimeout"])

    def _survive(self) -> None:
        if self._fires("operator killed"):
            raise Killed

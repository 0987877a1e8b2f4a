"""Event source mappings: each takes batches from a queue and gives them to a function.

A mapping that is disabled finishes what it has begun, and takes nothing more until it is enabled.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from local.environments import Answer
from local.json_value import Json

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageTypeDef

    from local.assembly import Place, Resource
    from local.queues import Queues
    from local.resources import EventSourceMapping
    from local.threads import Threads

UNSCALED = 5
"""How many batches at once where the mapping does not say: what Lambda starts with."""
LOOK_SECONDS = 20
"""How long one look at the queue waits for a message: as long as SQS allows, as each look costs CPU
time."""

State = Literal["Enabling", "Enabled", "Disabling", "Disabled"]


class Mapping:
    """An event source mapping. What a batch does not delete comes back by its queue's own rules."""

    def __init__(
        self,
        declared: "Resource[EventSourceMapping]",
        place: "Place",
        *,
        queues: "Queues",
        invoke: Callable[[bytes], Answer],
        threads: "Threads",
    ) -> None:
        self.uuid = declared.name
        self.changed = time.time()
        """When it was last enabled or disabled, in seconds since the epoch."""
        self._declared = declared.properties
        self._queues = queues
        self._invoke = invoke
        self._threads = threads
        self._enabled = self._looked = self._declared.enabled
        self._at_work = 0
        self._change = threading.Condition()
        scaling = self._declared.scaling_config
        self._places = threading.Semaphore(scaling.maximum_concurrency if scaling else UNSCALED)
        name = self._declared.event_source_arn.rpartition(":")[2]
        self._url = f"{place.endpoint}/{place.account}/{name}"

    @property
    def properties(self) -> "EventSourceMapping":
        """What the template says of it."""
        return self._declared

    @property
    def state(self) -> State:
        """The state, in Lambda's words: it is disabled once it has nothing more in hand."""
        with self._change:
            if self._enabled:
                return "Enabled" if self._looked else "Enabling"
            return "Disabling" if self._at_work else "Disabled"

    def enable(self, *, enabled: bool) -> None:
        """Take batches from now on, or no more."""
        with self._change:
            if enabled != self._enabled:
                self._enabled, self._looked = enabled, False
                self.changed = time.time()
                self._change.notify_all()

    def poll(self) -> None:
        """Take one batch, once it is enabled and has a place for it, and have it worked on."""
        self._places.acquire()
        if not self._begin():
            self._places.release()
            return
        is_at_work = False
        try:
            batch = self._gather()
            is_at_work = bool(batch) and self._take_on()
        finally:
            if not is_at_work:
                self._places.release()
        if is_at_work:
            self._threads.once(lambda: self._work_and_end(batch))
        else:
            self._queues.give_back(self._url, batch)

    def work(self, batch: "Sequence[MessageTypeDef]") -> None:
        """Give a batch to the function, and delete what it has done with."""
        event = {"Records": [record(message, self._declared.event_source_arn) for message in batch]}
        answer = self._invoke(json.dumps(event).encode())
        if answer.failed:
            return
        failures: set[str] = set()
        if self._declared.function_response_types:
            failures = failed(answer.payload, {message["MessageId"] for message in batch})
        done = [message for message in batch if message["MessageId"] not in failures]
        if done:
            self._queues.delete(self._url, done)

    def _begin(self) -> bool:
        """Whether it is enabled, or is within a moment."""
        with self._change:
            if not self._change.wait_for(lambda: self._enabled, LOOK_SECONDS):
                return False
            self._looked = True
            return True

    def _take_on(self) -> bool:
        """Count a batch as being worked on, unless the mapping was disabled during the look."""
        with self._change:
            self._at_work += self._enabled
            return self._enabled

    def _end(self) -> None:
        with self._change:
            self._at_work -= 1
        self._places.release()

    def _work_and_end(self, batch: "Sequence[MessageTypeDef]") -> None:
        try:
            self.work(batch)
        finally:
            self._end()

    def _gather(self) -> "list[MessageTypeDef]":
        most = self._declared.batch_size
        batch = self._queues.take(self._url, at_most=most, wait_seconds=LOOK_SECONDS)
        end = time.monotonic() + self._declared.maximum_batching_window_in_seconds
        while batch and len(batch) < self._declared.batch_size:
            left = end - time.monotonic()
            if left <= 0:
                break
            room = self._declared.batch_size - len(batch)
            batch += self._queues.take(self._url, at_most=room, wait_seconds=min(1, int(left) + 1))
        return batch


def record(message: "MessageTypeDef", event_source_arn: str) -> dict[str, Json]:
    """Return a message as Lambda passes it to a function."""
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": attribute.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": attribute["DataType"],
            }
            for name, attribute in attributes.items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": event_source_arn,
        "awsRegion": event_source_arn.split(":")[3],
    }


def failed(payload: bytes, message_ids: set[str]) -> set[str]:
    """Which messages of a batch failed, by the function's answer: all, where it is not valid."""
    try:
        answer = json.loads(payload) or {}
        identifiers = {one["itemIdentifier"] for one in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError, ValueError):
        return message_ids
    return identifiers if identifiers <= message_ids else message_ids

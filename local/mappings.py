"""Event source mappings: each takes batches from a queue and gives them to a function."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from local.environments import Answer
from local.json_value import Json

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageTypeDef

    from local.assembly import Place
    from local.queues import Queues
    from local.resources import EventSourceMapping
    from local.threads import Threads

UNSCALED = 5
"""How many batches at once where the mapping does not say: what Lambda starts with."""


class Mapping:
    """An event source mapping. What a batch does not delete comes back by its queue's own rules."""

    def __init__(
        self,
        declared: "EventSourceMapping",
        place: "Place",
        *,
        queues: "Queues",
        invoke: Callable[[bytes], Answer],
        threads: "Threads",
    ) -> None:
        self._declared = declared
        self._place = place
        self._queues = queues
        self._invoke = invoke
        self._threads = threads
        scaling = declared.scaling_config
        self._places = threading.Semaphore(scaling.maximum_concurrency if scaling else UNSCALED)
        name = declared.event_source_arn.rpartition(":")[2]
        self._url = f"{place.endpoint}/{place.account}/{name}"

    def poll(self) -> None:
        """Take one batch, once there is a place for it, and have it worked on."""
        self._places.acquire()
        batch: list[MessageTypeDef] = []
        try:
            batch = self._gather()
        finally:
            if not batch:
                self._places.release()
        if batch:
            self._threads.once(lambda: self._work_and_leave(batch))

    def work(self, batch: "Sequence[MessageTypeDef]") -> None:
        """Give a batch to the function, and delete what it has done with."""
        event = {"Records": [self._as_lambda_has_it(message) for message in batch]}
        answer = self._invoke(json.dumps(event).encode())
        if answer.failed:
            return
        failures: set[str] = set()
        if self._declared.function_response_types:
            failures = failed(answer.payload, {message["MessageId"] for message in batch})
        done = [message for message in batch if message["MessageId"] not in failures]
        if done:
            self._queues.delete(self._url, done)

    def _work_and_leave(self, batch: "Sequence[MessageTypeDef]") -> None:
        try:
            self.work(batch)
        finally:
            self._places.release()

    def _gather(self) -> "list[MessageTypeDef]":
        batch = self._queues.take(self._url, at_most=self._declared.batch_size)
        end = time.monotonic() + self._declared.maximum_batching_window_in_seconds
        while batch and len(batch) < self._declared.batch_size:
            left = end - time.monotonic()
            if left <= 0:
                break
            room = self._declared.batch_size - len(batch)
            batch += self._queues.take(self._url, at_most=room, wait_seconds=min(1, int(left) + 1))
        return batch

    def _as_lambda_has_it(self, message: "MessageTypeDef") -> Json:
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
            "eventSourceARN": self._declared.event_source_arn,
            "awsRegion": self._place.region,
        }


def failed(payload: bytes, message_ids: set[str]) -> set[str]:
    """Which messages of a batch failed, by the function's answer: all, where it is not valid."""
    try:
        answer = json.loads(payload) or {}
        identifiers = {one["itemIdentifier"] for one in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError, ValueError):
        return message_ids
    return identifiers if identifiers <= message_ids else message_ids

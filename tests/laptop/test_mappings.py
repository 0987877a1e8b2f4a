"""What a batch's answer says of its messages, as Lambda reads it."""

import json
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.environments import Answer
from local.mappings import Mapping, failed
from local.resources import EventSourceMapping
from local.threads import Threads
from tests.laptop.stack import PLACE

if TYPE_CHECKING:
    from local.queues import Queues

IDS = {"a", "b"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"null", set()),
        (b"{}", set()),
        (b'{"batchItemFailures": null}', set()),
        (b'{"batchItemFailures": []}', set()),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', {"b"}),
        (b'{"batchItemFailures": [{"itemIdentifier": "unknown"}]}', IDS),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', IDS),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', IDS),
        (b'{"batchItemFailures": [{"wrong": "a"}]}', IDS),
        (b'{"batchItemFailures": "a"}', IDS),
        (b'"text"', IDS),
        (b"not json", IDS),
    ],
)
def test_an_answer_names_the_failures_or_all_have_failed(answer: bytes, expected: set[str]) -> None:
    assert failed(answer, IDS) == expected


class Waiting:
    """A queue with messages in it, which tells what was asked of it."""

    def __init__(self, *ids: str) -> None:
        self._messages = [{"MessageId": one, "ReceiptHandle": one} for one in ids]
        self.asked: list[int] = []
        self.deleted: list[str] = []

    def take(self, _url: str, *, at_most: int, wait_seconds: int = 0) -> list[dict[str, Any]]:
        self.asked.append(at_most)
        del wait_seconds
        taken, self._messages = self._messages[:1], self._messages[1:]
        return [message | {"Body": "{}", "MD5OfBody": "", "Attributes": {}} for message in taken]

    def delete(self, _url: str, messages: list[dict[str, Any]]) -> None:
        self.deleted += [message["MessageId"] for message in messages]


def batches(queue: Waiting, answer: Answer, **declared: Any) -> list[list[str]]:
    """The message ids of the batch that the mapping gives to its function."""
    given: list[list[str]] = []
    called = threading.Event()

    def invoke(event: bytes) -> Answer:
        given.append([record["messageId"] for record in json.loads(event)["Records"]])
        called.set()
        return answer

    properties = EventSourceMapping(
        event_source_arn="arn:aws:sqs:eu-west-1:123456789012:queue",
        function_name="consume",
        **declared,
    )
    queues = cast("Queues", queue)
    mapping = Mapping(properties, PLACE, queues=queues, invoke=invoke, threads=Threads())
    mapping.poll()
    assert called.wait(5)
    return given


def test_a_batch_is_what_one_look_at_the_queue_gives() -> None:
    queue = Waiting("a", "b")
    assert batches(queue, Answer(b"null"), batch_size=10) == [["a"]]
    assert queue.asked == [10]


def test_a_batching_window_waits_until_the_batch_is_full() -> None:
    queue = Waiting("a", "b", "c")
    declared = {"batch_size": 2, "maximum_batching_window_in_seconds": 5}
    assert batches(queue, Answer(b"null"), **declared) == [["a", "b"]]
    assert queue.asked == [2, 1]


def test_without_partial_answers_a_batch_is_done_with_whatever_was_answered() -> None:
    queue = Waiting("a")
    mapping = EventSourceMapping(event_source_arn="a:queue", function_name="consume")
    answer = Answer(b'{"batchItemFailures": [{"itemIdentifier": "a"}]}')
    Mapping(
        mapping, PLACE, queues=cast("Queues", queue), invoke=lambda _: answer, threads=Threads()
    ).work(cast("Any", queue.take("", at_most=1)))
    assert queue.deleted == ["a"]

"""What a batch's answer says of its messages, as Lambda reads it."""

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest

from local import mappings
from local.assembly import Resource
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
        self.given_back: list[str] = []

    def give_back(self, _url: str, messages: list[dict[str, Any]]) -> None:
        self.given_back += [message["MessageId"] for message in messages]

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

    mapping_of(queue, invoke, **declared).poll()
    assert called.wait(5)
    return given


def mapping_of(queue: Waiting, invoke: Callable[[bytes], Answer], **declared: Any) -> Mapping:
    """A mapping from a queue to a function."""
    properties = EventSourceMapping(
        event_source_arn="arn:aws:sqs:eu-west-1:123456789012:queue",
        function_name="consume",
        **declared,
    )
    resource = Resource("Mapping", "a-uuid", {}, properties)
    queues = cast("Queues", queue)
    return Mapping(resource, PLACE, queues=queues, invoke=invoke, threads=Threads())


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
    answer = Answer(b'{"batchItemFailures": [{"itemIdentifier": "a"}]}')
    mapping = mapping_of(queue, lambda _: answer)
    mapping.work(cast("Any", queue.take("", at_most=1)))
    assert queue.deleted == ["a"]


def test_a_disabled_mapping_ends_what_it_has_begun_and_takes_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mappings, "LOOK_SECONDS", 0.01)
    called, done = threading.Event(), threading.Event()

    def invoke(_: bytes) -> Answer:
        called.set()
        assert done.wait(5)
        return Answer(b"null")

    queue = Waiting("a", "b")
    mapping = mapping_of(queue, invoke)

    def state() -> str:
        return mapping.state

    assert state() == "Enabled"
    mapping.poll()
    assert called.wait(5)
    mapping.enable(enabled=False)
    assert state() == "Disabling"
    done.set()
    until = time.monotonic() + 5
    while state() == "Disabling" and time.monotonic() < until:
        time.sleep(0.01)
    assert state() == "Disabled"
    mapping.poll()
    assert queue.asked == [10]
    mapping.enable(enabled=True)
    assert state() == "Enabling"
    mapping.poll()
    assert (state(), queue.asked) == ("Enabled", [10, 10])


def test_messages_that_arrive_for_a_mapping_disabled_meanwhile_are_given_back() -> None:
    class Slow(Waiting):
        def take(self, *arguments: Any, **named: Any) -> list[dict[str, Any]]:
            mapping.enable(enabled=False)
            return super().take(*arguments, **named)

    queue = Slow("a")
    mapping = mapping_of(queue, lambda _: pytest.fail("it is disabled"))
    mapping.poll()
    assert (mapping.state, queue.given_back) == ("Disabled", ["a"])


def test_a_mapping_that_is_enabled_goes_on_at_once() -> None:
    queue = Waiting("a")
    mapping = mapping_of(queue, lambda _: Answer(b"null"), enabled=False)
    threading.Timer(0.05, mapping.enable, kwargs={"enabled": True}).start()
    mapping.poll()
    assert queue.asked == [10]


def test_a_look_that_fails_leaves_its_place() -> None:
    class Missing(Waiting):
        def take(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
            raise LookupError

    mapping = mapping_of(Missing(), lambda _: Answer(b"null"))
    for _ in range(10):
        with pytest.raises(LookupError):
            mapping.poll()
    mapping.enable(enabled=False)
    assert mapping.state == "Disabled"

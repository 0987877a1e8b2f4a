"""Dead letters: what could not be delivered or consumed, to be seen and sent on its way again.

There are two kinds. A consumer's dead letters failed in its function, time after time; they go back
to the consumer's queue. A rule's dead letters never reached a queue; they go to the one that the
rule had for its target, which SQS's own redrive cannot do.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from inlet import instant
from inlet.event import Event, Metadata
from inlet.json_text import loads
from inlet.operations.consumers import DeployedConsumer, deployed
from inlet.operations.deployment import Deployment
from inlet.operations.logs import Line, lines
from inlet.operations.queues import depth

HIDDEN_SECONDS = 120
"""How long a message that was looked at is not given out again, unless it is given back sooner."""
WAIT_SECONDS = 1
"""How long SQS looks for a message on all of its servers before it says that there is none."""
FAILED = {"outcome": "failed", "event_id": None}
"""The lines of a consumer's log that say what it failed with at an event."""
AT_ONCE = 10
"""The messages that SQS gives and takes at once."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """An event that EventBridge could not encrypt or decrypt with the customer key.

    EventBridge wraps it in an event of its own, "Encrypted Events". `rule_arn` is None where the
    bus itself failed, before any rule had the event.
    """

    key_arn: str
    rule_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message of a dead-letter queue, and the consumer that it was meant for.

    `error` is what its last attempt failed with, None where no log tells any more. `since` is
    when it was first put into a queue, in ISO 8601. `consumer` is None where a rule's target is
    no queue of this deployment. `body` is the message itself where it is no event, or where it is
    `encrypted`.
    """

    message_id: str
    consumer: str | None
    is_of_rule: bool
    error: str | None
    since: str
    event_id: str | None
    event_type: str | None
    subject: str | None
    event: Mapping[str, Any] = field(repr=False)
    body: str | None = field(default=None, repr=False)
    encrypted: Encrypted | None = None

    @property
    def is_movable(self) -> bool:
        """Whether a redrive can put it into a queue of this deployment."""
        return self.consumer is not None and self.encrypted is None


@dataclass(frozen=True, kw_only=True)
class Found:
    """Dead letters, and the number of invisible messages, some of which may be wanted as well.

    An invisible message was received by another run, which holds it or was killed.
    """

    letters: list[DeadLetter]
    invisible: int


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which dead letters are meant; what is None is not asked about."""

    message_id: str | None = None
    consumer: str | None = None
    error: str | None = None
    event_id: str | None = None
    event_type: str | None = None

    def has(self, letter: DeadLetter) -> bool:
        """Whether a dead letter is one of them."""
        return all(
            wanted is None or wanted == getattr(letter, name) for name, wanted in vars(self).items()
        )


def dead_letters(deployment: Deployment, wanted: Wanted) -> list[DeadLetter]:
    """The dead letters of both kinds, earliest first. They stay where they are."""
    return look(deployment, wanted).letters


def look(deployment: Deployment, wanted: Wanted) -> Found:
    """Return the dead letters of both kinds, earliest first, and count the invisible messages."""
    queues = _queues(deployment, wanted.consumer)
    with ThreadPoolExecutor(len(queues)) as threads:  # each waits for its queue to say no more
        found = list(threads.map(lambda queue: queue.look(wanted.event_id), queues))
    letters = [letter for one in found for letter in one.letters if wanted.has(letter)]
    is_complete = wanted.message_id is not None and letters
    return Found(
        letters=sorted(letters, key=lambda letter: letter.since),
        invisible=0 if is_complete else sum(one.invisible for one in found),
    )


def redrive(
    deployment: Deployment,
    letters: Sequence[DeadLetter],
    *,
    per_second: float,
    moved: Callable[[DeadLetter], None],
) -> None:
    """Put dead letters into the queues that they were meant for, and tell `moved` of each.

    A letter is deleted only after its queue has it: a run that dies between leaves it in both, and
    consumers are safe under that.
    """
    chosen = {letter.message_id: letter for letter in letters if letter.is_movable}
    for queue in _queues(deployment):
        if not any(queue.has(letter) for letter in chosen.values()):
            continue
        for message in queue.take(chosen.keys()):
            letter = chosen[message["MessageId"]]
            (consumer,) = deployed(deployment, letter.consumer)
            queue.move(message, consumer.queue)
            moved(letter)
            time.sleep(1 / per_second)


@dataclass(frozen=True, kw_only=True)
class _Queue:
    """A dead-letter queue: that of a consumer, or that of the rules."""

    deployment: Deployment
    url: str
    consumer: DeployedConsumer | None = None

    def has(self, letter: DeadLetter) -> bool:
        """Whether a letter is one of its kind."""
        return letter.is_of_rule == (self.consumer is None) and (
            self.consumer is None or letter.consumer == self.consumer.name
        )

    def look(self, event_id: str | None) -> Found:
        """All that is in it, or all of one event."""
        before = depth(self.deployment, self.url)
        messages: list[Message] = []
        try:
            messages.extend(self._received())
        finally:
            self._give_back(messages)
        meant = [m for m in messages if event_id in {None, _event_id(m)}]
        errors = self._errors(meant)
        # SQS may count messages as invisible for a minute after a run has given them back.
        missing = before.total - len({message["MessageId"] for message in messages})
        return Found(
            letters=[self._letter(message, errors) for message in meant],
            invisible=max(0, min(before.invisible, missing)),
        )

    def take(self, chosen: Collection[str]) -> Iterator[Message]:
        """The messages whose ids were chosen; the others are given back."""
        others: list[Message] = []
        try:
            for message in self._received():
                if message["MessageId"] in chosen:
                    yield message
                else:
                    others.append(message)
        finally:
            self._give_back(others)

    def move(self, message: Message, target: str) -> None:
        """Put a message into another queue, and then take it out of this one."""
        sqs = self.deployment.client("sqs")
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def _received(self) -> Iterator[Message]:
        while True:
            answer = self.deployment.client("sqs").receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=AT_ONCE,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=WAIT_SECONDS,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            if not answer.get("Messages"):
                return
            yield from answer["Messages"]

    def _give_back(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), AT_ONCE):
            self.deployment.client("sqs").change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0}
                    for n, m in enumerate(messages[start : start + AT_ONCE])
                ],
            )

    def _errors(self, messages: Sequence[Message]) -> Mapping[str, str]:
        """What the consumer's function last failed with, by event id."""
        if self.consumer is None or not messages:
            return {}
        since = min(_sent_at(message) for message in messages)
        failed = lines(self.deployment, self.consumer.logs, since=since, any_of=[FAILED])
        return {line.written["event_id"]: error_of(line) for line in failed if error_of(line)}

    def _letter(self, message: Message, errors: Mapping[str, str]) -> DeadLetter:
        event, metadata = _read(message["Body"])
        attributes = {
            name: value["StringValue"]
            for name, value in message.get("MessageAttributes", {}).items()
        }
        return DeadLetter(
            message_id=message["MessageId"],
            consumer=self.consumer.name if self.consumer else self._meant_for(attributes),
            is_of_rule=self.consumer is None,
            error=errors.get(metadata.event_id if metadata else "") or attributes.get("ERROR_CODE"),
            since=instant.text(_sent_at(message)),
            event_id=metadata.event_id if metadata else None,
            event_type=metadata.event_type if metadata else None,
            subject=metadata.subject if metadata else None,
            event=event,
            body=None if metadata else message["Body"],
            encrypted=_encrypted(message["Body"]),
        )

    def _meant_for(self, attributes: Mapping[str, str]) -> str | None:
        """The consumer whose queue was the target of the rule."""
        name = attributes.get("TARGET_ARN", "").rpartition(":")[2]
        for consumer in deployed(self.deployment):
            if consumer.queue.rpartition("/")[2] == name:
                return consumer.name
        return None


def error_of(line: Line) -> str:
    """What an attempt failed with, as its line has it; an empty text if it did not."""
    for cause in line.get("causes") or ():
        return " ".join(dict.fromkeys(filter(None, (cause["type"], cause.get("code")))))
    return ""


def _queues(deployment: Deployment, consumer: str | None = None) -> list[_Queue]:
    return [
        *(
            _Queue(deployment=deployment, url=one.dead_letters, consumer=one)
            for one in deployed(deployment, consumer)
        ),
        _Queue(deployment=deployment, url=deployment.output("RuleDeadLetters")),
    ]


def _event_id(message: Message) -> str | None:
    _, metadata = _read(message["Body"])
    return metadata.event_id if metadata else None


def _sent_at(message: Message) -> datetime:
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def _read(body: str) -> tuple[Mapping[str, Any], Metadata | None]:
    """The event in a message, and its metadata; nothing where the message is something else."""
    try:
        event = loads(body)
        return event, Event.model_validate(event["detail"]).metadata
    except (ValueError, KeyError, TypeError):
        return {}, None


def _encrypted(body: str) -> Encrypted | None:
    """The key and the rule that an "Encrypted Events" wrapper names; None for anything else."""
    try:
        event = loads(body)
    except ValueError:
        return None
    match event:
        case {
            "source": "aws.events",
            "detail-type": "Encrypted Events",
            "detail": {"kms-key-arn": str(key)} as detail,
        }:
            return Encrypted(key_arn=key, rule_arn=detail.get("rule-arn"))
    return None

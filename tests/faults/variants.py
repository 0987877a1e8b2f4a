"""Variants: Inlet with one thing wrong in it, to see whether the checker sees it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
)
from botocore.exceptions import BotoCoreError, ClientError

from functions.consumer import consume
from functions.consumer import handler as consumer
from functions.consumer import timeline as timelines
from functions.consumer.timeline import Entry, Timeline
from functions.ingest import claims, credentials, deduplicate
from functions.ingest.deduplicate import Deliveries
from functions.ingest.publish import Bus
from functions.ingest.quarantine import Quarantine
from inlet.document import Document
from inlet.operations import dead_letters
from inlet.refusals import IdReused, NotAuthenticated, Unavailable
from inlet.simulator.checker import What


@dataclass(frozen=True)
class Variant:
    """What is wrong, which violation that must lead to, and the patches that make it so.

    `rates` are those of faults that must happen more often than usual for it to show, and
    `deliveries` how many are enough where it shows only at the end.
    """

    wrong: str
    what: frozenset[What]
    patches: Callable[[], tuple[Any, ...]]
    rates: Mapping[str, float] = field(default_factory=dict)
    deliveries: int = 1000


def _variant(
    wrong: str, *what: What, deliveries: int = 1000, **rates: float
) -> Callable[..., Variant]:
    def make(patches: Callable[[], tuple[Any, ...]]) -> Variant:
        named = {name.replace("_", " "): rate for name, rate in rates.items()}
        return Variant(wrong, frozenset(what), patches, named, deliveries)

    return make


_once = Deliveries.once
_keep = Quarantine.keep
_check = credentials.ProviderCredentials.check
_parse = Document.parse.__func__  # type: ignore[attr-defined]


@_variant("Whether an entry of PutEvents failed is not looked at.", "lost")
def failed_entries() -> tuple[Any, ...]:
    def publish(self: Bus, delivery: Any) -> None:
        try:
            self._client.put_events(Entries=[self._entry(delivery)])
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("Not published.") from error

    return (patch.object(Bus, "publish", publish),)


@_variant("A 5xx is returned, and so remembered as the result.", "lost")
def returned_5xx() -> tuple[Any, ...]:
    def once(self: Deliveries, delivery: Any, act: Any, context: Any) -> bool:
        failures: list[Unavailable] = []

        def returns(delivery: Any) -> None:
            try:
                act(delivery)
            except Unavailable as unavailable:
                failures.append(unavailable)

        acted = _once(self, delivery, returns, context)
        if failures:
            raise failures[0]
        return acted

    return (patch.object(Deliveries, "once", once),)


@_variant("A delivery that is in progress is answered with a 4xx.", "refused")
def in_progress_4xx() -> tuple[Any, ...]:
    def once(self: Deliveries, delivery: Any, act: Any, context: Any) -> bool:
        try:
            return _once(self, delivery, act, context)
        except Unavailable as unavailable:
            if isinstance(unavailable.__cause__, IdempotencyAlreadyInProgressError):
                raise IdReused("In progress.") from unavailable
            raise

    return (patch.object(Deliveries, "once", once),)


@_variant("A delivery that is in progress is taken for one that was published.", "lost")
def in_progress_2xx() -> tuple[Any, ...]:
    def once(self: Deliveries, delivery: Any, act: Any, context: Any) -> bool:
        try:
            return _once(self, delivery, act, context)
        except Unavailable as unavailable:
            if isinstance(unavailable.__cause__, IdempotencyAlreadyInProgressError):
                return False
            raise

    return (patch.object(Deliveries, "once", once),)


@_variant("A delivery is remembered as done before it is published.", "lost")
def completed_first() -> tuple[Any, ...]:
    def once(self: Deliveries, delivery: Any, act: Any, context: Any) -> bool:
        acted = _once(self, delivery, lambda _: None, context)
        if acted:
            act(delivery)
        return acted

    return (patch.object(Deliveries, "once", once),)


@_variant("A completed delivery is not compared with another content.", "taken")
def uncompared() -> tuple[Any, ...]:
    return (patch.object(deduplicate, "same_content", lambda *_: True),)


_ANY_CONTENT = claims.CLAIM.replace(
    "contentHash = :contentHash", "contentHash = :contentHash OR contentHash <> :contentHash"
)
_LIKE_POWERTOOLS = patch.object(
    claims.Claims,
    "_delete_record",
    DynamoDBPersistenceLayer._delete_record,  # noqa: SLF001
)
_FIRST_CONTENT_ONLY = patch.object(consume, "same_content", lambda *_: True)


@_variant(
    "An expired claim is taken over by any content.",
    "taken",
    UpdateItem_failed_after_publishing=0.3,
)
def takeover_by_any_content() -> tuple[Any, ...]:
    return (patch.object(claims, "CLAIM", _ANY_CONTENT),)


@_variant(
    "The claim of an uncertain publication is deleted.",
    "taken",
    PutEvents_timed_out_after_taking_effect=0.5,
)
def deleted_claims() -> tuple[Any, ...]:
    return (_LIKE_POWERTOOLS,)


@_variant("A consumer passes by a second content under an id.", "lost")
def first_content_only() -> tuple[Any, ...]:
    return (_FIRST_CONTENT_ONLY,)


@_variant(
    "Claims are Powertools' own, and a consumer passes by a second content under an id.",
    "taken",
    "lost",
)
def merged_contents() -> tuple[Any, ...]:
    return (
        patch.object(claims, "CLAIM", _ANY_CONTENT),
        _LIKE_POWERTOOLS,
        _FIRST_CONTENT_ONLY,
    )


@_variant("The event id is made of the bytes as they came.", "twice", "refused")
def raw_ids() -> tuple[Any, ...]:
    def parse(cls: type[Document], body: bytes) -> Document:
        read: Document = _parse(cls, body)
        return replace(read, canonical=read.text)

    return (patch.object(Document, "parse", classmethod(parse)),)


@_variant(
    "A secret that cannot be read is the sender's fault.", "refused", Secrets_Manager_down=0.15
)
def unreadable_secret() -> tuple[Any, ...]:
    def check(self: Any, provider: Any, request: Any) -> str:
        try:
            return _check(self, provider, request)
        except Unavailable as unavailable:
            raise NotAuthenticated("Unknown.") from unavailable

    return (patch.object(credentials.ProviderCredentials, "check", check),)


@_variant("A refusal is final although what is refused could not be kept.", "not kept")
def unkept_refusals() -> tuple[Any, ...]:
    def keep(self: Quarantine, *arguments: Any, **named: Any) -> str:
        try:
            return _keep(self, *arguments, **named)
        except Unavailable:
            return "nowhere"

    return (patch.object(Quarantine, "keep", keep),)


def _consume(
    steps: Callable[[Any, Entry, Any, Callable[[], None] | None], None],
) -> tuple[Any, ...]:
    """Consumers that do something else with an entry of their own."""

    def consume(
        event: Any,
        detail: str,
        of: Any,
        stations: Any,
        replay: str | None = None,  # noqa: ARG001
    ) -> bool:
        sentence = of.sentence(event)
        provider = stations.providers[event.metadata.provider]
        known = provider.catalogue.get(event.metadata.event_type)
        rank = known.rank if known else 0
        entry = Entry.of(event, of, detail=detail, rank=rank, needs_attention=bool(sentence))

        def tell() -> None:
            stations.attention.send(sentence, event, of)

        def set_state(entry: Entry) -> None:
            if of.is_step(event):
                stations.timeline.fold(entry, of.flags)
            else:
                stations.timeline.advance(entry)

        steps(stations.timeline, entry, set_state, tell if sentence else None)
        return True

    return (patch.object(consumer, "consume", consume),)


@_variant("The state is set before there is an entry.", "state")
def state_first() -> tuple[Any, ...]:
    def steps(timeline: Timeline, own: Entry, set_state: Any, tell: Any) -> None:
        timeline.advance(own)
        entry = timeline.enter(own)
        set_state(entry)
        if tell and entry.attention == "pending":
            tell()
            timeline.mark_sent(entry)

    return _consume(steps)


@_variant("Attention is marked as sent before it is.", "attention")
def marked_first() -> tuple[Any, ...]:
    def steps(timeline: Timeline, own: Entry, set_state: Any, tell: Any) -> None:
        entry = timeline.enter(own)
        set_state(entry)
        if tell and entry.attention == "pending":
            timeline.mark_sent(entry)
            tell()

    return _consume(steps)


@_variant("An entry that is there already means stop.", "state", "attention")
def stops_at_an_entry() -> tuple[Any, ...]:
    def steps(timeline: Timeline, own: Entry, set_state: Any, tell: Any) -> None:
        if timeline.enter(own) is not own:
            return
        set_state(own)
        if tell:
            tell()
            timeline.mark_sent(own)

    return _consume(steps)


@_variant("The state is that of the event which came last.", "state")
def last_come_state() -> tuple[Any, ...]:
    def advance(self: Timeline, entry: Entry) -> bool:
        state = timelines._state(entry)  # noqa: SLF001
        self._set_state(entry.subject, state, when="attribute_not_exists(nothing)")
        return True

    return (patch.object(Timeline, "advance", advance),)


@_variant("Of two events of one time, either may be the later one.", "state")
def random_ties() -> tuple[Any, ...]:
    def position(occurred_at: str, *_: Any) -> str:
        return f"{occurred_at}#{random.random()}"  # noqa: S311

    return (patch.object(timelines, "position", position),)


@_variant("A batch is done whatever failed in it.", "lost", "state")
def whole_batches() -> tuple[Any, ...]:
    answer = consumer.answer

    def all_done(*arguments: Any) -> dict[str, Any]:
        answer(*arguments)
        return {"batchItemFailures": []}

    return (patch.object(consumer, "answer", all_done),)


@_variant(
    "A dead letter is deleted before its queue has it.",
    "lost",
    deliveries=150,
    rule_target_unreachable=0.05,
    operator_killed=0.3,
)
def delete_before_move() -> tuple[Any, ...]:
    def move(self: Any, message: dict[str, Any], target: str) -> None:
        sqs = self.deployment.client("sqs")
        sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])

    return (patch.object(dead_letters._Queue, "move", move),)  # noqa: SLF001


VARIANTS: Mapping[str, Variant] = {
    name: value for name, value in list(globals().items()) if isinstance(value, Variant)
}
"""All of them, by name."""

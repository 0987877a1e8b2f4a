"""Show: what became of one event, from the door to its timeline."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from inlet.consumers import consumer_of
from inlet.event import source
from inlet.operations.consumers import deployed
from inlet.operations.dead_letters import DeadLetter, Wanted, dead_letters, error_of
from inlet.operations.deliveries import Delivery, remembered
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.logs import CutShort, Line, lines
from inlet.operations.pause import Waiting, waiting
from inlet.operations.quarantine import DELIVERED, Listed, kept_under
from inlet.operations.timeline import Timeline, timeline
from inlet.patterns import InvalidPattern, compile_pattern

READ_SECONDS = 2
"""How long one log is read: whoever asks should know within ten seconds."""
LOOK_BACK = timedelta(hours=1)
"""From when on logs are read where nothing says when the event was received."""


class Partly(dict[str, Any]):
    """An object of an event of which not all is known: what is not in it may be there or not."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A request that carried the event, or a release of it: when it came, and what it was told."""

    at: str
    provider: str
    correlation_id: str
    credential: str | None
    is_release: bool
    outcome: str
    detail: str | None
    fields: tuple[str, ...]
    quarantined: str | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the bus that matches the event, or may, and the ARNs of its targets.

    It is not certain if its pattern asks for values of the event that are unknown here, or if the
    pattern is invalid: then `problem` names the reason.
    """

    name: str
    is_enabled: bool
    is_sure: bool
    problem: str | None
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A consumer's attempt at the event: `error` is what failed, `retry_in` are seconds."""

    at: str
    outcome: str
    error: str
    retry_in: int | None
    replay: str | None


@dataclass(frozen=True, kw_only=True)
class Body:
    """The body of an event that is too large for the bus: where it is kept, while it is there."""

    bucket: str
    key: str
    bytes: int
    is_there: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that is known of an event; what nothing is known of is None or empty.

    `event_id` is None where the request was refused before it was read. `since` is from when on
    logs were read, and `cut_short` are the log groups that were not read to their end.
    """

    event_id: str | None
    event_type: str | None
    subject: str | None
    since: str
    cut_short: tuple[str, ...]
    delivery: Delivery | None
    arrivals: tuple[Arrival, ...]
    rules: tuple[Rule, ...]
    consumer: Waiting | None
    queue: str | None
    attempts: tuple[Attempt, ...]
    body: Body | None
    entry: Mapping[str, Any] | None = field(repr=False)
    state_event_id: str | None
    forgotten_at: str | None
    conflicts: tuple[Mapping[str, Any], ...] = field(repr=False)
    dead_letters: tuple[DeadLetter, ...]
    quarantined: tuple[Listed, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known of the event."""
        return not (self.delivery or self.arrivals or self.is_on_the_bus)

    @property
    def is_on_the_bus(self) -> bool:
        """Whether the event was surely published."""
        return bool(
            (self.delivery and self.delivery.is_published)
            or self.attempts
            or self.entry
            or self.conflicts
            or self.dead_letters
            or any(arrival.outcome in DELIVERED for arrival in self.arrivals)
        )


def show(
    deployment: Deployment,
    asked: str,
    *,
    subject: str | None = None,
    since: datetime | None = None,
) -> Story:
    """What became of an event, by its id, or by the correlation id of a request that carried it.

    Where nothing remembers them any more, `subject` says what the event is about, and `since` when
    it was received at the earliest.
    """
    delivery = remembered(deployment, asked)
    if delivery is None and (delivery := remembered(deployment, asked.lower())):
        asked = asked.lower()  # as Marosa's ids are stored
    if delivery is None and (carried := _carried(deployment, asked, since)) != asked:
        asked, delivery = carried, remembered(deployment, carried)
    # Each place says where to look next.
    subject = subject or (delivery.subject if delivery else None)
    letters = dead_letters(deployment, Wanted(event_id=asked, consumer=_consumer_of(subject)))
    subject = subject or next((letter.subject for letter in letters), None)
    known = timeline(deployment, subject) if subject else Timeline((), (), None, None)
    entry = next((e for e in known.entries if e["eventId"] == asked), None)
    kept = _detail(entry, letters)
    since = since or _received(delivery, kept)
    arrived, is_cut = _lines(deployment, deployment.output("IngestLogs"), asked, since)
    cut_short = ["ingest"] if is_cut else []
    attempted: list[Line] = []
    consumer, queue = None, None
    if name := _consumer_of(subject):
        (taker,) = deployed(deployment, name)
        consumer, queue = waiting(deployment, taker), taker.queue
        attempted, is_cut = _lines(deployment, taker.logs, asked, since)
        cut_short += [name] if is_cut else []
    arrivals = tuple(_arrival(line) for line in arrived)
    detail = kept or next((_as_detail(line) for line in arrived if line.get("event_id")), None)
    return Story(
        event_id=asked if detail or not arrivals else None,
        event_type=detail["metadata"]["eventType"] if detail else None,
        subject=subject,
        since=since.isoformat(),
        cut_short=tuple(cut_short),
        delivery=delivery,
        arrivals=arrivals,
        rules=tuple(_rules(deployment, detail)) if detail else (),
        consumer=consumer,
        queue=queue,
        attempts=tuple(_attempt(line) for line in attempted),
        body=_body(deployment, kept) if kept else None,
        entry=entry,
        state_event_id=known.state["eventId"] if known.state else None,
        forgotten_at=known.forgotten_at,
        conflicts=tuple(e for e in known.conflicts if e["eventId"] == asked),
        dead_letters=tuple(letters),
        quarantined=tuple(_quarantined(deployment, arrivals)),
    )


def _consumer_of(subject: str | None) -> str | None:
    """The name of the consumer that takes events about a subject."""
    if subject is None:
        return None
    _, _, rest = subject.partition("/")
    try:
        return consumer_of(rest.partition("/")[0]).name
    except LookupError as error:
        raise OperationError(f"{subject} goes nowhere: {error}.") from None


def _carried(deployment: Deployment, asked: str, since: datetime | None) -> str:
    """The id of the event that a request carried; what was asked for, where it was no request."""
    since = since or datetime.now(UTC) - LOOK_BACK
    arrived, _ = _lines(deployment, deployment.output("IngestLogs"), asked, since)
    return next((line.written["event_id"] for line in arrived if line.get("event_id")), asked)


def _detail(
    entry: Mapping[str, Any] | None, letters: Sequence[DeadLetter]
) -> Mapping[str, Any] | None:
    """The event itself, where it is kept."""
    if entry:
        return dict(entry["detail"])
    return next((letter.event["detail"] for letter in letters), None)


def _body(deployment: Deployment, detail: Mapping[str, Any]) -> Body | None:
    """What is in S3 of an event."""
    kept = detail["metadata"].get("body")
    if kept is None:
        return None
    bucket, key = kept["bucket"], kept["key"]
    found = deployment.client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return Body(bucket=bucket, key=key, bytes=kept["bytes"], is_there=found["KeyCount"] > 0)


def _as_detail(line: Line) -> Mapping[str, Any]:
    """As much of an event as the line of a request has."""
    names = {"provider": "provider", "eventType": "event_type", "known": "known"}
    metadata = {name: line.get(written) for name, written in names.items()}
    return Partly(metadata=Partly(metadata))


def _received(delivery: Delivery | None, detail: Mapping[str, Any] | None) -> datetime:
    """When the event was received, or from when on it is looked for."""
    at = delivery.received_at if delivery else None
    at = at or (detail["metadata"]["receivedAt"] if detail else None)
    return datetime.fromisoformat(at) if at else datetime.now(UTC) - LOOK_BACK


def _lines(
    deployment: Deployment, group: str, asked: str, since: datetime
) -> tuple[list[Line], bool]:
    """What a log says of an event or a request, and whether there may be more."""
    names = ("event_id", "correlation_id")
    pattern = " || ".join(f"$.{name} = {json.dumps(asked, ensure_ascii=False)}" for name in names)
    found = []
    try:
        for line in lines(
            deployment, group, since=since, pattern=f"{{ {pattern} }}", seconds=READ_SECONDS
        ):
            found.append(line)  # noqa: PERF402 - what was read before it is cut short stays
    except CutShort:
        return found, True
    return found, False


def _arrival(line: Line) -> Arrival:
    return Arrival(
        at=line.at,
        provider=line.written["provider"],
        correlation_id=line.written["correlation_id"],
        credential=line.get("credential"),
        is_release=line.get("message") == "release",
        outcome=line.written["outcome"],
        detail=line.get("detail"),
        fields=tuple(line.get("fields") or ()),
        quarantined=line.get("quarantined"),
    )


def _attempt(line: Line) -> Attempt:
    return Attempt(
        at=line.at,
        outcome=line.written["outcome"],
        error=error_of(line),
        retry_in=line.get("retry_in"),
        replay=line.get("replay"),
    )


def _quarantined(deployment: Deployment, arrivals: Sequence[Arrival]) -> Iterator[Listed]:
    ids = dict.fromkeys((one.provider, one.quarantined) for one in arrivals if one.quarantined)
    for provider, identifier in ids:
        if kept := kept_under(deployment, provider, str(identifier)):
            yield kept


def _rules(deployment: Deployment, detail: Mapping[str, Any]) -> Iterator[Rule]:
    """The rules of the bus that match an event, or may."""
    metadata = detail["metadata"]
    event = Partly(
        {
            "source": source(metadata["provider"]),
            "detail-type": metadata["eventType"],
            "detail": detail,
        }
    )
    events, bus = deployment.client("events"), deployment.output("BusName")
    for page in events.get_paginator("list_rules").paginate(EventBusName=bus):
        for rule in page["Rules"]:
            if "ManagedBy" in rule:  # AWS's own, such as that of the archive
                continue
            problem, answer = None, None
            try:
                pattern = compile_pattern(rule["EventPattern"])
                answer = pattern.may_match(event, partial(_is_known, event))
            except InvalidPattern as invalid:
                problem = str(invalid)
            if answer is False:
                continue
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            yield Rule(
                name=rule["Name"],
                is_enabled=rule["State"] == "ENABLED",
                is_sure=answer is True,
                problem=problem,
                targets=tuple(target["Arn"] for target in targets),
            )


def _is_known(event: Mapping[str, Any], path: str) -> bool:
    """Whether all values that have the path are in what is known of an event."""
    if not isinstance(event, Partly):
        return True
    return any(
        path == key or (path.startswith(f"{key}.") and _is_known(value, path[len(key) + 1 :]))
        for key, value in event.items()
    )


def hops(story: Story) -> Iterator[tuple[str, str]]:
    """The story, told: a station and a sentence for each thing that happened there, or did not."""
    for station, sentences in (
        ("received", _told_received(story)),
        ("bus", _told_bus(story)),
        ("rules", _told_rules(story)),
        ("consumer", _told_consumer(story)),
        ("timeline", _told_timeline(story)),
        ("dead letters", _told_dead_letters(story)),
        ("quarantine", _told_quarantine(story)),
        ("forgotten", _told_forgotten(story)),
    ):
        for sentence in sentences:
            yield station, sentence
    for name in story.cut_short:
        yield "logs", f"only the first {READ_SECONDS} s of that of {name} were read"


def _told_received(story: Story) -> Iterator[str]:
    for one in story.arrivals:
        outcome = f"released: {one.outcome}" if one.is_release else one.outcome
        proof = f"credential {one.credential}" if one.credential else "no credential"
        yield f"{one.at}  {outcome}  {one.provider}, {proof}, request {one.correlation_id}"
        if one.detail:
            yield " ".join((one.detail, *(f"({name})" for name in one.fields)))
    if story.arrivals:
        return
    if story.delivery and story.delivery.received_at:
        yield f"{story.delivery.received_at}  accepted; the log has no line of it any more"
    else:
        yield f"the log of the ingest function has no line of it since {story.since}"


def _told_bus(story: Story) -> Iterator[str]:
    if story.is_on_the_bus:
        yield "published"
    elif story.delivery:
        yield "not published: in progress, or its run has died and the sender comes again"
    else:
        yield "not published"
    if not story.delivery:
        yield "not among the deliveries that are remembered"


def _told_rules(story: Story) -> Iterator[str]:
    for rule in story.rules:
        to = ", ".join(target.rpartition(":")[2] for target in rule.targets) or "no target"
        verb = "matches" if rule.is_sure else "may match"
        if rule.problem:
            verb = f"is not understood ({rule.problem.removesuffix('.')})"
        yield f"{rule.name} {verb}: to {to}{'' if rule.is_enabled else '; it is disabled'}"
    if not story.rules:
        yield "none matches" if story.event_type else "unknown, as its type is"
    elif story.queue and not any(_leads_there(rule, story.queue) for rule in story.rules):
        yield f"none sends to {story.queue.rpartition('/')[2]} now: inlet doctor says what to do"


def _leads_there(rule: Rule, queue: str) -> bool:
    """Whether a rule puts what it matches into a queue."""
    names = {target.rpartition(":")[2] for target in rule.targets}
    return rule.is_enabled and queue.rpartition("/")[2] in names


def _told_consumer(story: Story) -> Iterator[str]:
    if story.consumer is None:
        yield "unknown, as its subject is: add --subject to say it"
        return
    now = story.consumer
    yield (
        f"{now.consumer} is {now.state.lower()}: {now.waiting} waiting, {now.in_progress} in"
        f" progress in {str(story.queue).rpartition('/')[2]}"
    )
    for one in story.attempts:
        again = f", again in {one.retry_in} s" if one.retry_in is not None else ""
        replay = f", replay {one.replay}" if one.replay else ""
        yield f"{one.at}  {' '.join(filter(None, (one.outcome, one.error)))}{again}{replay}"
    if not story.attempts and story.entry:
        yield "the log has no line of its attempts"
    elif not story.attempts:
        yield "not consumed yet" if story.is_on_the_bus else "not consumed"


def _told_timeline(story: Story) -> Iterator[str]:
    for conflict in story.conflicts:
        yield (
            f"another content with this event id, received {conflict['receivedAt']}, is stored as a"
            f" conflict: no part of the state, attention {conflict['attention']}"
        )
    if story.entry is None:
        yield f"no entry in {story.subject}" if story.subject else "no entry"
        return
    entry = story.entry
    yield f"{entry['status']} in {story.subject}, {entry['occurredAt']}"
    yield (
        "it is the latest state"
        if story.state_event_id == story.event_id
        else f"the latest state is that of event {story.state_event_id}"
    )
    if body := story.body:
        is_there = "is" if body.is_there else "is gone: it was"
        yield f"its body of {body.bytes} bytes {is_there} in s3://{body.bucket}/{body.key}"
    yield f"attention: {entry['attention']}"
    yield f"replay: {entry.get('replay', 'none')}"


def _told_dead_letters(story: Story) -> Iterator[str]:
    for letter in story.dead_letters:
        of = f"rule of {letter.consumer}" if letter.is_of_rule else str(letter.consumer)
        error = letter.error or "unknown error"
        yield f"{letter.message_id} of {of} since {letter.since}: {error}"
    if not story.dead_letters:
        yield "none"


def _told_quarantine(story: Story) -> Iterator[str]:
    for kept in story.quarantined:
        outcome = f", released: {kept.outcome}" if kept.outcome else ""
        yield f"{kept.identifier}  {kept.reason}, {kept.times} times{outcome}"
    if not story.quarantined:
        yield "none"


def _told_forgotten(story: Story) -> Iterator[str]:
    if story.forgotten_at:
        yield f"all of {story.subject} that was received until {story.forgotten_at}"
    elif story.subject or not story.delivery:
        yield "no"
    else:
        yield "perhaps: nothing remembers its subject any more"

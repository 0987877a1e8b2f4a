"""Show: collect all that is stored or logged about one event. The CLI renders it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from inlet import instant
from inlet.consumers import CONSUMERS, consumer_of
from inlet.operations.consumers import deployed
from inlet.operations.dead_letters import DeadLetter, Wanted, dead_letters, error_of
from inlet.operations.deliveries import Delivery, remembered
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.logs import CutShort, Line, lines
from inlet.operations.pause import Waiting, waiting
from inlet.operations.quarantine import DELIVERED, Listed, Search, kept_under, listed, search
from inlet.operations.rules import Partly, Rule, matching_rules
from inlet.operations.timeline import Timeline, timeline
from inlet.providers import PROVIDERS

T = TypeVar("T")

READ_SECONDS = 2
"""How long one log, or the quarantine, is read: the answer should be there within ten seconds."""
LOOK_BACK = timedelta(hours=1)
"""From when on logs are read if it is unknown when the event was received."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A request that carried the event, or a release of it: when it came, and its outcome."""

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
class Attempt:
    """A consumer's attempt at the event: `error` is what failed, `retry_in` are seconds."""

    at: str
    outcome: str
    error: str
    retry_in: int | None
    replay: str | None


@dataclass(frozen=True, kw_only=True)
class Body:
    """The body of an event that is too large for the bus: where it is stored, while it is there."""

    bucket: str
    key: str
    bytes: int
    is_there: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """All that is known of an event; unknown parts are None or empty.

    `event_id` is None where the request was rejected before its id was known. `known` is whether a
    catalogue has the type. `since` is from when on logs were read, and `cut_short` are the log
    groups that were not read to their end. `consumer_name` is the consumer that the event is for;
    `consumer` and `queue` are None where they could not be read. Of the `quarantine_total` stored
    requests, `quarantine_read` were searched. `unread` are the places that could not be read, with
    the reason. Whatever has a time is in the order of time.
    """

    event_id: str | None
    event_type: str | None
    known: bool | None
    subject: str | None
    received_at: str | None
    since: str
    cut_short: tuple[str, ...]
    unread: tuple[str, ...]
    delivery: Delivery | None
    arrivals: tuple[Arrival, ...]
    rules: tuple[Rule, ...]
    consumer_name: str | None
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
    quarantine_read: int
    quarantine_total: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known of the event."""
        return not (self.delivery or self.arrivals or self.quarantined or self.is_on_the_bus)

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
    """Collect what is known of an event, by its id or by the correlation id of a request.

    `subject` is needed where nothing stores it any more, and `since`, the earliest time of
    receipt, where the request came more than an hour ago and was not delivered.
    """
    places, an_hour_ago = _Places(deployment), datetime.now(UTC) - LOOK_BACK
    asked, delivery = places.identify(asked, since or an_hour_ago)
    # Each place leads to the next.
    letters = places.letters(asked)
    for known in (delivery, *letters):
        subject = subject or (known.subject if known else None)
    history = places.history(subject)
    entry = next((one for one in history.entries if one["eventId"] == asked), None)
    stored = (
        dict(entry["detail"]) if entry else next((one.event["detail"] for one in letters), None)
    )
    received_at = _received_at(delivery, stored)
    if since is None:
        since = datetime.fromisoformat(received_at) if received_at else an_hour_ago
    arrived = places.lines("ingest", asked, since)
    attempted: list[Line] = []
    detail = stored or next((_as_detail(line) for line in arrived if line.get("event_id")), None)
    if detail is None and subject is None:
        attempted = places.all_attempts(asked, since)
        detail = next((_as_detail(line) for line in attempted), None)
    rules = places.rules(detail)
    name = _consumer_name(subject, rules, detail)
    if name and not attempted:
        attempted = places.lines(name, asked, since)
    arrivals = tuple(_arrival(line) for line in arrived)
    quarantined, searched = places.quarantine(asked, arrivals)
    is_event = detail or not arrivals
    return Story(
        event_id=asked if is_event else None,
        event_type=detail["metadata"]["eventType"] if detail else _path_type(quarantined),
        known=detail["metadata"].get("known") if detail else None,
        subject=subject,
        received_at=received_at,
        since=instant.text(since),
        delivery=delivery,
        arrivals=arrivals,
        rules=rules,
        consumer_name=name,
        consumer=places.consumer(name),
        queue=deployed(deployment, name)[0].queue if name else None,
        attempts=tuple(_attempt(line) for line in attempted),
        body=places.body(stored),
        entry=entry,
        state_event_id=history.state["eventId"] if history.state else None,
        forgotten_at=history.forgotten_at,
        conflicts=tuple(one for one in history.conflicts if one["eventId"] == asked),
        dead_letters=letters,
        quarantined=quarantined,
        quarantine_read=searched.read,
        quarantine_total=searched.total,
        cut_short=tuple(dict.fromkeys(places.cut_short)),
        unread=tuple(dict.fromkeys(places.unread)),
    )


class _Places:
    """The places where something of an event may be. One that cannot be read is noted."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._lines: dict[tuple[str, str, datetime], list[Line]] = {}
        self.unread: list[str] = []
        self.cut_short: list[str] = []

    def identify(self, asked: str, since: datetime) -> tuple[str, Delivery | None]:
        """Return the id of the event that is meant, and its delivery."""
        for spelled in dict.fromkeys((asked, asked.lower())):  # Marosa's ids are in lower case
            if delivery := self._delivery(spelled):
                return spelled, delivery
        for line in self.lines("ingest", asked, since) or self.all_attempts(asked, since):
            if carried := line.get("event_id"):
                return carried, self._delivery(carried)
        return asked, None

    def _delivery(self, event_id: str) -> Delivery | None:
        return self._read(
            "the table of deliveries", lambda: remembered(self._deployment, event_id), None
        )

    def letters(self, event_id: str) -> tuple[DeadLetter, ...]:
        """Return the dead letters of an event. Only dead-letter queues are received from."""
        wanted = Wanted(event_id=event_id)
        return self._read(
            "the dead-letter queues", lambda: tuple(dead_letters(self._deployment, wanted)), ()
        )

    def history(self, subject: str | None) -> Timeline:
        """Return the timeline of a subject."""
        nothing = Timeline((), (), None, None)
        if subject is None:
            return nothing
        return self._read("the timeline", lambda: timeline(self._deployment, subject), nothing)

    def rules(self, detail: Mapping[str, Any] | None) -> tuple[Rule, ...]:
        """Return the rules that match an event, or may."""
        if detail is None:
            return ()
        return self._read("the rules", lambda: tuple(matching_rules(self._deployment, detail)), ())

    def consumer(self, name: str | None) -> Waiting | None:
        """Return the state of a consumer and its queue; nothing is received from it."""
        if name is None:
            return None
        (one,) = deployed(self._deployment, name)
        return self._read(f"the consumer {name}", lambda: waiting(self._deployment, one), None)

    def body(self, detail: Mapping[str, Any] | None) -> Body | None:
        """Return the object of an event's large body."""
        stored = detail["metadata"].get("body") if detail else None
        if stored is None:
            return None
        bucket, key = stored["bucket"], stored["key"]
        s3 = self._deployment.client("s3")
        found = self._read(
            "the bucket of large bodies",
            lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"],
            0,
        )
        return Body(bucket=bucket, key=key, bytes=stored["bytes"], is_there=found > 0)

    def quarantine(
        self, asked: str, arrivals: Sequence[Arrival]
    ) -> tuple[tuple[Listed, ...], Search]:
        """Return the stored requests of an event: those that the log names, and those found."""

        def read() -> tuple[tuple[Listed, ...], Search]:
            named = {(one.provider, one.quarantined) for one in arrivals if one.quarantined}
            logged = [kept_under(self._deployment, of, str(under)) for of, under in named]
            stored = listed(self._deployment)
            found = search(self._deployment, stored, asked, seconds=READ_SECONDS)
            both = {one.identifier: one for one in (*logged, *found.found) if one}
            return tuple(sorted(both.values(), key=lambda one: one.last_at)), found

        nothing: tuple[tuple[Listed, ...], Search] = (), Search(found=(), read=0, total=0)
        return self._read("the quarantine", read, nothing)

    def all_attempts(self, asked: str, since: datetime) -> list[Line]:
        """Return the lines of every consumer's log about an event or a request."""
        self._deployment.client("logs")  # clients are not made in threads
        with ThreadPoolExecutor(len(CONSUMERS)) as threads:
            found = threads.map(lambda name: self.lines(name, asked, since), CONSUMERS)
        return sorted((line for some in found for line in some), key=lambda line: line.at)

    def lines(self, of: str, asked: str, since: datetime) -> list[Line]:
        """Return the lines of a function's log about an event or a request, in order of time."""
        key = (of, asked, since)
        if key not in self._lines:
            found: list[Line] = []
            self._read(f"the log of {of}", lambda: self._read_lines(found, *key), None)
            self._lines[key] = sorted(found, key=lambda line: line.at)
        return self._lines[key]

    def _read_lines(self, found: list[Line], of: str, asked: str, since: datetime) -> None:
        group = (
            self._deployment.output("IngestLogs")
            if of == "ingest"
            else deployed(self._deployment, of)[0].logs
        )
        any_of = [{"event_id": asked}, {"correlation_id": asked}]
        try:
            for line in lines(
                self._deployment, group, since=since, any_of=any_of, seconds=READ_SECONDS
            ):
                if line.get("outcome"):
                    found.append(line)  # noqa: PERF401 - lines before the cut stay
        except CutShort:
            self.cut_short.append(of)

    def _read(self, place: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            self.unread.append(f"{place} ({error.operation_name} returned {code})")
        return otherwise


def _consumer_name(
    subject: str | None, rules: Sequence[Rule], detail: Mapping[str, Any] | None
) -> str | None:
    """Return the consumer that an event is for.

    Without a subject it is the one that the rules send to, else that of the type's kind.
    """
    if subject:
        kind = subject.partition("/")[2].partition("/")[0]
    elif detail is None:
        return None
    elif sent := [name for rule in rules if rule.is_enabled for name in rule.consumers]:
        return sent[0]
    else:
        metadata = detail["metadata"]
        kind = PROVIDERS[metadata["provider"]].kind_of(metadata["eventType"])
    try:
        return consumer_of(kind).name
    except LookupError as error:
        raise OperationError(f"{subject} goes nowhere: {error}.") from None


def _as_detail(line: Line) -> Mapping[str, Any]:
    """Return as much of an event as a line has."""
    names = {"provider": "provider", "eventType": "event_type", "known": "known"}
    found = {name: line.get(written) for name, written in names.items()}
    return Partly(
        metadata=Partly({name: value for name, value in found.items() if value is not None})
    )


def _received_at(delivery: Delivery | None, detail: Mapping[str, Any] | None) -> str | None:
    at = delivery.received_at if delivery else None
    return at or (detail["metadata"]["receivedAt"] if detail else None)


def _path_type(quarantined: Sequence[Listed]) -> str | None:
    return next((one.path_type for one in quarantined if one.path_type), None)


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

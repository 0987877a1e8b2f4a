"""The checker: does what is found account for all that was sent and answered?

It knows the journal and the public contract, and nothing of how functions keep it. It may be asked
at any time when no function runs: what still lies in a queue is not expected elsewhere yet.
"""

import base64
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import unquote

from inlet.consumers import CONSUMERS
from inlet.providers import PROVIDERS
from inlet.simulator.journal import Answer, Entry

Json = Mapping[str, Any]

What = Literal[
    "lost",
    "twice",
    "changed",
    "refused",
    "taken",
    "answer",
    "not kept",
    "kept",
    "effect",
    "state",
    "attention",
    "dead letter",
    "too few",
]
"""What is wrong: of an event, that it is nowhere, there twice, or not what was sent; of an answer,
that it refuses what is right, takes what is wrong, or is none of the contract's; of a refusal, that
it is not in quarantine, is there without a reason, or had an effect all the same; of a subject, its
state; of an event that a human should know of, that nobody was told, or of nothing; of a dead
letter, that nothing explains it; of them all, that too few of the valid ones were taken."""

LEAST_TAKEN = 0.9
"""How much of what is valid must have been taken in the end."""

KEPT = frozenset({400, 404, 409, 415, 422})
"""The refusals of an authenticated body, each of which is in quarantine."""
NOT_OURS = frozenset({"Not Found"})
"""What API Gateway calls a route that it does not have: nothing comes to a function then."""
WRONG = frozenset({"malformed", "wrong-credentials"})
"""The kinds of sendings that can never become events."""
STATUSES = frozenset({202, 401, 408, 413, 429, 500, 502, 503, 504, None}) | KEPT
"""All that a door may answer, API Gateway's own answers and none at all included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is not as it must be, and the number of a sending that it has to do with."""

    what: What
    about: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies where: items of the timeline, details of events, and quarantined requests.

    Items are those of the table, their values plain, and the `detail` of an entry an object.
    `queued` is all that is still on its way to a consumer. `quarantine` are the kept documents,
    each with the `outcome` of its release, None before the first. `attention` are the messages,
    and `bus` all events that were published; both are None where nobody can see them.
    """

    timeline: Sequence[Json]
    queued: Sequence[Json]
    dead_letters: Sequence[Json]
    quarantine: Sequence[Json]
    attention: Sequence[str] | None = None
    bus: Sequence[Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuses:
    """What was broken on purpose: sendings that may be refused, and events that may be dead."""

    refused: frozenset[int] = frozenset()
    dead: frozenset[str] = frozenset()


def check(
    journal: Iterable[Entry],
    found: Found,
    *,
    is_over: bool = True,
    excuses: Excuses | None = None,
) -> list[Violation]:
    """All that is not as it must be; nothing where the promise was kept.

    Once everything `is_over`, enough of what is valid must have been taken. Without `excuses`,
    dead letters and refusals for good are accounted for by lying where they do.
    """
    case = _Case([_Sent(entry) for entry in journal], found, excuses, is_over)
    return [
        *case.answers(),
        *case.conflicts(),
        *case.custody(),
        *case.effects(),
        *case.quarantine(),
        *case.states(),
        *case.attention(),
        *case.dead_letters(),
        *case.taken(),
    ]


Content = tuple[str, ...]
"""What makes two bodies the same event: who sends it, its type, and its canonical JSON."""

Rejected = tuple[str, str | None, str, str, bytes]
"""What makes two rejected requests the same content: who sends it, the type in the path, the media
type, the content encoding, and the body. For Digiteal the day counts too, which no journal has."""


def _rejected(
    provider: str, path_type: str | None, headers: Mapping[str, str], body: bytes
) -> Rejected:
    media_type = headers.get("content-type", "application/json").split(";")[0].strip().lower()
    encoding = headers.get("content-encoding", "identity").strip().lower()
    return (provider, path_type, media_type, encoding, body)


@dataclass(frozen=True)
class _Sent:
    """A sending as the contract reads it."""

    entry: Entry

    @property
    def number(self) -> int:
        return self.entry.sending.number

    @property
    def provider(self) -> str:
        return self.entry.sending.provider

    @cached_property
    def data(self) -> Json | None:
        """Its body, where that is a JSON object."""
        try:
            read = json.loads(self.entry.sending.body)
        except ValueError:
            return None
        return read if isinstance(read, dict) else None

    @cached_property
    def path_type(self) -> str | None:
        """The type that its path carries."""
        _, _, _, *rest = self.entry.sending.path.split("/", 3)
        return unquote(rest[0]) if rest else None

    @cached_property
    def own_id(self) -> str | None:
        """The event id that it carries, None where the door must make one."""
        if self.provider == "standard":
            return self.entry.sending.headers.get("webhook-id")
        named = (self.data or {}).get("eventId")
        if not isinstance(named, str):
            return None
        return named.lower() if self.provider == "marosa" else named

    @cached_property
    def content(self) -> Content:
        """What it is as an event."""
        return self._content(_text(self.data or {}))

    @cached_property
    def contents(self) -> frozenset[Content]:
        """What it is as an event, and as one whose body is kept elsewhere."""
        digest = hashlib.sha256(self.entry.sending.body).hexdigest()
        return frozenset({self.content, self._content(digest)})

    def _content(self, of: str) -> Content:
        data = self.data or {}
        named = data.get("type") if self.provider == "standard" else data.get("eventType")
        return _content(self.provider, str(self.path_type or named), of, self.own_id)

    @property
    def rejected(self) -> Rejected:
        """The content under which it is in quarantine, if it is."""
        sending = self.entry.sending
        return _rejected(self.provider, self.path_type, sending.headers, sending.body)

    @property
    def is_pending(self) -> bool:
        """Whether one of its attempts may have had an effect without a yes, or may yet."""
        return not self.entry.answers or any(
            not answer.is_taken and not _is_final_no(answer) for answer in self.entry.answers
        )

    @property
    def may_count(self) -> bool:
        """Whether the contract lets it be an event at all."""
        return self.entry.sending.kind not in WRONG and (self.entry.is_taken or self.is_pending)


def _is_final_no(answer: Answer) -> bool:
    return answer.status in KEPT | {401, 413}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _content(provider: str, event_type: str, of: str, own_id: str | None) -> Content:
    # Where the id is in a header, the same body may well be another event.
    return (provider, event_type, of, (own_id or "") if provider == "standard" else "")


def _content_of(detail: Json) -> Content:
    metadata = detail["metadata"]
    of = metadata["body"]["sha256"] if metadata.get("body") else _text(detail["data"])
    return _content(metadata["provider"], metadata["eventType"], of, metadata["eventId"])


Identity = tuple[str, str]
"""A provider and an event id."""


def _identity(detail: Json) -> Identity:
    return detail["metadata"]["provider"], detail["metadata"]["eventId"]


@dataclass(frozen=True)
class _Case:
    """All that is known, and what is wrong with it."""

    sent: Sequence[_Sent]
    found: Found
    excuses: Excuses | None
    is_over: bool

    # What is there

    @cached_property
    def entries(self) -> Mapping[Identity, Sequence[Json]]:
        """The entries of the timeline and its conflicts, by the event that each is of."""
        entries: dict[Identity, list[Json]] = defaultdict(list)
        for item in self.found.timeline:
            if item["sk"] != "state":
                entries[_identity(item["detail"])].append(item)
        return entries

    @cached_property
    def subjects(self) -> Mapping[str, tuple[Json | None, Sequence[Json]]]:
        """The state of each subject, if it has one, and its entries."""
        states: dict[str, Json] = {}
        entries: dict[str, list[Json]] = defaultdict(list)
        for item in self.found.timeline:
            if item["sk"] == "state":
                states[item["pk"]] = item
            elif not _is_conflict(item):
                entries[item["pk"]].append(item)
        return {
            subject: (states.get(subject), entries[subject])
            for subject in states.keys() | entries.keys()
        }

    @cached_property
    def on_the_way(self) -> frozenset[Identity]:
        """The events that a consumer has yet to take, or to take again."""
        return frozenset(map(_identity, (*self.found.queued, *self.found.dead_letters)))

    @cached_property
    def whereabouts(self) -> Mapping[Identity, frozenset[Content]]:
        """The contents of each event that are in the timeline or still on their way there."""
        contents: dict[Identity, set[Content]] = defaultdict(set)
        stored = (item["detail"] for items in self.entries.values() for item in items)
        for detail in (*stored, *self.found.queued, *self.found.dead_letters):
            contents[_identity(detail)].add(_content_of(detail))
        return {identity: frozenset(found) for identity, found in contents.items()}

    @cached_property
    def on_bus(self) -> frozenset[Identity] | None:
        return None if self.found.bus is None else frozenset(map(_identity, self.found.bus))

    @cached_property
    def by_content(self) -> Mapping[Content, Sequence[_Sent]]:
        by_content: dict[Content, list[_Sent]] = defaultdict(list)
        for sent in self.sent:
            for content in sent.contents:
                by_content[content].append(sent)
        return by_content

    @cached_property
    def kept(self) -> Mapping[Rejected, Sequence[Json]]:
        """The quarantined requests, by their contents."""
        kept: dict[Rejected, list[Json]] = defaultdict(list)
        for one in self.found.quarantine:
            body = base64.b64decode(one["body"])
            kept[_rejected(one["provider"], one["pathType"], one["headers"], body)].append(one)
        return kept

    def _kept(self, sent: _Sent) -> Sequence[Json]:
        return self.kept.get(sent.rejected, ())

    # What was answered

    def answers(self) -> Iterator[Violation]:
        for sent in self.sent:
            for answer in sent.entry.answers:
                if what := self._wrong(sent, answer):
                    yield Violation(
                        what=what,
                        number=sent.number,
                        about=f"{sent.entry.sending.kind} was answered {_said(answer)}",
                    )

    def _wrong(self, sent: _Sent, answer: Answer) -> What | None:
        """What is wrong with one answer."""
        if answer.status not in STATUSES:
            return "answer"
        if answer.is_taken:
            return self._wrong_yes(sent, answer)
        return self._wrong_no(sent, answer) if _is_final_no(answer) else None

    def _wrong_yes(self, sent: _Sent, answer: Answer) -> What | None:
        if sent.entry.sending.kind in WRONG:
            return "taken"
        if answer.outcome not in {"accepted", "duplicate"} or not answer.event_id:
            return "answer"
        if sent.own_id not in {None, answer.event_id}:
            return "changed"
        return "taken" if self._is_another(sent, answer) else None

    def _wrong_no(self, sent: _Sent, answer: Answer) -> What | None:
        sending = sent.entry.sending
        if (sending.kind == "wrong-credentials") != (answer.status == 401):  # noqa: PLR2004
            return "refused" if sending.is_valid else "answer"
        if sending.is_valid and self.excuses and sent.number not in self.excuses.refused:
            return "refused"
        return None

    def _is_another(self, sent: _Sent, answer: Answer) -> bool:
        """Whether it is called a duplicate, and no such body was ever taken, or may have been."""
        same = {s.number: s for content in sent.contents for s in self.by_content[content]}
        return answer.outcome == "duplicate" and not any(
            one.is_pending
            or self._outcome(one) is not None
            or any(a.outcome == "accepted" for a in one.entry.answers)
            for one in same.values()
        )

    def _outcome(self, sent: _Sent) -> str | None:
        """What became of a release from quarantine."""
        outcomes = (one["outcome"] for one in self._kept(sent) if one["outcome"])
        return next((str(outcome["status"]) for outcome in outcomes), None)

    def _released_ids(self, sent: _Sent) -> set[str]:
        """The event ids under which it was released from quarantine and accepted."""
        outcomes = (one["outcome"] for one in self._kept(sent) if one["outcome"])
        return {str(outcome["eventId"]) for outcome in outcomes if "eventId" in outcome}

    def conflicts(self) -> Iterator[Violation]:
        """Event ids under which more than one content was answered 2xx, or published unasked."""
        taken: dict[Identity, set[Content]] = defaultdict(set)
        for sent in self.sent:
            for answer in sent.entry.answers:
                if answer.is_taken and answer.event_id:
                    taken[sent.provider, answer.event_id].add(sent.content)
        for detail in self.found.bus or ():
            metadata = detail["metadata"]
            if "id-conflict" not in metadata["flags"] and not metadata["body"]:
                taken[_identity(detail)].add(_content_of(detail))
        for (_, event_id), contents in taken.items():
            if len(contents) > 1:
                about = f"{event_id} was taken for {len(contents)} contents"
                yield Violation(what="taken", about=about)

    # Where it is

    def custody(self) -> Iterator[Violation]:
        seen: set[tuple[Identity, Content]] = set()
        for sent in self.sent:
            ids = {a.event_id for a in sent.entry.answers if a.is_taken and a.event_id}
            for event_id in sorted(ids | self._released_ids(sent)):
                identity = (sent.provider, event_id)
                if (identity, sent.content) not in seen:
                    seen.add((identity, sent.content))
                    yield from self._custody(sent, identity)
        yield from self._twice()

    def _custody(self, sent: _Sent, identity: Identity) -> Iterator[Violation]:
        entries = self.entries.get(identity, ())
        if not self._is_somewhere(sent, identity):
            yield Violation(what="lost", number=sent.number, about=f"{identity[1]} is nowhere")
        elif self.on_bus is not None and identity not in self.on_bus:
            yield Violation(
                what="lost", number=sent.number, about=f"{identity[1]} never was on the bus"
            )
        # An id that a provider used twice, and that was taken twice, is two events.
        counted = Counter(_content_of(entry["detail"]) for entry in entries)
        for times in counted.values():
            if times > 1:
                yield Violation(
                    what="twice", number=sent.number, about=f"{identity[1]} has {times} entries"
                )

    def _is_somewhere(self, sent: _Sent, identity: Identity) -> bool:
        """Whether the content that was taken is in the timeline or still on its way there."""
        found = self.whereabouts.get(identity, frozenset())
        # The body of a large event is stored as its first sender wrote it.
        is_large = any(e["detail"]["metadata"].get("body") for e in self.entries.get(identity, ()))
        return bool(found & sent.contents) or (bool(found) and is_large)

    def _twice(self) -> Iterator[Violation]:
        """Contents that count as more than one event."""
        ids: dict[Content, set[str]] = defaultdict(set)
        for (_, event_id), entries in self.entries.items():
            for entry in entries:
                detail = entry["detail"]
                # Without a time of its own, an equal body on another day is another event. One
                # that is not used, because it is no plausible time, is still its own.
                flags = set(detail["metadata"]["flags"])
                if "received-time" not in flags or flags & {"unreadable-time", "implausible-time"}:
                    ids[_content_of(detail)].add(event_id)
        for content, several in ids.items():
            if len(several) > 1:
                number = next((s.number for s in self.by_content.get(content, ())), None)
                yield Violation(
                    what="twice", number=number, about=f"one body is {len(several)} events"
                )

    # What had no right to be there

    def effects(self) -> Iterator[Violation]:
        details = [e["detail"] for several in self.entries.values() for e in several]
        for detail in (*details, *(self.found.bus or ())):
            content, event_id = _content_of(detail), detail["metadata"]["eventId"]
            senders = self.by_content.get(content, ())
            if not senders:
                yield Violation(what="changed", about=f"nobody sent {event_id} as it is")
            elif not any(sent.may_count or self._is_released(sent) for sent in senders):
                yield Violation(
                    what="effect", number=senders[0].number, about=f"{event_id} was refused"
                )
        for item in (entry for several in self.entries.values() for entry in several):
            yield from _deviations(item)

    def _is_released(self, sent: _Sent) -> bool:
        """Whether an operator has released it, or may have, while that is not over."""
        outcome = self._outcome(sent)
        if outcome is None:
            return bool(self._kept(sent)) and not self.is_over
        return outcome in {"accepted", "duplicate"}

    # What was refused

    def quarantine(self) -> Iterator[Violation]:
        for sent in self.sent:
            for answer in sent.entry.answers:
                is_ours = answer.status in KEPT and answer.outcome not in NOT_OURS
                if is_ours and not self._kept(sent):
                    about = f"what was answered {_said(answer)} is not in quarantine"
                    yield Violation(what="not kept", number=sent.number, about=about)
        reasons = {sent.rejected for sent in self.sent if self._may_be_kept(sent)}
        for key in self.kept.keys() - reasons:
            yield Violation(what="kept", about=f"a body of {key[0]} is kept without a reason")

    def _may_be_kept(self, sent: _Sent) -> bool:
        if sent.entry.sending.kind == "wrong-credentials":
            return False
        if sent.entry.sending.is_valid and self.excuses:
            return sent.number in self.excuses.refused
        return sent.is_pending or any(_is_final_no(answer) for answer in sent.entry.answers)

    # What is known of a subject

    def states(self) -> Iterator[Violation]:
        for subject, (state, entries) in self.subjects.items():
            if problem := self._problem(state, entries):
                yield Violation(what="state", about=f"{subject}: {problem}")

    def _problem(self, state: Json | None, entries: Sequence[Json]) -> str | None:
        """What is wrong with a state: it is that of the last of the entries, by one order."""
        settled = [e for e in entries if _identity(e["detail"]) not in self.on_the_way]
        if state is None:
            return "it has entries and no state" if settled else None
        latest = next((e for e in entries if _id(e) == state["eventId"]), None)
        if latest is None:
            return "its state is of an event that it has no entry of"
        if any(_order(entry) > _order(latest) for entry in settled):
            return "an entry is later than its state"
        for name in ("status", "eventType", "occurredAt", "receivedAt"):
            if state[name] != latest[name]:
                return f"the {name} of its state is not that of the entry"
        if len(settled) == len(entries) and set(state.get("flags", ())) != _flags(entries):
            return "the flags of its state are not those of its entries"
        return None

    # What a human was told

    def attention(self) -> Iterator[Violation]:
        told = self._told()
        for identity, entries in self.entries.items():
            for entry in entries:
                detail, about_conflict = entry["detail"], _is_conflict(entry)
                is_told = (
                    (identity[1], about_conflict) in told
                    if told is not None
                    else entry["attention"] == "sent"
                )
                is_settled = identity not in self.on_the_way
                if entry["attention"] == "sent" and not is_told:
                    about = f"{identity[1]} is marked as told, and was not"
                    yield Violation(what="attention", about=about)
                elif is_settled and not is_told and (about_conflict or _concerns_humans(detail)):
                    yield Violation(what="attention", about=f"nobody was told of {identity[1]}")
                elif is_settled and entry["attention"] == "pending":
                    about = f"{identity[1]} still waits to be told"
                    yield Violation(what="attention", about=about)
        entered = {
            (event_id, _is_conflict(entry))
            for (_, event_id), entries in self.entries.items()
            for entry in entries
        }
        for event_id, _ in sorted((told or frozenset()) - entered):
            yield Violation(what="attention", about=f"told of {event_id}, which is not there")

    def _told(self) -> frozenset[tuple[str, bool]] | None:
        """The event ids of all notices, and whether each is about a conflict."""
        if self.found.attention is None:
            return None
        said = (
            (re.search(r"^Event: (.+)$", message, re.MULTILINE), CONFLICT_WORDS in message)
            for message in self.found.attention
        )
        return frozenset((match[1], about_conflict) for match, about_conflict in said if match)

    # What nobody could consume, and what was taken of it all

    def dead_letters(self) -> Iterator[Violation]:
        if self.excuses:
            for identity in map(_identity, self.found.dead_letters):
                if identity[1] not in self.excuses.dead:
                    yield Violation(what="dead letter", about=f"nothing explains {identity[1]}")

    def taken(self) -> Iterator[Violation]:
        valid = [sent for sent in self.sent if sent.entry.sending.is_valid]
        taken = sum(sent.entry.is_taken for sent in valid)
        if self.is_over and taken < LEAST_TAKEN * len(valid):
            yield Violation(what="too few", about=f"{taken} of {len(valid)} valid ones were taken")


def _said(answer: Answer) -> str:
    return f"{answer.status} {answer.outcome or ''}".strip()


def _deviations(item: Json) -> Iterator[Violation]:
    """Where an entry says something else than the event in it, or than what was sent."""
    detail = item["detail"]
    metadata, data = detail["metadata"], detail["data"]
    expected = {
        "pk": metadata["subject"],
        "sk": _sort_key(item, metadata),
        "eventType": metadata["eventType"],
        "occurredAt": metadata["occurredAt"],
        "receivedAt": metadata["receivedAt"],
    }
    if metadata["provider"] == "marosa":
        moment = _moment(data.get("occurredAt"), metadata["receivedAt"])
        expected["occurredAt"] = moment or metadata["occurredAt"]
    for name, value in expected.items():
        if item[name] != value:
            about = f"the {name} of {metadata['eventId']} is not its own"
            yield Violation(what="changed", about=about)


def _moment(text: object, received_at: str) -> str | None:
    """When an event with this time in its body happened, as the contract writes it.

    None where the time has no zone or is not ISO 8601. A time before the year 2000, or more than
    two days after receipt, is replaced by the time of receipt.
    """
    try:
        moment = datetime.fromisoformat(str(text))
        ahead = moment - datetime.fromisoformat(received_at) if moment.tzinfo else None
    except ValueError:
        return None
    if ahead is None:
        return None
    if ahead > timedelta(days=2) or moment < datetime(2000, 1, 1, tzinfo=UTC):
        return received_at
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


CONFLICT_WORDS = "with an event id that it had used for another content"
"""What a notice says that is about a second content under one event id."""


def _is_conflict(item: Json) -> bool:
    return str(item["sk"]).startswith("conflict#")


def _sort_key(item: Json, metadata: Json) -> str:
    if _is_conflict(item):
        return f"conflict#{metadata['eventId']}#{metadata['contentHash']}"
    return f"event#{metadata['eventId']}"


def _id(entry: Json) -> str:
    return str(entry["sk"]).removeprefix("event#")


def _order(entry: Json) -> tuple[str, int, str, str]:
    """What makes one entry later than another: its time, its type's place in a life, and then when
    it came, and its id."""
    provider = PROVIDERS.get(entry["detail"]["metadata"]["provider"])
    known = provider.catalogue.get(entry["eventType"]) if provider else None
    return (entry["occurredAt"], known.rank if known else 0, entry["receivedAt"], _id(entry))


def _flags(entries: Sequence[Json]) -> frozenset[str]:
    """The steps of a life that its consumer's value does not have."""
    is_one = any("no-subject-id" in e["detail"]["metadata"]["flags"] for e in entries)
    consumer = CONSUMERS.get(entries[0]["consumer"])
    steps = consumer.life_cycle if consumer and not is_one else frozenset()
    named = {after for _, after in steps}
    statuses = [e["status"] for e in sorted(entries, key=_order) if e["status"] in named]
    return frozenset(
        f"unexpected-transition:{before}>{after}"
        for before, after in pairwise(["begin", *statuses])
        if (before, after) not in steps
    )


CONCERN_HUMANS = frozenset(
    {
        "COMPANY_PUT_ON_HOLD",
        "COMPANY_REJECTED",
        "INVOICE_UNPAID",
        "PAYMENT_INITIATION_ERROR",
        "PAYMENT_INITIATION_ERROR_V2",
        "PAYMENT_WITHDRAWAL_ERROR",
        "PERSON_PUT_ON_HOLD",
        "PERSON_REJECTED",
    }
)
"""Types of which a human is always told."""


def _concerns_humans(detail: Json) -> bool:
    """Whether a human is to be told: by the contract, and not by what consumers say."""
    metadata, data = detail["metadata"], detail["data"]
    return (
        metadata["eventType"] in CONCERN_HUMANS
        or not metadata["known"]
        or any(flag.startswith("unknown-value:") for flag in metadata["flags"])
        or (
            metadata["eventType"] == "DOCUMENT_STATUS_CHANGED"
            and data.get("currentStatus") in {"ERROR", "PENDING_ACTION"}
        )
    )

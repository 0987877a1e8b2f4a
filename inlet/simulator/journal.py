"""A journal: what was sent and what was answered, to be compared with what is found afterwards.

Its first line of JSON is the plan. A line is written before anything is sent, and another for each
answer, so that what is on its way when the simulation dies is known to be. `entries` reads all but
the first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from inlet.simulator.plan import Shares, plan
from inlet.simulator.retries import delay_after, is_refusal, is_taken
from inlet.simulator.sending import Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Of which plan it is the journal: `rate` is in sendings a second."""

    seed: int
    total: int
    rate: float
    shares: Shares

    @classmethod
    def read(cls, line: str) -> Self:
        """The plan in a first line. Raises ValueError where it is none."""
        with _reading():
            written = json.loads(line)["plan"]
            return cls(**written | {"shares": Shares(**written["shares"])})

    def line(self) -> str:
        """The first line."""
        return _line({"plan": asdict(self)})

    def sendings(self) -> Iterator[Sending]:
        """All that is to be sent."""
        return plan(self.seed, self.total, self.shares, rate=self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one attempt was answered: nothing where `status` is None.

    `outcome` is `accepted` or `duplicate` where a 2xx says so, else the title of the refusal;
    `event_id` is the one that a 2xx names. `at` is when the attempt began, in seconds since the
    plan did, and `seconds` is how long it took.
    """

    at: float
    seconds: float
    status: int | None
    outcome: str | None = None
    event_id: str | None = None

    @classmethod
    def read(cls, status: int, body: object, *, at: float, seconds: float) -> "Answer":
        """An answer of a door, its body read as JSON, or anything else where it is none."""
        said: Mapping[str, Any] = body if isinstance(body, dict) else {}
        taken = is_taken(status)
        outcome = said.get("status" if taken else "title") or said.get("message")
        event_id = said.get("eventId") if taken else None
        return cls(
            at=at,
            seconds=seconds,
            status=status,
            outcome=None if outcome is None else str(outcome),
            event_id=None if event_id is None else str(event_id),
        )

    @property
    def is_taken(self) -> bool:
        """Whether the door has said that it has the event."""
        return is_taken(self.status)

    @property
    def is_refusal(self) -> bool:
        """Whether the door has said that it never takes this."""
        return is_refusal(self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A sending with the answers to its attempts, in their order."""

    sending: Sending
    answers: tuple[Answer, ...] = ()

    @property
    def is_taken(self) -> bool:
        """Whether any attempt was answered with 2xx."""
        return any(answer.is_taken for answer in self.answers)

    @property
    def is_final(self) -> bool:
        """Whether no more attempts will be made."""
        if not self.answers:
            return False
        return delay_after(len(self.answers), self.answers[-1].status) is None


def sent_line(sending: Sending) -> str:
    """The line that is written before the first attempt."""
    written = asdict(sending) | {"body": sending.body.decode(errors="surrogateescape")}
    return _line({"sending": written})


def answered_line(number: int, answer: Answer) -> str:
    """The line that is written after each attempt."""
    return _line({"number": number, "answer": asdict(answer)})


def entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries that lines tell of: each as soon as it is final, and the others at the end.

    The last line may be half of one. Raises ValueError where another is no line of a journal.
    """
    going: dict[int, Entry] = {}
    for line in lines:
        if not line.endswith("\n"):
            break  # it was being written when the simulation died
        with _reading():
            entry = _next(going, json.loads(line))
        if entry.is_final:
            yield going.pop(entry.sending.number)
    yield from going.values()


def _next(going: dict[int, Entry], read: dict[str, Any]) -> Entry:
    """The entry of which a line tells, as it stands with that."""
    if "sending" in read:
        written = read["sending"]
        body = written["body"].encode(errors="surrogateescape")
        entry = Entry(sending=Sending(**written | {"body": body}))
    else:
        entry = going[read["number"]]
        entry = replace(entry, answers=(*entry.answers, Answer(**read["answer"])))
    going[entry.sending.number] = entry
    return entry


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("it is no line of a journal") from error


def _line(written: dict[str, Any]) -> str:
    return json.dumps(written) + "\n"

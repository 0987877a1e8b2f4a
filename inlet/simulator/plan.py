"""A plan: all that the providers send in one simulation, drawn from its seed alone."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import chain, count, islice
from random import Random
from typing import Literal

from inlet.simulator import digiteal, marosa
from inlet.simulator.life import Life, Step, times
from inlet.simulator.sending import Kind, Proof, Sending

BEGIN = datetime(2025, 3, 31)  # noqa: DTZ001 - each provider writes times in its own zone
"""When the first life begins: the summer time of Brussels lasts until long after the last ends."""

AT_ONCE = 50
"""How many lives go on side by side."""

RECENT = 200
"""How far back a duplicate reaches, in sendings."""

REWRITTEN = 0.2
"""How many of the copies are the same JSON, but not byte for byte."""

LIVES: tuple[Life, ...] = (
    marosa.document,
    marosa.document,
    marosa.document,
    digiteal.payment,
    digiteal.payment,
    digiteal.transfer,
    digiteal.transfer,
    digiteal.invoice,
    digiteal.company,
    digiteal.person,
    digiteal.mandate,
)
"""What begins when a life ends, the likelier the more often it is named."""

CONTENT_TYPES = {"marosa": "application/json", "digiteal": "application/json;charset=UTF-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of all that is sent is of each kind, from 0 to 1; the rest is new and in order.

    `simultaneous` are copies sent at the very time of their original, so that each counts twice.
    `reordered` are new events that come before the one before them, where their subject has more
    to tell. Raises ValueError where they are more than all there is.
    """

    duplicates: float = 0.0
    simultaneous: float = 0.0
    reordered: float = 0.0
    malformed: float = 0.0
    new_types: float = 0.0
    wrong_credentials: float = 0.0

    def __post_init__(self) -> None:
        for share in fields(self):
            if not 0 <= getattr(self, share.name) <= 1:
                raise ValueError(f"the share of {share.name} must be from 0 to 1")
        if self.in_order < 0:
            raise ValueError("the shares are more than all there is; simultaneous counts twice")

    @property
    def in_order(self) -> float:
        """What is left for new events in their order."""
        taken: float = sum(getattr(self, share.name) for share in fields(self)) + self.simultaneous
        return round(1 - taken, 9)


def plan(seed: int, total: int, shares: Shares, *, rate: float) -> Iterator[Sending]:
    """So many sendings, `rate` of them a second, numbered from 0 and made as they are asked for."""
    return islice(_sendings(Random(seed), shares, rate), total)  # noqa: S311 - no secret


def _sendings(random: Random, shares: Shares, rate: float) -> Iterator[Sending]:
    """All that is ever sent."""
    lives = _Lives(random)
    recent: deque[Sending] = deque(maxlen=RECENT)
    number = 0
    weights = _weights(shares)
    while True:
        (drawn,) = random.choices(tuple(weights), tuple(weights.values()))
        at = number / rate
        match drawn:
            case "duplicate" if recent:
                sending = _copy(random, random.choice(recent), drawn, number, at)
            case "malformed":
                sending = _malformed(random, _sending(lives.stranger(), number, at))
            case "wrong-credentials":
                proof: Proof = random.choice(("wrong", "none"))
                sending = replace(
                    _sending(lives.stranger(), number, at), kind=drawn, credentials=proof
                )
            case "new-type":
                sending = replace(_sending(lives.unknown(), number, at), kind=drawn)
            case "reordered":
                sending = _sending(lives.early(), number, at)
            case _:
                sending = _sending(lives.step(), number, at)
        yield sending
        number += 1
        if sending.is_valid and sending.original is None:
            recent.append(sending)
        if drawn == "simultaneous":
            yield _copy(random, sending, drawn, number, at)
            number += 1


def _weights(shares: Shares) -> dict[Literal[Kind, "reordered"], float]:
    """How likely each is to come next; one that is simultaneous brings its original with it."""
    return {
        "new": shares.in_order,
        "duplicate": shares.duplicates,
        "simultaneous": shares.simultaneous,
        "reordered": shares.reordered,
        "malformed": shares.malformed,
        "new-type": shares.new_types,
        "wrong-credentials": shares.wrong_credentials,
    }


class _Lives:
    """Lives that go on side by side: where one ends, another begins."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._begun = count()
        self._lives = [self._begin() for _ in range(AT_ONCE)]

    def step(self) -> Step:
        """The next step of one of them."""
        return self._next(self._random.randrange(AT_ONCE))

    def early(self) -> Step:
        """The step after the next one of a life, which then comes late, or its last one."""
        index = self._random.randrange(AT_ONCE)
        late = self._next(index)
        early = next(self._lives[index], None)
        if early is None:
            return late
        self._lives[index] = chain((late,), self._lives[index])
        return early

    def stranger(self) -> Step:
        """The first step of a life that nobody hears of again."""
        return next(self._begin())

    def unknown(self) -> Step:
        """A step of a type that no catalogue knows."""
        return next(self._begin((marosa.unknown, digiteal.unknown)))

    def _next(self, index: int) -> Step:
        step = next(self._lives[index], None)
        if step is None:
            self._lives[index] = self._begin()
            step = next(self._lives[index])
        return step

    def _begin(self, lives: Sequence[Life] = LIVES) -> Iterator[Step]:
        begin = BEGIN + timedelta(seconds=next(self._begun))
        life = self._random.choice(lives)
        return life(self._random, times(self._random, begin))


def _sending(step: Step, number: int, at: float) -> Sending:
    provider = step.path.split("/")[2]
    return Sending(
        number=number,
        at=at,
        provider=provider,
        path=step.path,
        headers={"content-type": CONTENT_TYPES[provider]},
        body=json.dumps(step.body).encode(),
    )


def _copy(random: Random, original: Sending, kind: Kind, number: int, at: float) -> Sending:
    """The same event again: byte for byte, or now and then the same JSON written otherwise."""
    body = original.body
    if random.random() < REWRITTEN:
        body = json.dumps(json.loads(body), indent=2, sort_keys=True).encode()
    return replace(original, number=number, at=at, body=body, kind=kind, original=original.number)


def _malformed(random: Random, sending: Sending) -> Sending:
    """What was to be an event, spoilt so that every attempt is refused."""
    whole = replace(sending, kind="malformed")
    spoilt = (
        replace(whole, body=whole.body[:-1]),
        replace(whole, body=b'{"amount": NaN, ' + whole.body[1:]),
        replace(whole, body=b"[" + whole.body + b"]"),
        replace(whole, headers={"content-type": "text/plain"}),
        _unnamed(whole),
    )
    return random.choice(spoilt)


def _unnamed(sending: Sending) -> Sending:
    """Without what says which event it is: Marosa's id, Digiteal's type."""
    if sending.provider == "digiteal":
        return replace(sending, path=digiteal.PATH)
    body = json.loads(sending.body)
    del body["eventId"]
    return replace(sending, body=json.dumps(body).encode())

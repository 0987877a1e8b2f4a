"""The load: what the simulated providers send, with twins, reused event ids and rivals."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from inlet.simulator.journal import Entry
from inlet.simulator.plan import Shares, plan
from inlet.simulator.sending import Sending

SHARES = Shares(
    duplicates=0.08,
    simultaneous=0.04,
    reordered=0.08,
    malformed=0.05,
    new_types=0.03,
    wrong_credentials=0.03,
)
PER_SECOND = 0.5
TWINS = 0.1
"""How many of the new documents have a twin: another event of the same time."""
REUSED = 0.05
"""How many of the new documents have their event id used again for another body, much later."""
MUCH_LATER_SECONDS = 1200.0
"""Longer than a provider retries, whose attempts an outage draws apart: what the id was used for
first is in custody by then, or given up."""
RIVALRIES = 0.06
"""The share of new documents that have a rival: another body with the same event id, sent while
the first one is being delivered. Either may win."""
RIVAL_SECONDS = (0.0, 0.5, 2.0, 10.0, 45.0, 90.0)
"""How much later the rival is sent; the last two are longer than a claim lives whose run died."""
RIVAL = 3_000_000
"""The difference between the numbers of two rivals."""


def load(seed: int, deliveries: int) -> Iterator[Sending]:
    """So many sendings, in the order of their times."""
    random = Random(seed)  # noqa: S311 - it is to be repeated
    later: list[Sending] = []
    contested: set[int | None] = set()
    count = 0
    for drawn in plan(seed, deliveries, SHARES, rate=PER_SECOND):
        # A copy of a contested body may lose as well.
        planned = replace(drawn, kind="reused-id") if drawn.original in contested else drawn
        rivals = _rivals(planned, random)
        contested.update(rival.number for rival in rivals)
        sendings = [rivals[0] if rivals else planned, *_twin(planned, random)]
        # Sorted by time: a rival comes within seconds, a reused id much later.
        later = sorted([*later, *rivals[1:], *_reused(planned, random)], key=lambda s: s.at)
        while later and later[0].at <= planned.at:
            sendings.append(later.pop(0))
        yield from sendings[: deliveries - count]
        count += len(sendings)
        if count >= deliveries:
            return


def _twin(sending: Sending, random: Random) -> list[Sending]:
    """Another event about the same document, of the same time: only the order tells them apart."""
    if not _is_document(sending) or random.random() >= TWINS:
        return []
    body = json.loads(sending.body)
    body["eventId"] = f"{body['eventId'][:-4]}{random.randrange(16**4):04x}"
    body["currentStatus"] = random.choice(("OK", "ERROR", "PROCESSING"))
    number = sending.number + 1_000_000
    return [replace(sending, number=number, body=json.dumps(body).encode())]


def _reused(sending: Sending, random: Random) -> list[Sending]:
    """The event id of a document again, for another document."""
    if not _is_document(sending) or random.random() >= REUSED:
        return []
    body = json.loads(sending.body) | {"documentId": "SIM-another"}
    return [
        replace(
            sending,
            number=sending.number + 2_000_000,
            at=sending.at + MUCH_LATER_SECONDS,
            kind="reused-id",
            body=json.dumps(body).encode(),
        )
    ]


def _rivals(sending: Sending, random: Random) -> list[Sending]:
    """Two bodies with one event id, neither of which must be taken; often about one document."""
    if not _is_document(sending) or random.random() >= RIVALRIES:
        return []
    body = json.loads(sending.body) | {"flowDetail": "RIVAL"}
    if random.random() < 0.3:
        body["documentId"] = "SIM-rival"
    first = replace(sending, kind="reused-id")
    second = replace(
        first,
        number=sending.number + RIVAL,
        at=sending.at + random.choice(RIVAL_SECONDS),
        body=json.dumps(body).encode(),
    )
    return [first, second]


def rivals_of(sending: Sending, known: Mapping[int, Entry]) -> list[Sending]:
    """Return the rival of a sending, if it has one that was sent already."""
    numbers = (sending.number - RIVAL, sending.number + RIVAL)
    return [known[number].sending for number in numbers if number in known]


def _is_document(sending: Sending) -> bool:
    return sending.provider == "marosa" and sending.kind == "new"

"""The load: what the simulated providers send, and twins and ids used again among it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random

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


def load(seed: int, deliveries: int) -> Iterator[Sending]:
    """So many sendings, in the order of their times."""
    random = Random(seed)  # noqa: S311 - it is to be repeated
    later: list[Sending] = []
    count = 0
    for planned in plan(seed, deliveries, SHARES, rate=PER_SECOND):
        sendings = [planned, *_twin(planned, random)]
        later += _reused(planned, random)
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


def _is_document(sending: Sending) -> bool:
    return sending.provider == "marosa" and sending.kind == "new"

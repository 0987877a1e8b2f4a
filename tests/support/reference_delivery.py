"""A delivery of 1 KB, as like a real one as can be: what costs are told for."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

from inlet.operations.samples import Sample
from tests.support.samples import sample

BYTES = 1024
WORDS = [
    "invoice",
    "order",
    "reference",
    "payment",
    "monthly",
    "subscription",
    "late",
    "fee",
    "credit",
    "of",
    "the",
    "for",
    "and",
]


def reference() -> Sample:
    """A payment whose ids are as random as real ones, with a text that fills it up."""
    taken = sample("digiteal", "PAYMENT_INITIATED")
    random = Random(1)  # noqa: S311 - no secret
    body = _with_ids(taken.request["body"], random)
    remittance = body["paymentRequestInformation"]
    text = " ".join(_words(random, BYTES))
    remittance["remittanceInfo"] = ""
    remittance["remittanceInfo"] = text[: BYTES - len(_bytes(body))]
    return replace(taken, request={**taken.request, "body": _bytes(body).decode()})


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _with_ids(value: Any, random: Random) -> Any:
    match value:
        case dict():
            return {name: _with_ids(one, random) for name, one in value.items()}
        case str() if value.startswith("00000000-"):
            return str(UUID(int=random.getrandbits(128), version=4))
    return value


def _words(random: Random, count: int) -> Iterator[str]:
    for _ in range(count):
        yield random.choice([*WORDS, str(random.randrange(10_000))])

"""What the worst bodies cost the ingest function: `python -m tests.measure_bodies`.

Each is sent in a process of its own, as Lambda hands it over, to an AWS that agrees at once.
"""

import json
import re
import resource
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from functions.ingest.addresses import Addresses
from functions.ingest.bodies import Bodies
from functions.ingest.credentials import ProviderCredentials
from functions.ingest.deduplicate import Deliveries
from functions.ingest.handler import answer
from functions.ingest.publish import Bus
from functions.ingest.quarantine import Quarantine
from functions.ingest.receive import Stations
from functions.ingest.tombstones import Tombstones
from inlet.document import MAX_BRACKETS
from inlet.providers import PROVIDERS
from tests.gateway import RIGHT, Context, basic, http_event

SIZE = 6_000_000
"""Characters of a body, so that its event is just within what Lambda is handed."""


DEEP = "[" * 60 + "]" * 60


def filled(item: str, *, name: str = "a", before: str = "") -> str:
    """An object that is as large as a body can be, with a list of one item again and again."""
    count = (SIZE - len(before) - 40) // (len(item) + 1)
    return f'{{{before}"{name}":[{",".join([item] * count)}]}}'


WORST: dict[str, Callable[[], str]] = {
    "lists without end": lambda: filled(DEEP),
    "as many lists as may be, and numbers": lambda: filled(
        "9e15", before=f'"b":[{",".join([DEEP] * (MAX_BRACKETS // 60 - 1))}],'
    ),
    "one deep list": lambda: "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "numbers that grow": lambda: filled("9e15"),
    "numbers that grow, and an emoji": lambda: filled("9e15", before='"b":"\U0001f600",'),
    "a long text, and an emoji": lambda: f'{{"a":"\U0001f600{"a" * (SIZE - 40)}"}}',
    "one number": lambda: f'{{"a":1.{"3" * (SIZE - 20)}}}',
    "numbers of many digits": lambda: filled("9" * 4300),
    "many fields": lambda: "{" + ",".join(f'"{i:x}":0' for i in range(SIZE // 11)) + "}",
    "a list of what it must not have": lambda: filled("1", name="ibans"),
}


@dataclass(frozen=True)
class Cost:
    """What a body was answered, and what the process that did it had used by then."""

    status: int
    megabytes: int
    seconds: float


ANSWERS: dict[str, Any] = {
    "get_secret_value": {"SecretString": json.dumps({"generated": RIGHT["digiteal"][1]})},
    "put_events": {"Entries": [{"EventId": "an-id"}]},
    "update_item": {"Attributes": {}},
}


class Agreeing:
    """A client of AWS whose every call succeeds."""

    def __getattr__(self, name: str) -> Any:
        return lambda **_: ANSWERS.get(name, {})


def stations() -> Stations:
    """The stations on it."""
    aws: Any = Agreeing()
    return Stations(
        providers=PROVIDERS,
        addresses=Addresses("{}"),
        credentials=ProviderCredentials(aws, json.dumps({"digiteal": "an-arn"})),
        deliveries=Deliveries(aws, "deliveries", remember_days=30, remember_in_memory=256),
        bodies=Bodies(s3=lambda: aws, bucket="bodies"),
        bus=Bus(aws, "bus"),
        quarantine=Quarantine(
            s3=lambda: aws,
            bucket="quarantine",
            dynamodb=aws,
            table="deliveries",
            keep_for=timedelta(days=14),
            bytes_per_day=100_000_000,
        ),
        tombstones=Tombstones(dynamodb=aws, table="timeline"),
    )


def cost_of(name: str) -> Cost:
    """Send one of the worst bodies; to be called once in a process."""
    headers = {"content-type": "application/json"} | basic(*RIGHT["digiteal"])
    event = http_event("/webhooks/digiteal/COMPANY_CREATED", b"", headers)
    event |= {"body": WORST[name](), "isBase64Encoded": False}
    handed = json.dumps(event, ensure_ascii=False).encode()
    del event
    began = time.process_time()
    answered = answer(json.loads(handed), Context(), stations())  # type: ignore[arg-type]
    return Cost(
        status=answered["statusCode"],
        megabytes=peak_megabytes(),
        seconds=round(time.process_time() - began, 1),
    )


def peak_megabytes() -> int:
    """The most memory that this process has used.

    Linux tells it of the program alone; what `getrusage` tells there is no less than what the
    process had used that started this one.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024**2  # bytes, on macOS
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(peak) // 1024


def costs(names: Collection[str] = tuple(WORST)) -> Iterator[tuple[str, Cost]]:
    """What the worst bodies cost, one after the other."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        yield from zip(names, processes.map(cost_of, names), strict=True)


if __name__ == "__main__":
    for name, cost in costs():
        print(f"{cost.megabytes} MB  {cost.seconds} s  {cost.status}  {name}")  # noqa: T201

"""What the worst bodies cost the ingest function: `python -m tests.measure_bodies`.

Each is sent in a process of its own, as Lambda hands it over, to an AWS that agrees at once.
"""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("tests.measure_bodies")

import base64
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
from inlet.document import MAX_VALUES
from inlet.providers import PROVIDERS
from tests.support.gateway import RIGHT, Context, basic, http_event

SIZE = 6_000_000
"""Bytes of a body as Lambda is handed it, which is 6 MB at most with what stands around it."""

LARGEST_EVENT = 6_291_456
"""Bytes of an event that Lambda is handed at most."""

MEMORY_OF_ONE_CORE = 1_769
"""The megabytes of memory with which a function has one core. With less, it has a share of one."""

WORST_SECONDS = 1.15
"""The seconds of the worst of these bodies on one core, as last measured."""

DEEP = "[" * 60 + "]" * 60


def handed(text: str) -> float:
    """How many bytes a part of a body has in the event: as a JSON string, or in base64 if less."""
    return min(len(json.dumps(text, ensure_ascii=False).encode()) - 2, len(text.encode()) * 4 / 3)


def filled(item: str, *, name: str = "a", before: str = "") -> str:
    """An object that is as large as a body can be, with a list of one item again and again.

    Where the list may not be so long, a text does the rest.
    """
    size = (SIZE - handed(before) - 40) / handed(f"{item},")
    count = min(int(size), (MAX_VALUES - before.count(",") - 1) // (item.count(",") + 1))
    start = f'{{{before}"{name}":[{",".join([item] * count)}]'
    room = SIZE - len(json.dumps(start, ensure_ascii=False).encode()) - 40
    return f'{start},"z":"{"z" * room}"}}'


def objects(item: str) -> str:
    """An object with a list of as many objects as there may be, each with the same fields."""
    size = int(SIZE / handed(f"{item},"))
    count = min(MAX_VALUES - 2, size, MAX_VALUES // (item.count(",") + 1))
    return f'{{"a":[{",".join([item] * count)}]}}'


def fields(value: str) -> str:
    """An object of as many fields as a body can have."""
    count = min(int(SIZE / handed(f'"fffff":{value},')), MAX_VALUES)
    return "{" + ",".join(f'"{number:x}":{value}' for number in range(count)) + "}"


def wrong_fields() -> str:
    """An object whose every documented field is wrong, and that is large."""
    model = PROVIDERS["digiteal"].models["company"]
    wrong = ",".join(f'"{name}":[[1]]' for name in model.model_fields)
    return filled("1", before=f"{wrong},")


WORST: dict[str, Callable[[], str]] = {
    "lists without end": lambda: filled(DEEP),
    "as many lists as may be, and numbers": lambda: filled(
        "9e15", before=f'"b":[{",".join([DEEP] * (MAX_VALUES // 60 - 1))}],'
    ),
    "one deep list": lambda: "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "numbers without end": lambda: "[" + "1," * (SIZE // 2 - 10) + "1]",
    "numbers of one digit": lambda: filled("1"),
    "numbers of one digit, and a long one": lambda: filled("1", before=f'"b":{"1" * 21},'),
    "numbers that grow": lambda: filled("9e15"),
    "numbers that grow, and an emoji": lambda: filled("9e15", before='"b":"\U0001f600",'),
    "numbers with a fraction": lambda: filled("1.5"),
    "numbers with a zero at their end": lambda: filled("1.0"),
    "numbers with a small exponent": lambda: filled("1e-9"),
    "numbers with a large exponent": lambda: filled("1e308"),
    "numbers of 30 digits": lambda: filled("1." + "3" * 30),
    "one number": lambda: f'{{"a":1.{"3" * (SIZE - 20)}}}',
    "numbers of many digits": lambda: filled("9" * 4300),
    "objects of one field": lambda: objects('{"a":1.5}'),
    "objects of many fields": lambda: objects('{"a":1.5,"b":2.5,"c":3.5,"d":1}'),
    "many fields": lambda: fields("0"),
    "many fields with a fraction": lambda: fields("1.5"),
    "texts without a character": lambda: filled('""'),
    "texts with escapes": lambda: filled('"\\n\\u00e9"'),
    "one text of escapes": lambda: filled('"' + "\\n" * 1_000_000 + '"'),
    "one text of surrogate pairs": lambda: filled('"' + "\\ud83d\\ude00" * 300_000 + '"'),
    "a long text, and an emoji": lambda: f'{{"a":"\U0001f600{"a" * (SIZE - 40)}"}}',
    "a list of what it must not have": lambda: filled("1", name="ibans"),
    "every field wrong": wrong_fields,
    "a text of commas and escapes": lambda: (
        f'{{"a":"{"," * (MAX_VALUES + 1)}{(chr(92) + "n") * 1_400_000}"}}'
    ),
    "a text without an end": lambda: (
        f'{{"a":[{"," * (MAX_VALUES + 1)}"{(chr(92) + chr(34)) * 1_400_000}'
    ),
}


@dataclass(frozen=True)
class Cost:
    """What a body was answered, and what the process that did it had used by then.

    `seconds` are of CPU on one core of this machine, with the reading of the event.
    """

    status: int
    megabytes: int
    seconds: float

    def seconds_with(self, memory_mb: int) -> float:
        """Return the seconds in a function of this memory whose core is like the measured one."""
        return self.seconds * max(1, MEMORY_OF_ONE_CORE / memory_mb)


ANSWERS: dict[str, Any] = {
    "get_secret_value": {"SecretString": json.dumps({"generated": RIGHT["digiteal"][1]})},
    "put_events": {"Entries": [{"EventId": "an-id"}]},
    "update_item": {"Attributes": {"firstAt": {"S": "2025-04-01T08:00:00+00:00"}}},
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
        bodies=Bodies(s3=aws, bucket="bodies"),
        bus=Bus(aws, "bus"),
        quarantine=Quarantine(
            s3=aws,
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
    body = WORST[name]()
    event |= {"body": body, "isBase64Encoded": False}
    if len(json.dumps(body, ensure_ascii=False).encode()) > SIZE + 100:
        event |= {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}
    written = json.dumps(event, ensure_ascii=False).encode()
    assert len(written) < LARGEST_EVENT
    del event, body
    began = time.process_time()
    answered = answer(json.loads(written), Context(), stations())  # type: ignore[arg-type]
    return Cost(
        status=answered["statusCode"],
        megabytes=peak_megabytes(),
        seconds=round(time.process_time() - began, 2),
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


def main() -> None:
    """Print what each of the worst bodies costs."""
    from infrastructure.stages import STAGES  # noqa: PLC0415 - not for the measured processes

    stages = [stage for stage in STAGES.values() if stage.on_aws]
    for name, cost in costs():
        shares = "  ".join(
            f"{stage.name} {cost.seconds_with(stage.memory_mb):.1f} s" for stage in stages
        )
        print(  # noqa: T201
            f"{cost.megabytes} MB  {cost.seconds} s  {shares}  {cost.status}  {name}"
        )

"""Simulate: play the providers against a door, and keep what they sent and were answered."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import httpx

from inlet.authentication import Credentials
from inlet.operations.credentials import credentials_of
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.send import door_address, headers
from inlet.simulator.journal import Answer, Entry, Planned, answered_line, entries, sent_line
from inlet.simulator.plan import CONTENT_TYPES
from inlet.simulator.report import Report
from inlet.simulator.retries import delay_after
from inlet.simulator.sending import Sending

OPEN = 500
"""The most sendings that are on their way, or wait for a retry: with more, nothing new is sent."""

PATIENCE_SECONDS = 35
"""How long an answer is waited for: longer than the HTTP API waits for the function."""

PLAYED = tuple(CONTENT_TYPES)
"""Who is played."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """The address of a door, and what each provider proves itself with there."""

    url: str
    credentials: Mapping[str, Credentials] = field(repr=False)


def door_of(deployment: Deployment, url: str | None = None) -> Door:
    """The door of a deployment, or another one that takes the same credentials."""
    return Door(
        url=door_address(url or deployment.output("MarosaWebhookUrl")),
        credentials={name: credentials_of(deployment, name) for name in PLAYED},
    )


def door_at(url: str, secrets: Path) -> Door:
    """Any door, with the secret of each provider from a file: `{"marosa": {…}, …}`."""
    try:
        written = json.loads(secrets.read_text())
        credentials = {name: Credentials.parse(json.dumps(written[name]), name) for name in PLAYED}
    except OSError as error:
        raise OperationError(f"{secrets} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        # Nothing more: it holds secrets.
        raise OperationError(
            f"{secrets} must be a JSON object with the secret of each of {', '.join(PLAYED)}, as"
            " Secrets Manager holds it."
        ) from None
    return Door(url=door_address(url), credentials=credentials)


def begin(journal: Path, planned: Planned) -> Planned:
    """Begin a journal, or go on with the one that is there; the plan that it is of.

    A file that is no journal is left as it is.
    """
    try:
        if journal.exists() and journal.stat().st_size:
            planned = plan_of(journal)
            _mend(journal)
        else:
            journal.write_text(planned.line())
    except OSError as error:
        raise OperationError(f"{journal} cannot be written: {error.strerror}.") from None
    return planned


def plan_of(journal: Path) -> Planned:
    """The plan of which a journal is."""
    with journal.open() as lines, _reading(journal):
        return Planned.read(lines.readline())


def left_of(journal: Path) -> Iterator[Entry]:
    """What is left to do of the plan of a journal, in its order."""
    begun: dict[int, Entry | None] = {}
    for entry in entries_of(journal):
        begun[entry.sending.number] = None if entry.is_final else entry
    for sending in plan_of(journal).sendings():
        left = begun.get(sending.number, Entry(sending=sending))
        if left:
            yield left


def simulate(door: Door, journal: Path, told: Callable[[Entry], None]) -> None:
    """Do what is left of the plan of a journal, each sending when it is due.

    What is sent and answered goes to the journal; `told` hears of each entry that is final.
    Raises OperationError where nobody is at the door, or a provider has nothing to prove itself
    with.
    """
    to_do = left_of(journal)
    first = next(to_do, None)
    if first is None:
        return
    for name in PLAYED:
        headers(
            replace(first.sending, provider=name, credentials="right"),
            door.credentials[name],
            datetime.now(UTC),
        )
    with journal.open("a", buffering=1) as lines:
        asyncio.run(_Simulation(door, lines, told, first.sending.at).run(chain([first], to_do)))


class _Simulation:
    """What goes on at the same time: sendings that wait for an answer, or to be sent again."""

    def __init__(
        self, door: Door, journal: TextIO, told: Callable[[Entry], None], first_at: float
    ) -> None:
        self._door = door
        self._journal = journal
        self._told = told
        self._began = time.monotonic() - first_at
        self._room = asyncio.Semaphore(OPEN)

    async def run(self, to_do: Iterable[Entry]) -> None:
        limits = httpx.Limits(max_connections=OPEN, max_keepalive_connections=OPEN)
        patience = httpx.Timeout(PATIENCE_SECONDS, pool=None)
        async with httpx.AsyncClient(
            base_url=self._door.url, limits=limits, timeout=patience
        ) as client:
            await self._knock(client)
            async with asyncio.TaskGroup() as tasks:
                for entry in to_do:
                    await self._room.acquire()
                    await asyncio.sleep(max(0, entry.sending.at - self._now))
                    tasks.create_task(self._deliver(client, entry))

    @property
    def _now(self) -> float:
        """Seconds since the plan began; a plan that is gone on with begins where it stopped."""
        return time.monotonic() - self._began

    async def _knock(self, client: httpx.AsyncClient) -> None:
        """See whether anybody is there at all, once, instead of with every sending."""
        try:
            await client.get("/")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OperationError(f"{self._door.url} cannot be reached: {error}.") from None

    async def _deliver(self, client: httpx.AsyncClient, entry: Entry) -> None:
        """Make attempts until one is final."""
        sending, delay = entry.sending, 0.0
        if not entry.answers:
            self._journal.write(sent_line(sending))
        while not entry.is_final:
            await asyncio.sleep(delay)
            answer = await self._attempt(client, sending)
            self._journal.write(answered_line(sending.number, answer))
            entry = replace(entry, answers=(*entry.answers, answer))
            delay = delay_after(len(entry.answers), answer.status) or 0.0
        self._told(entry)
        self._room.release()

    async def _attempt(self, client: httpx.AsyncClient, sending: Sending) -> Answer:
        credentials = self._door.credentials[sending.provider]
        at = self._now
        try:
            response = await client.post(
                sending.path,
                content=sending.body,
                headers=headers(sending, credentials, datetime.now(UTC)),
            )
        except httpx.HTTPError:
            return Answer(at=at, seconds=self._now - at, status=None)
        seconds = self._now - at
        return Answer.read(response.status_code, _json(response), at=at, seconds=seconds)


def entries_of(journal: Path) -> Iterator[Entry]:
    """All that a journal tells of."""
    with journal.open() as lines, _reading(journal):
        Planned.read(lines.readline())
        yield from entries(lines)


def report_of(journal: Path) -> Report:
    """What became of all that a journal tells of."""
    report = Report()
    for entry in entries_of(journal):
        report.add(entry)
    return report


def _mend(journal: Path) -> None:
    """Make whole what a simulation left that died.

    Half a line at its end is taken away, and what was on its way was never answered.
    """
    with journal.open("rb+") as lines:
        lines.truncate(sum(len(line) for line in lines if line.endswith(b"\n")))
    on_their_way = [entry.sending for entry in entries_of(journal) if not entry.answers]
    with journal.open("a") as lines:
        for sending in on_their_way:
            nothing = Answer(at=sending.at, seconds=0, status=None)
            lines.write(answered_line(sending.number, nothing))


def _json(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return response.json()
    except ValueError:
        return None


@contextmanager
def _reading(journal: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise OperationError(f"{journal} is no journal of a simulation: {error}.") from None

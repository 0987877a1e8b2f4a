"""Lambda: the real handlers with the settings of the template, run and killed."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest.mock import patch

from functions.consumer import handler as consumer
from functions.ingest import handler as ingest
from functions.ingest.credentials import ProviderCredentials
from functions.ingest.receive import Stations
from functions.ingest.settings import IngestSettings
from functions.telemetry import Failed
from local.assembly import Resource, Stack
from local.mappings import record
from local.resources import EventSourceMapping, Function
from tests.faults.agenda import Agenda
from tests.faults.chance import Chance
from tests.faults.clock import Clock
from tests.faults.queues import Message, Queue
from tests.faults.wire import Run, Wire
from tests.support.kills import Killed, kill_at

ENVIRONMENTS = 3
"""How many execution environments of the ingest function are warm."""
POLL_SECONDS = 2.0
"""How often a queue that is not empty is looked into."""
LINES = {"ingest": 600, "consumer": 600}
"""How many lines of ours a run executes, or so: a kill is planned for one of them."""


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about an invocation."""

    run: Run
    clock: Clock
    function_name: str = "function"
    aws_request_id: str = "invocation"

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self.run.deadline - self.clock.now()) * 1000))


@dataclass(frozen=True)
class Runtime:
    """What every function runs on."""

    clients: Mapping[str, Any]
    agenda: Agenda
    wire: Wire
    chance: Chance

    def invoke(self, run: Run, call: Callable[[Any], Any]) -> Any:
        """Run a handler to its end, or until something kills it; None where it did not return."""
        kind = "ingest" if run.role == "ingest" else "consumer"
        fault = f"{kind} killed at a line"
        outer, self.wire.run = self.wire.run, run
        results: list[Any] = []

        def act() -> None:
            results.append(call(Context(run, self.agenda.clock)))

        try:
            if self.chance.fires(fault):
                run.is_traced = True
                line = self.chance.random.randint(1, LINES[kind])
                kill_at(line, "/functions/", act, die=run.die)
                self._tell(fault, run)
            else:
                act()
        except (Killed, Failed):
            run.is_dead = True
        finally:
            self.wire.run = outer
        return None if run.is_dead or not results else results[0]

    def _tell(self, fault: str, run: Run) -> None:
        """Count a kill at a line as what it was: the line may be one that the run never had."""
        self.chance.fired[fault] -= 1
        if run.is_dead and run.role == "ingest":
            self.chance.fired[f"{fault} {'after' if run.published else 'before'} publishing"] += 1
        elif run.is_dead:
            self.chance.fired[fault] += 1

    @contextmanager
    def environment(self, settings: Mapping[str, str], module: Any) -> Iterator[None]:
        """What a handler's own composition sees: its settings, and our clients."""
        with (
            patch.dict(os.environ, settings),
            patch.object(module, "client", lambda service, **_: self.clients[service]),
        ):
            yield


class Ingest:
    """The ingest function in its environments."""

    def __init__(self, stack: Stack, runtime: Runtime) -> None:
        (function,) = (
            one.properties
            for one in stack.of(Function)
            if one.properties.handler.startswith("functions.ingest.")
        )
        self._settings = function.environment.variables
        self._timeout = function.timeout
        self._runtime = runtime
        self._stations: list[Stations | None] = [None] * ENVIRONMENTS
        self._busy: set[int] = set()

    def run(
        self,
        event: Mapping[str, Any],
        again: Callable[[], None] | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> dict[str, Any] | None:
        """Answer an event, in an environment that is not busy; None where the function died.

        `again` is what may happen meanwhile. `refused` is told where the bus refused for good.
        """
        first = self._runtime.chance.random.randrange(ENVIRONMENTS)
        places = [(first + n) % ENVIRONMENTS for n in range(ENVIRONMENTS)]
        place = next(place for place in places if place not in self._busy)
        stations = self._stations[place] = self._stations[place] or self._made()
        now = self._runtime.agenda.clock.now()
        run = Run(role="ingest", deadline=now + self._timeout, again=again)
        self._busy.add(place)
        try:
            with patch.object(ingest, "stations", lambda: stations):
                answer = self._runtime.invoke(run, lambda c: ingest.handler(event, c))
        finally:
            self._busy.discard(place)
        if run.is_dead:
            self._stations[place] = None
        if run.is_refused:
            refused()
        return cast("dict[str, Any] | None", answer)

    def _made(self) -> Stations:
        """The stations of a new environment, as the function itself makes them."""
        with self._runtime.environment(self._settings, ingest):
            stations = ingest.stations.__wrapped__()
            secrets = IngestSettings.from_environment(os.environ).secrets
        return replace(
            stations,
            credentials=ProviderCredentials(
                self._runtime.clients["secretsmanager"],
                secrets,
                clock=self._runtime.agenda.clock.now,
            ),
        )


class Consumer:
    """A consumer's function, and the mapping that gives it batches of its queue."""

    def __init__(
        self,
        stack: Stack,
        mapping: "Resource[EventSourceMapping]",
        queues: Mapping[str, Queue],
        runtime: Runtime,
    ) -> None:
        self.queue = next(
            queue for queue in queues.values() if queue.arn == mapping.properties.event_source_arn
        )
        (function,) = (
            one.properties
            for one in stack.of(Function)
            if one.properties.environment.variables.get("QUEUE_URL") == self.queue.url
        )
        self._settings = function.environment.variables
        self._timeout = function.timeout
        self._arn = mapping.properties.event_source_arn
        self._batch_size = mapping.properties.batch_size
        self._reports_failures = bool(mapping.properties.function_response_types)
        self._runtime = runtime
        self._taker: consumer.Taker | None = None
        self._next_poll: float | None = None
        self.queue.on_send = self._look_later

    def _look_later(self) -> None:
        """Look into the queue as soon as there is something to take."""
        visible_at = self.queue.next_at()
        if visible_at is None:
            return
        moment = max(visible_at, self._runtime.agenda.clock.now() + POLL_SECONDS)
        if self._next_poll is None or moment < self._next_poll:
            self._next_poll = moment
            self._runtime.agenda.at(moment, lambda: self._look(moment))

    def _look(self, moment: float) -> None:
        if moment != self._next_poll:
            return
        self._next_poll = None
        batch = self.queue.receive(self._batch_size)
        if batch:
            self._work(batch, lambda: self._work(batch))
        self._look_later()

    def _work(self, batch: Sequence[Message], again: Callable[[], None] | None = None) -> None:
        """Give a batch to the function, and delete what it has done with."""
        taker = self._taker = self._taker or self._made()
        now = self._runtime.agenda.clock.now()
        run = Run(role=self._settings["CONSUMER"], deadline=now + self._timeout, again=again)
        event = {"Records": [self._written(message) for message in batch]}
        with patch.object(consumer, "taker", lambda: taker):
            answer = self._runtime.invoke(run, lambda c: consumer.handler(event, c))
        if run.is_dead:
            self._taker = None
            return
        assert self._reports_failures
        failures = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for message in batch:
            fires = self._runtime.chance.fires("queue delivered twice")
            if message.identifier not in failures and not fires:
                self.queue.delete(message.identifier)

    def _made(self) -> consumer.Taker:
        """What takes the messages in a new environment, as the function itself makes it."""
        with self._runtime.environment(self._settings, consumer):
            return consumer.taker.__wrapped__()

    def _written(self, message: Message) -> Any:
        """A message as Lambda writes it."""
        return record(
            {
                "MessageId": message.identifier,
                "ReceiptHandle": message.identifier,
                "Body": message.body,
                "Attributes": {"ApproximateReceiveCount": str(message.receives)},
                "MD5OfBody": "",
            },
            self._arn,
        )

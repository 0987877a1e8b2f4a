"""The bus: what is published goes by the template's rules to queues, now and then twice or late."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from inlet.patterns import compile_pattern
from local.assembly import Resource, Stack
from local.entries import envelope, refusal
from local.resources import Rule
from tests.faults.agenda import Agenda
from tests.faults.chance import Chance
from tests.faults.injected import Injected
from tests.faults.queues import Queue
from tests.faults.wire import Call
from tests.support.pools import Response

SOON_SECONDS = 2.0
LATE_SECONDS = 7200.0
"""The longest that an event takes to its queue, as a rule and when it comes late."""


@dataclass(frozen=True)
class Route:
    """A rule of the template: what it matches, and where that goes."""

    matches: Callable[[Mapping[str, Any]], bool]
    target: Queue
    dead_letters: Queue


class Bus:
    """EventBridge; `published` is every event that it took, with the duplicates."""

    def __init__(
        self,
        stack: Stack,
        queues: Mapping[str, Queue],
        agenda: Agenda,
        chance: Chance,
        injected: Injected,
    ) -> None:
        self.published: list[Mapping[str, Any]] = []
        self.on_their_way: dict[int, str] = {}
        self._stack = stack
        self._agenda = agenda
        self._chance = chance
        self._injected = injected
        self._numbers = count()
        by_arn = {queue.arn: queue for queue in queues.values()}
        self._routes = [_route(rule, by_arn) for rule in stack.of(Rule)]

    def put_events(self, call: Call) -> Response:
        """Take the entries of a request."""
        results = [self._take(entry, call) for entry in call.asked["Entries"]]
        refused = sum("EventId" not in result for result in results)
        return Response.of({"FailedEntryCount": refused, "Entries": results})

    def _take(self, entry: Mapping[str, Any], call: Call) -> dict[str, str]:
        if wrong := refusal(entry):
            return wrong
        identifier = str(uuid.UUID(int=self._chance.random.getrandbits(128)))
        body = envelope(entry, identifier, self._agenda.clock.now(), self._stack.place)
        event = json.loads(body)
        self.published.append(event["detail"])
        call.run.published += 1
        self._deliver(event, body)
        return {"EventId": identifier}

    def _deliver(self, event: Mapping[str, Any], body: str) -> None:
        event_id = event["detail"]["metadata"]["eventId"]
        for route in self._routes:
            if not route.matches(event):
                continue
            if self._chance.fires("event that no consumer can take"):
                self._injected.unable.add(event_id)
            if self._chance.fires("rule target unreachable"):
                self._injected.dead.add(event_id)
                attributes = {"TARGET_ARN": route.target.arn, "ERROR_CODE": "NO_PERMISSIONS"}
                self._send(route.dead_letters, body, attributes)
                continue
            self._send(route.target, body)
            if self._chance.fires("bus delivered twice"):
                self._send(route.target, body)

    def _send(self, queue: Queue, body: str, attributes: Mapping[str, Any] | None = None) -> None:
        longest = LATE_SECONDS if self._chance.fires("bus delivered late") else SOON_SECONDS
        number = next(self._numbers)
        self.on_their_way[number] = body
        delay = self._chance.random.uniform(0, longest)
        self._agenda.after(delay, partial(self._arrive, number, queue, body, attributes))

    def _arrive(
        self, number: int, queue: Queue, body: str, attributes: Mapping[str, Any] | None
    ) -> None:
        del self.on_their_way[number]
        queue.send(body, attributes)


def _route(rule: Resource[Rule], by_arn: Mapping[str, Queue]) -> Route:
    (target,) = rule.properties.targets
    assert target.dead_letter_config
    return Route(
        matches=compile_pattern(rule.properties.event_pattern).matches,
        target=by_arn[target.arn],
        dead_letters=by_arn[target.dead_letter_config.arn],
    )

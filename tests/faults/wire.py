"""The wire: between the functions' clients and AWS in memory, where calls fail.

It lies below the clients, so that retries, time-outs and parsers are the real ones: a call whose
answer is lost is sent again by the client, and meets what it did before.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from urllib3.exceptions import ConnectTimeoutError

from functions.runtime.aws import CLIENTS
from functions.runtime.endpoint import CONNECT_SECONDS
from tests.faults.chance import Chance
from tests.faults.clock import Clock
from tests.faults.injected import Injected
from tests.support.kills import Killed
from tests.support.pools import Response, moto

CALL_SECONDS = 0.01
"""How long a call takes that does not fail."""
LONGEST_OUTAGE_SECONDS = 240.0
STUBBORN = 0.6
"""How often a call that failed fails again in its second attempt."""


@dataclass
class Run:
    """One invocation of a function. `role` is `ingest`, or the name of a consumer.

    `again` is what may happen in the middle of it. A run that is dead makes no more calls.
    `published` is how many events it put on the bus, `is_refused` whether the bus refused one for
    good.
    """

    role: str
    deadline: float
    again: Callable[[], None] | None = None
    is_traced: bool = False
    is_dead: bool = False
    published: int = 0
    is_refused: bool = False

    def die(self) -> None:
        """End: from now on nobody hears its calls."""
        self.is_dead = True


@dataclass(frozen=True)
class Call:
    """One request to AWS. Attempts are counted from 1."""

    service: str
    operation: str
    attempt: int
    run: Run
    request: AWSPreparedRequest

    @property
    def asked(self) -> dict[str, Any]:
        """What the request asks for."""
        body = self.request.body or b""
        text = body.decode() if isinstance(body, bytes) else str(body)
        if self.service == "sns":
            return {name: value for name, [value] in parse_qs(text).items()}
        return dict(json.loads(text))

    @property
    def is_of_consumer(self) -> bool:
        return self.run.role != "ingest"


Effect = Callable[[Call], Response]
"""What a call does when it reaches AWS."""


@dataclass(frozen=True)
class Fault:
    """A way in which a call can fail: at which calls, and what happens instead of the effect.

    `rate` is how often it happens, for each occasion. `act` is given the effect, which it may let
    happen before it raises.
    """

    name: str
    rate: float
    at: Callable[[Call], bool]
    act: Callable[[Call, Effect, Clock], Response]


class Wire:
    """What every client of the functions is connected to.

    `effects` is what services do that are not moto's.
    """

    def __init__(
        self,
        clock: Clock,
        chance: Chance,
        faults: tuple[Fault, ...],
        effects: Mapping[str, Effect],
        injected: Injected,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._faults = faults
        self._effects = effects
        self._injected = injected
        self._down_until: dict[str, float] = {}
        self._again: Fault | None = None
        self.run: Run | None = None

    def send(self, request: AWSPreparedRequest) -> Response:
        """Answer a request of the run, or let it fail."""
        assert self.run
        if self.run.is_dead:
            raise Killed
        call = Call(*_called(request), _attempt(request), self.run, request)
        try:
            return self._answer(call)
        except Killed:
            call.run.is_dead = True
            raise
        finally:
            self.run = call.run

    def _answer(self, call: Call) -> Response:
        self._check_outage(call)
        if self._is_of_no_use(call):
            return failed(400, "ThrottlingException")
        fault = self._fault(call)
        self._between(call)
        response = fault.act(call, self._effect, self._clock) if fault else self._effect(call)
        self._between(call)
        self._clock.sleep(CALL_SECONDS)
        if self._clock.now() > call.run.deadline:
            raise Killed
        return response

    def _fault(self, call: Call) -> Fault | None:
        if call.attempt > 1:
            again, self._again = self._again, None
            return again if again and self._chance.random.random() < STUBBORN else None
        fires = self._chance.fires
        self._again = next((f for f in self._faults if f.at(call) and fires(f.name)), None)
        return self._again

    def _between(self, call: Call) -> None:
        """Now and then, other runs begin and end while this one waits for AWS."""
        run = call.run
        if run.again is None or run.is_traced or not self._chance.fires("two at once"):
            return
        meanwhile, run.again = run.again, None
        again, self.run = self._again, None
        meanwhile()
        self._again, self.run = again, run

    def _is_of_no_use(self, call: Call) -> bool:
        """Whether a consumer tries to enter an event that none can take."""
        if not (self._injected.unable and call.is_of_consumer and call.operation == "PutItem"):
            return False
        event_id = sort_key(call).removeprefix("event#")
        if event_id in self._injected.unable:
            self._injected.dead.add(event_id)
            return True
        return False

    def _effect(self, call: Call) -> Response:
        effect = self._effects.get(call.service)
        return effect(call) if effect else moto(call.request)

    def _check_outage(self, call: Call) -> None:
        name = OUTAGES.get(call.service)
        if name is None or self._chance.is_over:
            return
        if self._down_until.get(name, 0.0) <= self._clock.now():
            if call.attempt > 1 or not self._chance.fires(name):
                return
            length = self._chance.random.uniform(1, LONGEST_OUTAGE_SECONDS)
            self._down_until[name] = self._clock.now() + length
        self._clock.sleep(CONNECT_SECONDS)
        raise ConnectTimeoutError("The service is down.")


def _called(request: AWSPreparedRequest) -> tuple[str, str]:
    """Return the service and the operation that a request calls."""
    host = urlsplit(request.url).netloc
    service = next(name for name in CLIENTS if f"{name}." in host)
    if service == "sns":
        return service, "Publish"
    if service == "s3":
        return service, {"PUT": "PutObject", "GET": "GetObject"}[request.method]
    return service, str(request.headers["x-amz-target"]).partition(".")[2]


def _attempt(request: AWSPreparedRequest) -> int:
    """Return which attempt of a call a request is."""
    said = request.headers["amz-sdk-request"]
    return int(said.partition("attempt=")[2].partition(";")[0])


OUTAGES = {"sns": "SNS down", "secretsmanager": "Secrets Manager down", "s3": "S3 down"}


def failed(status: int, code: str) -> Response:
    """Return an error of a service that speaks JSON."""
    return Response.of({"__type": code, "message": code}, status)


def sort_key(call: Call) -> str:
    """The sort key of the item that a call to DynamoDB is about."""
    asked = call.asked
    return str(asked.get("Key", asked.get("Item", {}))["sk"]["S"])

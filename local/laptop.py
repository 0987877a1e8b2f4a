"""The laptop: a stack, whole and running, as a context."""

import errno
import json
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from local.assembly import Stack, read
from local.aws import Aws
from local.console import Console
from local.errors import LaptopError
from local.resources import Api, JwtAuthorizer
from local.threads import Threads

if TYPE_CHECKING:
    from local.issuers import Client

HOST = "127.0.0.1"


class Laptop:
    """A synthesized stack, running on this machine between `with` and its end.

    `port` 0 takes any free port. `environments` is the cap for each function that has none of its
    own. `state` holds the logs and, as long as it runs, `laptop.json`, which says where all is.
    """

    door_url: str
    endpoint_url: str
    lambda_url: str
    outputs: Mapping[str, str]
    clients: "Mapping[str, Client]"
    """What each authorizer's tokens are got with, by its name."""

    def __init__(
        self,
        assembly: Path,
        *,
        port: int = 8080,
        environments: int = 10,
        state: Path = Path(".inlet"),
        console: Console | None = None,
    ) -> None:
        self._assembly = assembly
        self._port = port
        self._cap = environments
        self._state = state.absolute()
        self._console = console or Console.silent()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
        """A boto3 client of this account."""
        return self._aws.client(service, self.lambda_url if service == "lambda" else "")

    def environments(self) -> Mapping[str, int]:
        """How many environments each function has, by its name."""
        return self._functions.environments()

    def check(self) -> None:
        """Raise LaptopError where a part of it has stopped by itself."""
        self._aws.check()

    def _start(self, running: ExitStack) -> None:
        """Start part after part. They stop in the opposite order."""
        logs = self._state / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        listener = running.enter_context(listen(self._port))
        self.door_url = _url(listener)
        threads = Threads()
        running.callback(threads.join, seconds=1)
        with self._console.step("AWS data planes"):
            self._aws = running.enter_context(Aws(logs / "aws.log"))
            self.endpoint_url = self._aws.place.endpoint
            stack = read(self._assembly, self._aws.place)
            self.outputs = _at_the_door(stack, self.door_url)
            # Imported here, so that what takes long does so while the data planes start.
            from joserfc.jwk import KeySet  # noqa: PLC0415

            from local.wiring import Wiring  # noqa: PLC0415

            wiring = Wiring(stack, self._aws, self._state, self._console)
            wiring.create()
        with self._console.step("functions"):
            self._functions = functions = wiring.functions(self._cap)
        with self._console.step("door"):
            self.clients, keys = {}, KeySet([])
            if stack.of(JwtAuthorizer):
                tokens = running.enter_context(listen(0))
                issuers = running.enter_context(wiring.issuers(tokens, _url(tokens)))
                self.clients, keys = issuers.clients, issuers.keys
            running.enter_context(wiring.door(functions, listener, keys))
            mappings = wiring.mappings(functions, threads)
            asked = running.enter_context(listen(0))
            self.lambda_url = _url(asked)
            running.enter_context(wiring.lambda_api(functions, mappings, threads, asked))
            running.callback(functions.stop)  # first, so that the door answers who still waits
        with self._console.step("queues"):
            running.callback(threads.stop)
            wiring.carry(functions, mappings, threads)
        self._say_where(running)

    def _say_where(self, running: ExitStack) -> None:
        where = self._state / "laptop.json"
        written = where.with_suffix(".partial")
        written.write_text(
            json.dumps(
                {
                    "endpointUrl": self.endpoint_url,
                    "lambdaUrl": self.lambda_url,
                    "region": self._aws.place.region,
                    "door": self.door_url,
                    "outputs": self.outputs,
                    "oauth2": {name: asdict(client) for name, client in self.clients.items()},
                    "pid": os.getpid(),
                },
                indent=2,
            )
        )
        written.replace(where)  # whoever waits for it finds all of it
        running.callback(where.unlink, missing_ok=True)


def listen(port: int) -> socket.socket:
    """A socket that listens for the door. Raises LaptopError where the port cannot be had."""
    try:
        listener = socket.create_server((HOST, port), backlog=128)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise LaptopError(f"Port {port} cannot be had: {problem}.") from None
        raise LaptopError(
            f"Port {port} is in use: stop what uses it, or choose another one with --port."
        ) from None
    # Each connection has it from its listener, or each answer waits for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _at_the_door(stack: Stack, door_url: str) -> Mapping[str, str]:
    """The stack's outputs, with our own address in the place of the API's."""
    endpoints = [api.attributes["ApiEndpoint"] for api in stack.of(Api)]
    outputs = dict(stack.outputs)
    for endpoint in endpoints:
        outputs = {name: value.replace(endpoint, door_url) for name, value in outputs.items()}
    return outputs

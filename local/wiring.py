"""Wiring: each part of a stack that runs, made from what the template says of it."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from local.creation import ATTENTION_QUEUE, Creation
from local.door import Door
from local.functions import Functions
from local.issuers import AuthorizationServer
from local.lambda_api import LambdaApi
from local.log_groups import LogGroups
from local.mappings import Mapping
from local.queues import Queues
from local.resources import EventSourceMapping, Stage, Topic

if TYPE_CHECKING:
    import socket

    from joserfc.jwk import KeySet
    from starlette.types import ASGIApp

    from local.assembly import Stack
    from local.aws import Aws
    from local.console import Console
    from local.threads import Threads

NO_TRACE = "Root=1-00000000-000000000000000000000000;Sampled=0"


class Wiring:
    """A stack in an account on this machine."""

    def __init__(self, stack: "Stack", aws: "Aws", state: Path, console: "Console") -> None:
        self._stack = stack
        self._aws = aws
        self._state = state
        self._logs = state / "logs"
        self._console = console

    def create(self) -> None:
        """Create what stores and carries."""
        Creation(self._aws).create(self._stack)

    def functions(self, cap: int) -> Functions:
        """The functions, whose environments start as they are needed."""
        return Functions(self._stack, variables=self._aws.environment, state=self._state, cap=cap)

    def mappings(self, functions: Functions, threads: "Threads") -> Sequence[Mapping]:
        """What will give batches of queues to functions."""
        queues = Queues(self._aws.client("sqs"))
        return [
            Mapping(
                declared,
                self._stack.place,
                queues=queues,
                invoke=partial(
                    functions.invoke, declared.properties.function_name, trace_id=NO_TRACE
                ),
                threads=threads,
            )
            for declared in self._stack.of(EventSourceMapping)
        ]

    def carry(self, functions: Functions, mappings: Sequence[Mapping], threads: "Threads") -> None:
        """Carry batches from queues to functions, and what is said to where it is looked for."""
        (self._logs / "attention.log").write_text("")
        threads.repeat(LogGroups(self._aws.client("logs"), self._log_groups(functions)).follow)
        if self._stack.of(Topic):
            queues, place = Queues(self._aws.client("sqs")), self._stack.place
            attention = f"{place.endpoint}/{place.account}/{ATTENTION_QUEUE}"
            threads.repeat(partial(queues.pass_on, attention, self._show))
        for mapping in mappings:
            threads.repeat(mapping.poll)

    @contextmanager
    def issuers(self, listener: "socket.socket", url: str) -> Iterator[AuthorizationServer]:
        """Who gives out the tokens that authorizers ask for, open on a socket that listens."""
        server = AuthorizationServer(self._stack, url)
        with _served(server.app, listener):
            yield server

    def door(
        self, functions: Functions, listener: "socket.socket", keys: "KeySet"
    ) -> AbstractContextManager[None]:
        """The door, open on a socket that listens already. `keys` are the issuers'."""
        self._access_log.write_text("")
        return _served(Door(self._stack, functions, self._access_log, keys), listener)

    def lambda_api(
        self,
        functions: Functions,
        mappings: Sequence[Mapping],
        threads: "Threads",
        listener: "socket.socket",
    ) -> AbstractContextManager[None]:
        """Lambda's own API, open on a socket that listens already."""
        invoke = partial(functions.invoke, trace_id=NO_TRACE)
        return _served(LambdaApi(self._stack, invoke, threads, mappings), listener)

    @property
    def _access_log(self) -> Path:
        return self._logs / "access.log"

    def _log_groups(self, functions: Functions) -> dict[Path, str]:
        """The log group of each file that has one."""
        groups = dict(functions.logs)
        for stage in self._stack.of(Stage):
            if settings := stage.properties.access_log_settings:
                groups[self._access_log] = settings.log_group
        return groups

    def _show(self, notification: str) -> None:
        """Show people what a topic had for them."""
        said = json.loads(notification)
        text = " · ".join(filter(None, [said.get("Subject"), said["Message"]]))
        with (self._logs / "attention.log").open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")
        self._console.say(f"attention: {text.splitlines()[0]}")


class _Server(uvicorn.Server):
    """A server that looks twice a second whether it is to stop; uvicorn's looks ten times."""

    async def main_loop(self) -> None:
        """Serve until `should_exit`."""
        counter = 0
        while not await self.on_tick(counter):
            counter += 5
            await asyncio.sleep(0.5)


@contextmanager
def _served(application: "ASGIApp", listener: "socket.socket") -> Iterator[None]:
    server = _Server(
        uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # By default uvicorn lets X-Forwarded-For replace the address of a local connection.
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, args=[[listener]], daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()

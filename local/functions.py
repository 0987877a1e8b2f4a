"""The stack's functions, each in as many environments as load asks for."""

import logging
import os
import re
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from local.environments import Answer, Environment, Program, Runtime
from local.errors import LaptopError
from local.resources import Function

if TYPE_CHECKING:
    from local.assembly import Resource, Stack

LOG = logging.getLogger(__name__)

MAXIMUM_ANSWER_BYTES = 6_291_556
TOO_LARGE = Answer(
    b'{"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size'
    b' exceeded maximum allowed payload size (6291556 bytes)."}',
    failed=True,
)
STOPPED = Answer(b'{"errorType": "Stopped"}', failed=True)
"""What an invocation comes to that is asked for while everything stops."""


class Pool:
    """The environments of one function: an invocation takes an idle one, starts one, or waits."""

    def __init__(self, start: Callable[[], Environment], cap: int) -> None:
        self._start = start
        self._places = threading.Semaphore(cap)
        self._lock = threading.Lock()
        self._stopped = False
        self._idle: list[Environment] = []
        self.environments: list[Environment] = []

    def invoke(self, event: bytes, function_arn: str, trace_id: str) -> Answer:
        """Run the function on an event."""
        with self._places:
            environment = self._take()
            if environment is None:
                return STOPPED
            answer = environment.invoke(event, function_arn, trace_id)
            with self._lock:
                self._idle.append(environment)
        return answer

    def stop(self) -> None:
        """End every environment. There is none to be had after it."""
        with self._lock:
            self._stopped = True
            for environment in self.environments:
                environment.stop()

    def join(self, seconds: float) -> None:
        """Wait until every environment is gone, so long for each."""
        for environment in self.environments:
            environment.join(seconds)

    def _take(self) -> Environment | None:
        with self._lock:
            if self._stopped:
                return None
            self.environments = [one for one in self.environments if one.usable]
            while self._idle:
                environment = self._idle.pop()
                if environment.usable:
                    return environment
            environment = self._start()
            self.environments.append(environment)
            return environment


class Functions:
    """The functions of a stack, by ARN. A version or an alias is the function itself."""

    def __init__(
        self, stack: "Stack", *, variables: Mapping[str, str], state: Path, cap: int
    ) -> None:
        runtime = Runtime(state / "runtime")
        runtime.lay_out()
        self._stopping = False
        self._place = stack.place
        self._pools: dict[str, Pool] = {}
        self.logs: dict[Path, str] = {}
        """The log group of each function, by the file that says the same."""
        for function in stack.of(Function):
            program = _program(function, stack, variables, state / "logs")
            self.logs[program.log] = log_group(function)
            reserved = function.properties.reserved_concurrent_executions
            start = partial(Environment, program, runtime.folder)
            self._pools[function.name] = Pool(start, reserved or cap)

    def has(self, reference: str) -> bool:
        """Whether this is one of the functions: by name or ARN, qualified or not."""
        return _name(reference) in self._pools

    def invoke(self, reference: str, event: bytes, trace_id: str) -> Answer:
        """Run a function on an event, and wait for its answer."""
        name = _name(reference)
        qualified = reference.rpartition("function:")[2]
        arn = self._place.arn("lambda", f"function:{qualified}")
        answer = self._pools[name].invoke(event, arn, trace_id)
        if len(answer.payload) > MAXIMUM_ANSWER_BYTES:
            answer = TOO_LARGE
        if answer.failed and not self._stopping:
            LOG.warning("%s failed: %s", name, answer.payload.decode())
        return answer

    def environments(self) -> Mapping[str, int]:
        """How many environments each function has, by its name."""
        return {name: len(pool.environments) for name, pool in self._pools.items()}

    def stop(self) -> None:
        """End every environment, and with it what it is doing."""
        self._stopping = True
        for pool in self._pools.values():
            pool.stop()
        for pool in self._pools.values():
            pool.join(seconds=1)


def log_group(function: "Resource[Function]") -> str:
    """The name of the log group that a function writes to."""
    return function.properties.logging_config.log_group or f"/aws/lambda/{function.name}"


def _name(reference: str) -> str:
    """The name in `NAME[:QUALIFIER]` or `arn:…:function:NAME[:QUALIFIER]`."""
    return reference.rpartition("function:")[2].partition(":")[0]


def _program(
    function: "Resource[Function]", stack: "Stack", variables: Mapping[str, str], logs: Path
) -> Program:
    declared = function.properties
    bundle = stack.assets.get(declared.code.s3_key)
    if bundle is None or not bundle.is_dir():
        raise LaptopError(f"The bundle of {function.name} is not in the assembly.")
    # Without the hash that CDK puts behind an id, as people would name the file.
    log = logs / f"{re.sub('[0-9A-F]{8}$', '', function.logical_id)}.log"
    log.write_text("")
    return Program(
        handler=declared.handler,
        bundle=bundle,
        timeout=declared.timeout,
        variables={**_variables(function), **variables, **declared.environment.variables},
        log=log,
    )


def _variables(function: "Resource[Function]") -> dict[str, str]:
    """What Lambda itself puts into a function's environment."""
    declared, logging = function.properties, function.properties.logging_config
    restored = declared.snap_start.apply_on == "PublishedVersions"  # as every caller's alias is
    variables = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{declared.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(declared.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if restored else "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": logging.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(function),
        "AWS_LAMBDA_LOG_STREAM_NAME": "laptop",
        "LANG": "en_US.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "TZ": ":UTC",
        "_HANDLER": declared.handler,
    }
    if logging.application_log_level:
        variables["AWS_LAMBDA_LOG_LEVEL"] = logging.application_log_level
    return variables

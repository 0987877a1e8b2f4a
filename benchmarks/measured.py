"""Measuring one life of a function, from outside its process."""

import random
import re
import statistics
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.candidates import Candidate, ingest, request
from benchmarks.meters import Meter
from benchmarks.stub import Stub
from infrastructure.bundle import Builder
from local.environments import Answer, Environment, Program, Ready, Snapshot

Figures = dict[str, float]
"""What was measured, by name."""


class Failed(Exception):
    """What was to be measured did not happen: the figures would be of something else."""


@dataclass(frozen=True)
class Laboratory:
    """Where functions are run: the AWS that they call, Lambda's side of them, and a meter."""

    stub: Stub
    variables: Mapping[str, str]
    runtime: Path
    log: Path
    meter: Meter

    @contextmanager
    def life(self, candidate: Candidate) -> Iterator["Life"]:
        """One process of a function, from its start."""
        program = Program(
            handler=candidate.handler,
            bundle=candidate.bundle,
            timeout=60,
            variables={**self.variables, **candidate.variables},
            log=self.log,
            interpreter=self.meter.interpreter,
            ready_seconds=self.meter.patience,
        )
        self.stub.tables.clear()
        began = time.perf_counter()
        environment = Environment(program, self.runtime)
        try:
            life = Life(environment, self)
            life.start_wall = (time.perf_counter() - began) * 1000
            yield life
        finally:
            environment.stop()
            environment.join(5)


class Life:
    """A function that is ready."""

    def __init__(self, environment: Environment, laboratory: Laboratory) -> None:
        self._environment = environment
        self._laboratory = laboratory
        self.start_wall = 0.0
        self.before_snapshot = 0.0
        """What it had used when its snapshot could be taken, with SnapStart."""
        self._wait()

    def used(self) -> float:
        """What its process has used so far."""
        return self._laboratory.meter.used(self._environment.pid)

    def peak(self) -> float:
        """The most memory that it has had so far, in MB."""
        status = Path(f"/proc/{self._environment.pid}/status").read_text()
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return int(peak) / 1024

    def call(self, event: bytes, *, says: bytes) -> float:
        """Invoke it; what that took. Raises Failed where the answer does not say so."""
        before = self.used()
        answer = self._environment.invoke(event, "arn:aws:lambda:::function:measured", "Root=1")
        if answer.failed or says not in answer.payload:
            raise Failed(f"{answer.payload.decode()}: see {self._laboratory.log}")
        self._wait()
        return self.used() - before

    def _wait(self) -> None:
        word = self._environment.ready()
        if isinstance(word, Snapshot):
            self.before_snapshot = self.used()
            word = self._environment.restore()
        if not isinstance(word, Ready):
            told = word.payload.decode() if isinstance(word, Answer) else word
            raise Failed(f"{told}: see {self._laboratory.log}")


def ingest_figures(candidate: Candidate, laboratory: Laboratory) -> Figures:
    """What an ingest function costs, from its start to a duplicate."""
    calls, warm_calls = laboratory.stub.calls, laboratory.meter.warm_calls
    with laboratory.life(candidate) as life:
        figures = {"start-up": life.used(), "start-up wall (ms)": life.start_wall}
        calls.clear()
        figures["first invoke"] = life.call(_new(), says=b"202")
        figures["calls, first delivery"] = calls.total()
        seen = [_new() for _ in range(warm_calls)]
        figures["warm"] = statistics.median(life.call(one, says=b"202") for one in seen)
        calls.clear()
        figures["duplicate"] = statistics.median(life.call(one, says=b"202") for one in seen)
        figures["calls, duplicate"] = calls.total() / warm_calls
        figures["peak memory (MB)"] = life.peak()
    figures["start-up and first invoke"] = figures["start-up"] + figures["first invoke"]
    return figures


def restore_figures(builder: Builder, laboratory: Laboratory) -> Figures:
    """What the ingest function itself does after a restore from a snapshot of its start."""
    told = {**laboratory.variables, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with replace(laboratory, variables=told).life(ingest(builder)) as life:
        renewed = life.used() - life.before_snapshot
        return {"after a restore, in % of a start": 100 * renewed / life.before_snapshot}


def large_body_figures(builder: Builder, laboratory: Laboratory) -> Figures:
    """What a warm ingest function uses for its first body that goes to S3, of 250 KB."""
    with laboratory.life(ingest(builder)) as life:
        life.call(_new(), says=b"202")
        stored = laboratory.stub.calls["PutObject"]
        used = life.call(_new(note="x" * 250_000), says=b"202")
        if laboratory.stub.calls["PutObject"] != stored + 1:
            raise Failed("The large body is not in S3.")
        return {"a first large body": used}


def interpreter_figures(meter: Meter) -> Figures:
    """What a bare interpreter uses."""
    command = [*meter.interpreter, "-S", "-c", "print(flush=True); input()"]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    ) as process:
        process.stdout.readline()  # type: ignore[union-attr]
        used = meter.used(process.pid)
        process.communicate(b"\n")
    return {"start-up": used}


def medians(runs: list[Figures]) -> Figures:
    """The median of each figure over several runs."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _new(**fields: str) -> bytes:
    return request(str(uuid.UUID(int=random.getrandbits(128), version=4)), **fields)

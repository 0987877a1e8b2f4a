"""`make saturation`: the idle CPU time and the rates of the laptop run, these beside a bare door's.

The bare door answers 202 to everything and does nothing else, under the server that the laptop run
has as well. The simulator sends to both, at rates that double until the door does not keep up.
"""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("benchmarks.saturation")

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvicorn

from benchmarks.run import laptop_run, load
from inlet.authentication import Credentials
from inlet.entry import event_id_of, is_entry
from inlet.operations.deployment import Deployment
from inlet.operations.send import headers
from inlet.operations.simulate import PATIENCE_SECONDS, PLAYED, Door, door_of
from inlet.operations.timeline import items
from inlet.simulator.journal import Planned
from inlet.simulator.plan import Shares
from inlet.simulator.report import Report
from local.laptop import listen

KEPT_UP = 0.95
"""The share of a rate that is reached where a door keeps up with it."""
PATIENCE_MILLISECONDS = 1000
"""How long the slowest twentieth may take where a door keeps up."""
IDLE_SECONDS = 60
SETTLING_SECONDS = 5
"""How long the work that the last delivery caused may take."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make saturation", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="how long each rate is sent")
    parser.add_argument(
        "--first", type=int, default=25, help="the first rate, in requests a second"
    )
    parser.add_argument("--most", type=int, default=1600, help="the highest rate that is tried")
    parser.add_argument("--environments", default="10", help="processes that a function may have")
    arguments = parser.parse_args()
    rates = list(_doubled(arguments.first, arguments.most))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bare_door() as door:
            print("A bare door")
            bare = sustained(door, rates, seconds=arguments.seconds, folder=folder)
        with laptop_run(folder, "--environments", arguments.environments) as run:
            door = door_of(run.deployment)
            print("The laptop run")
            answered, arrived = travelled(run.deployment, door)
            print(f"one by one: answered in {answered:.0f} ms, in the timeline in {arrived:.0f} ms")
            print(f"idle: {idle(run.pid):.2%} of a core, over {IDLE_SECONDS} s", flush=True)
            ours = sustained(door, rates, seconds=arguments.seconds, folder=folder)
    if bare == 0:
        sys.exit("Not even the bare door kept up: the machine is busy, or --first is too high.")
    print(f"sustained: {ours} a second, {ours / bare:.2f} of the bare door's {bare}")
    print(f"measured on {os.cpu_count()} processors, which the simulator shares")


def travelled(deployment: Deployment, door: Door, deliveries: int = 30) -> tuple[float, float]:
    """How many milliseconds after a POST its answer comes, and its entry is there; medians.

    One delivery after the other, a third more than that before, so that all is started.
    """
    planned = Planned(seed=0, total=20 * deliveries, rate=1, shares=Shares())
    documents = (one for one in planned.sendings() if b"DOCUMENT_STATUS" in one.body)
    times = []
    with httpx.Client(base_url=door.url, timeout=PATIENCE_SECONDS) as client:
        for sending in islice(documents, deliveries + deliveries // 3):
            proof = headers(sending, door.credentials[sending.provider], datetime.now(UTC))
            posted = time.perf_counter()
            answer = client.post(sending.path, content=sending.body, headers=proof)
            answered = time.perf_counter()
            body = json.loads(sending.body)
            _wait(deployment, f"marosa/document/{body['documentId']}", answer.json()["eventId"])
            times.append((answered - posted, time.perf_counter() - posted))
    answers, arrivals = zip(*times[-deliveries:], strict=True)
    return 1000 * statistics.median(answers), 1000 * statistics.median(arrivals)


def idle(pid: int) -> float:
    """Return the share of a core that a process and its children use without load."""
    time.sleep(SETTLING_SECONDS)
    root = psutil.Process(pid)
    processes = [root, *root.children(recursive=True)]
    before = _cpu_seconds(processes)
    time.sleep(IDLE_SECONDS)
    return (_cpu_seconds(processes) - before) / IDLE_SECONDS


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _wait(deployment: Deployment, subject: str, event_id: str) -> None:
    """Wait until an event is in its timeline."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if any(
            is_entry(item) and event_id_of(item) == event_id for item in items(deployment, subject)
        ):
            return
        time.sleep(0.005)
    raise TimeoutError(f"{event_id} did not come to {subject} in {PATIENCE_SECONDS} s")


def _doubled(first: int, most: int) -> Iterator[int]:
    rate = first
    while rate <= most:
        yield rate
        rate *= 2


def sustained(
    door: Door, rates: list[int], *, seconds: int, folder: Path, warm_up: int = 20
) -> int:
    """The highest of some rates that a door keeps up with, 0 for none; each is printed.

    `seconds` is how long each is sent, after `warm_up` seconds of the first: the processes of
    functions are started by then.
    """
    warm = Planned(seed=0, total=rates[0] * warm_up, rate=rates[0], shares=Shares())
    load(door, warm, folder / f"{time.monotonic_ns()}")
    best = 0
    for rate in rates:
        planned = Planned(seed=rate, total=rate * seconds + 1, rate=rate, shares=Shares())
        report = load(door, planned, folder / f"{time.monotonic_ns()}")
        print(f"asked {rate:5}  {_told(report)}", flush=True)
        if not keeps_up(report, rate):
            break
        best = rate
    return best


def keeps_up(report: Report, rate: int) -> bool:
    """Whether a door took everything, at the rate that was asked for, and soon."""
    slowest = report.latency(95)
    return (
        report.accepted + report.duplicates == report.sent == report.attempts
        and report.rate >= KEPT_UP * rate
        and slowest is not None
        and slowest <= PATIENCE_MILLISECONDS
    )


def _told(report: Report) -> str:
    latency = "  ".join(f"p{p} {report.latency(p)} ms" for p in (50, 95, 99))
    taken = (report.accepted + report.duplicates) / report.sent
    return f"reached {report.rate:7.1f}  {latency}  2xx {taken:.1%}"


async def _bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the body, and answer 202."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = b'{"eventId": "any", "status": "accepted"}'
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _serve(listener: socket.socket) -> None:
    server = uvicorn.Server(uvicorn.Config(_bare, http="h11", log_config=None, lifespan="off"))
    asyncio.run(server.serve(sockets=[listener]))


@contextmanager
def bare_door() -> Iterator[Door]:
    """A door in a process of its own that takes everything and does nothing with it."""
    with listen(0) as listener:
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(listener,))
        process.start()
        any_of_them = Credentials.parse('{"generated": "any"}', "anybody")
        try:
            yield Door(
                url=f"http://127.0.0.1:{listener.getsockname()[1]}",
                credentials=dict.fromkeys(PLAYED, any_of_them),
            )
        finally:
            process.kill()
            process.join()

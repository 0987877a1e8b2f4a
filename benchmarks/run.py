"""The laptop run as a benchmark starts it, and the load that it puts on it."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inlet.operations.deployment import Deployment, laptop
from inlet.operations.simulate import Door, begin, report_of, simulate
from inlet.simulator.journal import Planned
from inlet.simulator.report import Report
from tests.support.processes import start_laptop

READY_SECONDS = 120
STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Run:
    """A laptop run that is ready: its process, and what an operator's commands work on."""

    pid: int
    deployment: Deployment


@contextmanager
def laptop_run(folder: Path, *arguments: str) -> Iterator[Run]:
    """A laptop run in a folder of its own; what it prints is in `printed` there."""
    where = folder / ".inlet" / "laptop.json"
    process = start_laptop(folder, "--port", "0", *arguments)
    try:
        until = time.monotonic() + READY_SECONDS
        while not where.exists():
            if process.poll() is not None or time.monotonic() > until:
                sys.exit((folder / "printed").read_text())
            time.sleep(0.2)
        yield Run(pid=process.pid, deployment=laptop(where))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def load(door: Door, planned: Planned, journal: Path) -> Report:
    """Send all that is planned; what became of it. The journal stays."""
    begin(journal, planned)
    simulate(door, journal, lambda _: None)
    return report_of(journal)

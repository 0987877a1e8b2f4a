"""Meters: what a process has used so far, told from outside it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Meter:
    """A way to measure: how Python is started for it, and what a process has used of `unit`.

    `warm_calls` is how many calls it takes for a figure, and `patience` how many seconds a start
    may take under it.
    """

    unit: str
    used: Callable[[int], float]
    interpreter: tuple[str, ...] = (sys.executable,)
    warm_calls: int = 20
    patience: int = 10


def cpu_milliseconds(pid: int) -> float:
    """The CPU time of a process, from the kernel's own clock of it, finer than /proc (Linux)."""
    return time.clock_gettime((~pid << 3) | 2) * 1000


CPU = Meter(unit="ms of CPU", used=cpu_milliseconds)


def callgrind(folder: Path) -> Meter:
    """Counts instructions, which are the same in every run. Raises LookupError without valgrind."""
    if not shutil.which("callgrind_control"):
        raise LookupError(
            "--callgrind needs valgrind: install it (apt-get install valgrind on Debian)."
        )

    def millions_of_instructions(pid: int) -> float:
        subprocess.run(  # noqa: S603 - a number
            ["callgrind_control", "--dump", str(pid)],  # noqa: S607 - found above
            # Where valgrind looks for it, in a process that is told of no TMPDIR either.
            env={name: value for name, value in os.environ.items() if name != "TMPDIR"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        lines = (line for dump in folder.glob(f"{pid}.*") for line in dump.read_text().splitlines())
        return sum(int(line.split()[1]) for line in lines if line.startswith("totals:")) / 1e6

    return Meter(
        unit="millions of instructions",
        used=millions_of_instructions,
        interpreter=(
            *("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/%p"),
            sys.executable,
        ),
        warm_calls=3,
        patience=600,
    )

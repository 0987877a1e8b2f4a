"""`make endurance`: the laptop run under a steady load with bursts, while its processes are killed.

Each minute has a steady rate for fifty seconds and a burst in the rest. Meanwhile a process of a
function is killed with SIGKILL again and again, and memory and open files are looked at.
"""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("benchmarks.endurance")

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from benchmarks.run import Run, laptop_run, load
from inlet.operations.simulate import door_of
from inlet.operations.verify import verify
from inlet.simulator.journal import Planned
from inlet.simulator.plan import Shares
from inlet.simulator.report import Report

STEADY_SECONDS = 50
BURST_SECONDS = 10
SHARES = Shares(
    duplicates=0.05,
    simultaneous=0.02,
    reordered=0.05,
    malformed=0.02,
    new_types=0.01,
    wrong_credentials=0.02,
)
LOOK_SECONDS = 5
"""How often memory and open files are looked at."""
OLD_SECONDS = 60
"""From which age on a function's process counts: what it has to load is loaded by then."""
FUNCTION = "a function"


class Watch:
    """What the processes of a laptop run use, by what they are: the most of a kind at each look."""

    def __init__(self, pid: int) -> None:
        self._laptop = psutil.Process(pid)
        self.megabytes: dict[str, list[float]] = defaultdict(list)
        self.files: dict[str, list[int]] = defaultdict(list)

    def look(self) -> None:
        """Note what is used now."""
        used: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for process, kind in self.processes():
            with suppress(psutil.NoSuchProcess):  # it was killed since
                if kind != FUNCTION or time.time() - process.create_time() > OLD_SECONDS:
                    used[kind].append((process.memory_info().rss / 1e6, process.num_fds()))
        for kind, figures in used.items():
            self.megabytes[kind].append(max(memory for memory, _ in figures))
            self.files[kind].append(max(files for _, files in figures))

    def processes(self) -> Iterator[tuple[psutil.Process, str]]:
        """Every process of the run, and what it is."""
        yield self._laptop, "the laptop run"
        for process in self._laptop.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                is_function = "awslambdaric" in process.cmdline()
                yield process, FUNCTION if is_function else "AWS in memory"


class Killer:
    """Kills a process of a function, drawn from a seed."""

    def __init__(self, watch: Watch, seed: int) -> None:
        self._watch = watch
        self._random = random.Random(seed)
        self.kills = 0

    def kill(self) -> None:
        """Kill one, as the machine that it runs on might."""
        functions = [process for process, kind in self._watch.processes() if kind == FUNCTION]
        if functions:
            with suppress(psutil.NoSuchProcess):
                self._random.choice(functions).kill()
                self.kills += 1


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Do something every so many seconds, beside what else is done. Raises what it raises."""
    over = threading.Event()

    def keep_on() -> None:
        while not over.wait(seconds):
            act()

    with ThreadPoolExecutor(1) as thread:
        kept_on = thread.submit(keep_on)
        try:
            yield
        finally:
            over.set()
        kept_on.result()


def main() -> None:
    """Run, print, and exit with 1 where anything was lost or came twice, or nothing was killed."""
    parser = argparse.ArgumentParser(prog="make endurance", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=float, default=5, help="requests a second")
    parser.add_argument("--burst", type=float, default=20, help="requests a second in a burst")
    parser.add_argument("--kill-every", type=float, default=15, help="seconds between two kills")
    parser.add_argument("--environments", default="3", help="processes that a function may have")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = stack.enter_context(laptop_run(folder, "--environments", arguments.environments))
        watch = Watch(run.pid)
        killer = Killer(watch, arguments.seed)
        with every(LOOK_SECONDS, watch.look), every(arguments.kill_every, killer.kill):
            reports = [
                report
                for minute in range(arguments.minutes)
                for report in _minute(run, folder, minute, arguments)
            ]
        _print(reports, watch, killer.kills)
        violations = 0
        for journal in sorted(folder.glob("journal-*")):
            found = verify(run.deployment, journal)
            violations += found.wrong
            for violation in (*found.violations, *found.unsettled):
                print(f"{journal.name}: {violation}")
    print(f"{violations} violations of what was promised")
    sys.exit(1 if violations or not killer.kills else 0)


def _minute(run: Run, folder: Path, minute: int, arguments: argparse.Namespace) -> Iterator[Report]:
    """Steady load and then a burst, and what became of each."""
    parts = ((arguments.rate, STEADY_SECONDS), (arguments.burst, BURST_SECONDS))
    for part, (rate, seconds) in enumerate(parts):
        seed = arguments.seed * 100_000 + minute * 10 + part
        planned = Planned(seed=seed, total=round(rate * seconds), rate=rate, shares=SHARES)
        yield load(door_of(run.deployment), planned, folder / f"journal-{minute:03}-{part}")


def _print(reports: list[Report], watch: Watch, kills: int) -> None:
    names = ("sent", "attempts", "accepted", "duplicates", "unanswered")
    figures = {name: sum(getattr(report, name) for report in reports) for name in names}
    figures["refused"] = sum(report.refused.total() for report in reports)
    figures["processes killed"] = kills
    print(", ".join(f"{figure} {name}" for name, figure in figures.items()))
    for kind, megabytes in watch.megabytes.items():
        files = watch.files[kind]
        print(f"{kind:15} memory {growth(megabytes)} MB   open files {growth(files)}")


def growth(figures: list[float] | list[int]) -> str:
    """The medians of the second and of the last quarter, and their ratio; the first is warm-up."""
    quarter = max(1, len(figures) // 4)
    early = statistics.median(figures[quarter : 2 * quarter] or figures)
    late = statistics.median(figures[-quarter:])
    return f"{early:.0f} → {late:.0f} ({late / early:.2f})"

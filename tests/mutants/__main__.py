"""A sample of mutants, each tried by the tests that run its line: `python -m tests.mutants`.

It works in copies of the tree. Which tests run a line is what a run of the tests has found,
which takes a minute or two and is kept until a file changes.
"""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("tests.mutants.__main__")

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest
from coverage import CoverageData

from tests.mutants.mutate import Mutant, mutants
from tests.support.tree import copy_tree

PROJECT = Path(__file__).parents[2]
COPIES = PROJECT / "build" / "mutants"
CODE = ("functions", "inlet")
LEFT_OUT = ("inlet/cli", "inlet/operations", "inlet/simulator")
"""What only runs on people's machines: what runs in the functions is tried."""
TESTS = (
    "tests/contract",
    *(
        f"tests/unit/test_{name}.py"
        for name in (
            "authentication", "aws_requests", "aws_responses", "body", "canary", "claims", "cli",
            "cli_credentials", "complete_response", "conflicts", "consumer", "consumers",
            "credentials", "delivery", "digiteal", "document", "event_id", "gateway",
            "ingest", "instant", "life_cycle", "machine", "openapi", "patterns", "pitfalls",
            "providers", "quarantine", "refusals", "releases", "remembered", "replay", "sensitive",
            "signature", "subject", "telemetry", "warm_up",
        )
    ),
)  # fmt: skip
"""The tests of the core and the functions: those that search for leaks or play whole attacks take
longer than all of these, and are not needed for it."""
MOST = 30
"""How many tests of other files are tried first."""
JOBS = 2
"""How many mutants are tried at once."""
SECONDS = 600
"""How long the tests of one mutant may take; one that never ends is found too."""


class Tests:
    """Which tests run a line of a file."""

    def __init__(self, found: Path) -> None:
        self._data = CoverageData(str(found))
        self._data.read()
        self._by_line = cache(self._data.contexts_by_lineno)

    def of(self, file: str, line: int) -> list[str]:
        """The tests that are called as the file or its folder, and some that run the line.

        What only an import runs has none of these: the samples of all providers come instead.
        """
        by_line = self._by_line(str(PROJECT / file))
        names = (Path(file).stem, *Path(file).parent.parts)
        own = [test for test in TESTS if any(name.startswith(_about(test)) for name in names)]
        ran = _names(by_line.get(line, [])) or _names(
            c for found in by_line.values() for c in found
        )
        others = sorted(name for name in ran if name.partition("::")[0] not in own)
        return [*own, *(others[:MOST] or ["tests/contract"])]


def _about(test: str) -> str:
    """What a file of tests is called after."""
    return Path(test).stem.removeprefix("test_")


def _names(contexts: Iterable[str]) -> set[str]:
    return {context.rpartition("|")[0] for context in contexts if context}


def main() -> None:
    """Try a sample, and list the mutants that no test noticed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    asked = parser.parse_args()
    shutil.rmtree(COPIES, ignore_errors=True)
    tests, found = Tests(_coverage()), list(_found())
    sample = Random(asked.seed).sample(found, min(asked.count, len(found)))  # noqa: S311
    _say(f"{len(found)} mutants, of which {len(sample)} are tried with seed {asked.seed}")
    _warm_up()
    with ProcessPoolExecutor(JOBS, get_context("fork"), _begin) as jobs:
        named = [tests.of(file, mutant.line) for file, mutant in sample]
        if jobs.submit(_fails, TESTS).result():
            sys.exit("the tests fail as the code is")
        files, sources = zip(*((file, mutant.source()) for file, mutant in sample), strict=True)
        killed = []
        for (file, mutant), is_killed in zip(
            sample, jobs.map(_is_killed, files, sources, named), strict=True
        ):
            killed.append(is_killed)
            if len(killed) % 50 == 0:
                _say(f"{sum(killed)} of {len(killed)} killed so far")
            if not is_killed:
                where = f"{len(killed):4}  {file}:{mutant.line}"
                _say(f"{where}  {mutant.was}  ->  {mutant.now}")
    _say(f"{sum(killed)} of {len(killed)} killed, {100 * sum(killed) / len(killed):.1f} %")


def _found() -> Iterator[tuple[str, Mutant]]:
    """Every mutant there is, and the file it is of."""
    for file in sorted(file for part in CODE for file in (PROJECT / part).rglob("*.py")):
        name = str(file.relative_to(PROJECT))
        if not name.startswith(LEFT_OUT):
            for mutant in mutants(file.read_text()):
                yield name, mutant


def _begin() -> None:
    """Make a copy of the tree, which a job can make wrong, and work in it."""
    copy = COPIES / str(os.getpid())
    copy_tree(copy)
    os.chdir(copy)
    sys.path.insert(0, str(copy))


def _coverage() -> Path:
    """What the unit tests run, line by line; measured anew where it is older than the tree."""
    kept = PROJECT / "build" / "mutants.coverage"
    newest = max(
        file.stat().st_mtime for part in (*CODE, "tests") for file in (PROJECT / part).rglob("*.py")
    )
    if not kept.exists() or kept.stat().st_mtime < newest:
        _say("which tests run which lines is found out first")
        options = [
            "-q",
            "--numprocesses",
            "2",
            "--cov",
            "--cov-context=test",
            "--cov-report=",
            "--cov-fail-under=0",
        ]
        found = kept.with_suffix(".partial")
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *TESTS],
            cwd=PROJECT,
            env=os.environ | {"COVERAGE_FILE": str(found)},
            check=False,
        )
        if ran.returncode:
            sys.exit("the tests fail as the code is")
        found.rename(kept)
    return kept


def _warm_up() -> None:
    """Import what all tests import, once: each mutant is tried in a fork of this process.

    Of ours, what is imported here is forgotten again; what it imports from others is not.
    """
    import moto.server  # noqa: F401, PLC0415
    from hypothesis import settings  # noqa: PLC0415

    import functions.canary.handler  # noqa: PLC0415
    import functions.consumer.handler  # noqa: PLC0415
    import functions.ingest.handler  # noqa: F401, PLC0415
    import inlet.operations.send  # noqa: F401, PLC0415
    import local.data_planes  # noqa: F401, PLC0415

    # A slow machine is no failure, and the same sample has the same result.
    settings.register_profile("mutants", deadline=None, derandomize=True, database=None)
    settings.load_profile("mutants")


def _is_killed(file: str, source: str, tests: Sequence[str]) -> bool:
    """Whether a test notices that a file is wrong."""
    there = Path(file)
    right = there.read_text()
    for cached in there.parent.glob(f"__pycache__/{there.stem}.*.pyc"):
        cached.unlink()
    there.write_text(source)
    try:
        # Most are noticed by the first few; what is not meets all the others.
        return _fails(tests) or _fails(TESTS)
    finally:
        there.write_text(right)


def _fails(tests: Sequence[str]) -> bool:
    """Whether one of some tests fails, or they do not end."""
    if not tests:
        return False
    child = os.fork()
    if child == 0:
        try:
            _run(tests)
        finally:
            os._exit(1)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != pytest.ExitCode.OK
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _run(tests: Sequence[str]) -> None:
    """Run tests and end this process, which is a fork."""
    os.setsid()
    # This module came with the tree as it is; what comes from now on is of the copy.
    for name in [*sys.modules]:
        if name.partition(".")[0] in {"functions", "inlet", "infrastructure", "local", "tests"}:
            del sys.modules[name]
    sys.dont_write_bytecode = True
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os._exit(
        pytest.main(
            ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:cov", "--assert=plain", *tests]
        )
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()

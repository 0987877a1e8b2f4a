"""No program ends in a traceback because of Ctrl-C, or because its output fails."""

import os
import signal
import sys
import types
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from inlet.cli import app
from inlet.cli.face import out
from inlet.cli.program import run
from tests.support.processes import completed

PROJECT = Path(__file__).parents[2]
PROGRAMS = (
    "from inlet.cli import app; app()",
    "runpy.run_path('app.py', run_name='__main__')",
    *(
        f"runpy.run_module('{module}', run_name='__main__')"
        for module in (
            "local", "cost", "cost.capacity", "tests.conformance", "tests.faults", "tests.mutants",
            "benchmarks", "benchmarks.saturation", "benchmarks.endurance", "tests.measure_bodies",
        )
    ),
)  # fmt: skip
"""How make and people start each program."""


@pytest.fixture(autouse=True)
def sigint() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def full() -> TextIOWrapper:
    return Path("/dev/full").open("w", encoding="utf-8")


def without_a_reader() -> TextIOWrapper:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def closed() -> None:
    return None


def ended(
    monkeypatch: pytest.MonkeyPatch,
    program: Callable[[], Any],
    *,
    stdout: TextIOWrapper | None,
    stderr: TextIOWrapper | None,
) -> Any:
    """Run a program with these outputs, and close them: the exit code.

    To close an output is to write what was not written yet, as Python does when it exits.
    """
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stdout)
        patched.setattr(sys, "stderr", stderr)
        patched.setattr(os, "_exit", sys.exit)
        try:
            program()
        except SystemExit as end:
            return end.code
        finally:
            sys.stdout.close()
            sys.stderr.close()


def running(monkeypatch: pytest.MonkeyPatch, main: Callable[[], Any]) -> Callable[[], None]:
    """Return a program that has this main function."""
    module = types.ModuleType("a_program")
    module.main = main  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_program", module)
    return lambda: run("a_program")


def say(text: str) -> Callable[[], None]:
    return lambda: print(text)  # noqa: T201


@pytest.mark.parametrize(
    ("stdout", "told"),
    [
        (full, "Could not write the output: No space left on device.\n"),
        (closed, "Could not write the output: Bad file descriptor.\n"),
        (without_a_reader, ""),
    ],
)
def test_an_output_that_fails_is_exit_code_1_and_a_sentence_or_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stdout: Callable[[], TextIOWrapper | None],
    told: str,
) -> None:
    err = tmp_path / "err"
    program = running(monkeypatch, say("text"))
    assert ended(monkeypatch, program, stdout=stdout(), stderr=err.open("w")) == 1
    assert err.read_text() == told


@pytest.mark.parametrize("stderr", [full, closed])
def test_standard_error_may_fail_too(
    monkeypatch: pytest.MonkeyPatch, stderr: Callable[[], TextIOWrapper | None]
) -> None:
    program = running(monkeypatch, say("text"))
    assert ended(monkeypatch, program, stdout=full(), stderr=stderr()) == 1


def test_characters_that_an_output_cannot_encode_are_json_escapes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ended(
        monkeypatch,
        running(monkeypatch, say("aé€😀\ud800")),
        stdout=out.open("w", encoding="ascii"),
        stderr=full(),
    )
    assert out.read_text() == "a\\u00e9\\u20ac\\ud83d\\ude00\\ud800\n"


def raising(error: BaseException) -> Callable[[], None]:
    def main() -> None:
        raise error

    return main


@pytest.mark.parametrize(
    ("main", "code"),
    [
        (lambda: None, None),
        (lambda: 2, 2),
        (raising(SystemExit(3)), 3),
        (raising(KeyboardInterrupt()), 130),
    ],
)
def test_the_exit_code_is_that_of_the_main_function(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, main: Callable[[], Any], code: int | None
) -> None:
    program = running(monkeypatch, main)
    err = (tmp_path / "err").open("w")
    assert ended(monkeypatch, program, stdout=full(), stderr=err) == code
    assert (tmp_path / "err").read_text() == ""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_that_is_not_of_an_output_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    program = running(monkeypatch, raising(FileNotFoundError(2, "No such file")))
    with pytest.raises(FileNotFoundError):
        ended(monkeypatch, program, stdout=full(), stderr=full())


INTERRUPTED = """
import os, runpy, signal, sys

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name in {"argparse", "aws_cdk", "cost.delivery", "functions", "typer"}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
"""


@pytest.mark.parametrize("start", PROGRAMS)
def test_ctrl_c_during_the_imports_of_a_program_is_silent(start: str) -> None:
    ended = completed(sys.executable, "-c", INTERRUPTED + start, cwd=PROJECT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize("shell", [">/dev/full 2>&1", ">&-", "2>&- >/dev/full", "| false"])
def test_python_has_nothing_to_say_about_an_output_when_it_exits(shell: str) -> None:
    program = "from inlet.cli.program import run; run('builtins', 'print')"
    command = f'set -o pipefail; {sys.executable} -c "{program}" {shell}'
    ended = completed("bash", "-c", command, cwd=PROJECT)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr in {"", "Could not write the output: Bad file descriptor.\n"}


@pytest.mark.parametrize("verb", [["--help"], ["openapi"], ["catalogue"], ["catalogue", "--json"]])
def test_a_verb_whose_output_is_full_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["inlet", *verb])
    err = tmp_path / "err"
    assert ended(monkeypatch, app, stdout=full(), stderr=err.open("w")) == 1
    assert err.read_text() == "Could not write the output: No space left on device.\n"
    with out.capture():
        pass  # it empties the buffer, which the next test would print


def test_help_is_printed_where_its_characters_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["inlet", "send", "--help"])
    out = tmp_path / "out"
    assert ended(monkeypatch, app, stdout=out.open("w", encoding="ascii"), stderr=full()) == 0
    assert "whsec_\\u2026" in out.read_text()

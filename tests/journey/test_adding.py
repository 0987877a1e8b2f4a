"""Adding a provider and a consumer, as the docs say, in a copy of the repository."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.journey.conftest import PAGES
from tests.support.processes import PROJECT, Completed, completed
from tests.support.tree import copy_tree

pytestmark = pytest.mark.exhaustive

STEP = re.compile(r"`([\w/.-]+\.(?:py|json))`|```(\w+)\n(.*?)```", re.DOTALL)
"""A file that a page names, or a block of a language, which is about the file named last."""

Run = Callable[[str], Completed]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository of its own with every file of this one."""
    folder = tmp_path / "copy"
    copy_tree(folder)
    for command in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=folder, check=True)
    return folder


@pytest.fixture
def run(copy: Path) -> Run:
    """Runs a command as the docs write it, in the copy and with this environment."""
    ours = ("PYTEST", "COV")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(ours)}
    environment |= {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(copy.parent),  # apart from that of the tests that run now
    }

    def run(command: str) -> Completed:
        ours = command.replace(".venv/bin", str(Path(sys.executable).parent))
        return completed("/bin/sh", "-c", ours, cwd=copy, env=environment, timeout=300)

    return run


def test_a_provider_and_its_consumer_are_added_as_the_docs_say(copy: Path, run: Run) -> None:
    steps = [step for page in PAGES for step in _steps(page)]
    new_provider, catalogue, openapi = [
        line
        for language, _, block in steps
        if language == "sh"
        for line in block.splitlines()
        if line.startswith(".venv/bin/inlet")
    ]
    _write(copy, [step for step in steps if step[0] == "json"])
    _passes(run(new_provider))

    unfinished = run(".venv/bin/python -m pytest -p no:cacheprovider tests/contract")
    assert unfinished.returncode == 1
    for sentence in (
        'inlet/providers/acme/catalogue.py, line 5, is left to decide: KIND = "TODO"',
        "inlet/providers/acme/models.py, line 1, is left to decide:",
        "inlet/providers/acme/read.py, line 1, is left to decide:",
        "inlet/providers/acme/setup.py, line 1, is left to decide:",
        "inlet/providers/acme/signature.py, line 1, is left to decide:",
        "parcel.lost of acme goes nowhere: no consumer takes the kind 'TODO'",
        "events/acme/parcel.lost.json has no answer: write what it should be answered.",
        'answer and events, to be written down if right: [{"status": 202,',
    ):
        assert sentence in unfinished.stdout

    _write(copy, [step for step in steps if step[0] in {"python", "diff"}])
    _passes(run(catalogue))
    _passes(run(openapi))
    _obeys_the_house(run)
    unit = " ".join(f"tests/unit/test_{name}.py" for name in ("cli", "consumers", "providers"))
    tests = f"tests/contract tests/architecture {unit}"
    covered = "--cov=inlet/providers/acme"
    _passes(run(f".venv/bin/python -m pytest -p no:cacheprovider {tests} {covered}"))
    run("git add --intent-to-add --all")
    assert run("git diff --name-only").stdout.splitlines() == [
        "docs/reference/events.md",
        "docs/reference/openapi.json",
        "events/acme/parcel.lost.json",
        "inlet/consumers/__init__.py",
        "inlet/consumers/parcels.py",
        "inlet/providers/__init__.py",
        "inlet/providers/acme/__init__.py",
        "inlet/providers/acme/catalogue.py",
        "inlet/providers/acme/models.py",
        "inlet/providers/acme/read.py",
        "inlet/providers/acme/setup.py",
        "inlet/providers/acme/signature.py",
    ]


RECORDINGS = {
    "bare": {"type": "lost", "parcel": {"id": 7, "class": None}, "sizes": [{"a-b": 1}, {"id": ""}]},
    "headed": {"headers": {"X-Event": "lost", "X-Hmac": "A" * 43 + "="}, "body": {"note": "a"}},
    "unnamed --type LOST": {"date": "2025-03-31", "copy": [], "Field": {"Body": {"id": "1"}}},
}


def test_what_is_written_obeys_the_house_whatever_was_recorded(copy: Path, run: Run) -> None:
    for arguments, recorded in RECORDINGS.items():
        (copy / "recorded.json").write_text(json.dumps(recorded))
        _passes(run(f".venv/bin/inlet new-provider --from recorded.json {arguments}"))
    _obeys_the_house(run)
    _passes(run(".venv/bin/lint-imports"))


def _obeys_the_house(run: Run) -> None:
    for check in (
        "ruff format --check .",
        "ruff check .",
        "mypy --package inlet.providers --package inlet.consumers",
    ):
        _passes(run(f".venv/bin/python -m {check}"))


def _steps(page: str) -> Iterator[tuple[str, str, str]]:
    """The blocks of a page: their language, the file that was named last before, and their text."""
    named = ""
    for file, language, block in STEP.findall((PROJECT / page).read_text()):
        if file:
            named = file
        else:
            yield language, named, block


def _write(copy: Path, steps: Iterable[tuple[str, str, str]]) -> None:
    """Write whole files, and change those of which a page shows lines."""
    for language, file, block in steps:
        text = block
        if language == "diff":
            before, after = (
                "".join(line[1:] for line in block.splitlines(keepends=True) if line[0] != sign)
                for sign in "+-"
            )
            written = (copy / file).read_text()
            assert written.count(before) == 1, f"{file} has not once: {before}"
            text = written.replace(before, after)
        (copy / file).write_text(text)


def _passes(done: Completed) -> None:
    assert done.returncode == 0, f"{done.args}\n{done.stdout}{done.stderr}"

"""The house is as its plan says: who may import whom, and what the core may ask for."""

import ast
import re
import sys
from pathlib import Path

import pytest

from inlet.refusals import Refusal
from tests.support.processes import completed

PROJECT = Path(__file__).parent.parent.parent
CORE = sorted(
    file
    for file in (PROJECT / "inlet").rglob("*.py")
    if not {"cli", "operations"} & set(file.relative_to(PROJECT).parts)
)


def test_the_import_rules_hold() -> None:
    linted = completed(Path(sys.executable).parent / "lint-imports", cwd=PROJECT)
    assert linted.returncode == 0, linted.stdout
    assert "7 kept, 0 broken" in linted.stdout


def test_every_file_of_the_core_is_under_the_import_rules() -> None:
    rules = (PROJECT / "pyproject.toml").read_text()
    top = {file.relative_to(PROJECT / "inlet").parts[0].removesuffix(".py") for file in CORE}
    missing = [name for name in top - {"__init__"} if f'"inlet.{name}"' not in rules]
    assert missing == []


ASKS_FOR_THE_WORLD = {"now", "today", "utcnow", "environ", "getenv", "open", "read_text", "uuid4"}


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(PROJECT)))
def test_the_core_asks_for_no_clock_environment_or_file(file: Path) -> None:
    assert _names(file.read_text()) & ASKS_FOR_THE_WORLD == set()


def test_what_asks_for_the_world_is_found() -> None:
    assert "now" in _names("import datetime\ndatetime.datetime.now()")
    assert "environ" in _names("from os import environ")


def _names(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                names.add(name)
            case ast.ImportFrom(names=imported):
                names |= {alias.name for alias in imported}
    return names


def test_only_the_handlers_read_the_environment() -> None:
    readers = {
        str(file.relative_to(PROJECT))
        for file in (PROJECT / "functions").rglob("*.py")
        if "environ" in _names(file.read_text())
    }
    assert readers == {
        "functions/__init__.py",  # whether it is in Lambda, before anything else is imported
        "functions/ingest/handler.py",
        "functions/ingest/publish.py",  # the trace, which the runtime sets for each invocation
        "functions/runtime/endpoint.py",  # AWS's own variables, and the trace
        "functions/consumer/handler.py",
        "functions/canary/handler.py",
    }


def test_each_refusal_has_its_own_status() -> None:
    statuses = [kind.status for kind in Refusal.__subclasses__()]
    assert len(statuses) == len(set(statuses))


def test_no_module_imports_from_a_test_module() -> None:
    files = [*PROJECT.glob("tests/**/*.py"), *PROJECT.glob("benchmarks/*.py")]
    imported = re.compile(r"^(?:from|import) tests\.(?:\w+\.)*test_", re.MULTILINE)
    assert [file.name for file in files if imported.search(file.read_text())] == []

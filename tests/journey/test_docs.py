"""The documentation is true: its commands run, its figures add up, its links lead somewhere."""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journey.conftest import PAGES as FOLLOWED_IN_A_COPY
from tests.journey.conftest import Journey, eventually
from tests.support.processes import PROJECT, completed
from tests.support.samples import sample

PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """Every fenced block of a language, with the page it stands on."""
    return [
        (str(page.relative_to(PROJECT)), text)
        for page in PAGES
        for found, text in BLOCK.findall(page.read_text())
        if found == language
    ]


COMMANDS = [(page, line) for page, text in blocks("sh") for line in text.splitlines() if line]


@pytest.mark.parametrize(
    "command", sorted({line for _, line in COMMANDS if line.startswith("make")})
)
def test_a_make_command_of_the_docs_is_there(command: str) -> None:
    python = f"PYTHON={sys.executable}"  # make need not search for one
    planned = completed(*shlex.split(command), "-n", python, cwd=PROJECT)
    assert planned.returncode == 0, planned.stderr


@pytest.mark.exhaustive
def test_the_inlet_commands_of_the_docs_run_in_their_order(journey: Journey) -> None:
    commands = [
        line
        for page, line in COMMANDS
        if line.startswith(".venv/bin/inlet") and page not in FOLLOWED_IN_A_COPY
    ]
    assert len(commands) > 8
    for command in commands:
        arguments = shlex.split(command)[1:]

        def done(arguments: list[str] = arguments) -> bool:
            return journey.inlet(*arguments).returncode == 0

        assert eventually(done), command


def test_no_command_of_the_docs_goes_untested() -> None:
    assert [c for c in COMMANDS if not c[1].startswith(("make ", ".venv/bin/inlet "))] == []


@pytest.mark.parametrize(("page", "text"), blocks("json"), ids=str)
def test_a_json_example_is_json(page: str, text: str) -> None:
    assert json.loads(text), page


def test_the_event_in_the_docs_is_the_samples() -> None:
    shown = json.loads(BLOCK.findall((PROJECT / "docs/subscribing.md").read_text())[0][1])
    assert shown == sample("marosa", "DOCUMENT_STATUS_CHANGED").event


def test_a_subscribers_function_reads_the_fields_of_an_event() -> None:
    (code,) = (text for page, text in blocks("python") if page == "docs/subscribing.md")
    written: dict[str, Any] = {}
    exec(code, written)  # noqa: S102 - it is ours
    shown = sample("marosa", "DOCUMENT_STATUS_CHANGED")
    assert shown.event is not None
    assert written["handler"](shown.event, None) == shown.request["body"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_within_the_docs_lead_somewhere(page: Path) -> None:
    targets = [t for t in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in t]
    missing = [t for t in targets if not leads_somewhere(page, *t.partition("#")[::2])]
    assert missing == []


def leads_somewhere(page: Path, file: str, heading: str) -> bool:
    """Whether a link on a page is to a file that there is, and to a heading on it."""
    target = page.parent / file if file else page
    if not target.exists() or not heading:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_every_flag_is_explained_to_subscribers() -> None:
    source = "".join(file.read_text() for file in (PROJECT / "inlet").rglob("*.py"))
    words = "assumed|unreadable|unusual|implausible|no-subject|type"
    flags = set(re.findall(rf'"((?:{words})-[a-z-]+|received-time)"', source))
    assert flags == {
        "assumed-zone",
        "received-time",
        "unreadable-time",
        "unusual-time",
        "implausible-time",
        "no-subject-id",
        "type-mismatch",
    }
    explained = (PROJECT / "docs/subscribing.md").read_text()
    assert [flag for flag in flags if f"`{flag}`" not in explained] == []

"""The page that says what is stored where, held against what is."""

import re
from dataclasses import fields
from fnmatch import fnmatchcase

from infrastructure.stages import Stage
from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.stores import SAYS_ITS_KEY
from tests.infrastructure.template import Template

PAGE = (PROJECT / "docs" / "security.md").read_text()
SECTION = PAGE.partition("## What is stored where\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SECTION.splitlines()
    if line.startswith("|")
][2:]
NAMES = [row[1].strip("`") for row in ROWS]


def stores(template: Template) -> set[str]:
    return {name for kind in SAYS_ITS_KEY for name in template.all(kind.removeprefix("AWS::"))}


def test_every_store_is_on_the_page(template: Template) -> None:
    missing = [store for store in stores(template) if not any(fnmatchcase(store, n) for n in NAMES)]
    assert missing == []


def test_every_store_on_the_page_is_there(template: Template) -> None:
    gone = [n for n in NAMES if not any(fnmatchcase(store, n) for store in stores(template))]
    assert gone == []


def test_the_page_says_everything_of_each_store() -> None:
    assert len(ROWS) == 15
    assert [row for row in ROWS if len(row) != 6 or not all(row)] == []


def test_the_values_that_say_how_long_are_those_of_a_stage() -> None:
    said = set(re.findall(r"`([a-z]+_[a-z_]+)`", SECTION))
    assert said == {"remember_days", "archive_retention", "quarantine_retention", "log_retention"}
    assert said <= {field.name for field in fields(Stage)}

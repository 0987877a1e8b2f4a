"""A stored template belongs to the sources and the values that it was synthesized from."""

import time
from pathlib import Path

import pytest
from aws_cdk import Duration

import tests.support.stored
from tests.infrastructure.conftest import template_of
from tests.support.synthesis import sources


def test_sources_have_the_same_hash_until_one_is_edited() -> None:
    now = time.time()
    assert sources(now) == sources(now)
    assert sources(started=0) != sources(started=0)


def test_a_stored_template_is_that_of_its_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def retention(days: int) -> int:
        template = template_of(archive_retention=Duration.days(days))
        (archive,) = template.all("Events::Archive").values()
        return int(archive["RetentionDays"])

    monkeypatch.setattr(tests.support.stored, "PROJECT", tmp_path)
    assert [retention(days) for days in (14, 15, 14)] == [14, 15, 14]

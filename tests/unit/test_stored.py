"""A stored result is computed once for the same inputs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import stored as module
from tests.support.stored import stored


@pytest.fixture
def computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The results that were computed, in a project of the test's own."""
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    return []


def compute(computed: list[str], result: str) -> Callable[[], Any]:
    def called() -> str:
        computed.append(result)
        return result

    return called


def test_same_inputs_are_computed_once(computed: list[str]) -> None:
    for _ in range(2):
        assert stored("text", [b"one"], ["pytest"], compute(computed, "first")) == "first"
    assert computed == ["first"]


def test_other_inputs_kinds_and_distributions_are_computed_apart(computed: list[str]) -> None:
    stored("text", [b"ab", b"c"], ["pytest"], compute(computed, "first"))
    stored("text", [b"a", b"bc"], ["pytest"], compute(computed, "second"))
    stored("other", [b"ab", b"c"], ["pytest"], compute(computed, "third"))
    stored("text", [b"ab", b"c"], ["pytest", "ruff"], compute(computed, "fourth"))
    assert computed == ["first", "second", "third", "fourth"]


def test_an_exception_is_raised_and_not_stored(computed: list[str]) -> None:
    def fail() -> None:
        raise ValueError("not now")

    for _ in range(2):
        with pytest.raises(ValueError, match="not now"):
            stored("text", [b"one"], [], fail)
    assert stored("text", [b"one"], [], compute(computed, "at last")) == "at last"

"""What was compiled ahead is taken, and all else compiled as ever."""

import _sre  # type: ignore[import-not-found]
import collections
import dataclasses
import marshal
import re
from collections.abc import Iterator
from pathlib import Path
from re import _compiler  # type: ignore[attr-defined]
from typing import Any

import pytest

from functions import ahead

PATTERN = r"known to (\w+) (?P<who>\d{2}) of this test"


@pytest.fixture(autouse=True)
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is changed for good is undone after the test."""
    monkeypatch.setattr(_compiler, "compile", _compiler.compile)
    monkeypatch.setitem(vars(dataclasses), "exec", exec)
    monkeypatch.setitem(vars(collections), "eval", eval)
    re.purge()
    yield
    re.purge()


def given(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, ...]:
    """What the engine of `re` is given for the pattern, and not told again."""
    seen: list[tuple[Any, ...]] = []

    class Engine:
        def __getattr__(self, name: str) -> Any:
            return getattr(_sre, name)

        def compile(self, _: str, flags: int, code: list[int], *more: Any) -> Any:
            groups, names, numbers = more
            seen.append((flags, [int(n) for n in code], groups, dict(names), tuple(numbers)))
            return _sre.compile(PATTERN, flags, code, *more)

    re.purge()
    with monkeypatch.context() as patched:
        patched.setattr(_compiler, "_sre", Engine())
        re.compile(PATTERN, re.ASCII)
    re.purge()
    return seen[0]


def test_an_expression_that_is_known_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = re.compile(PATTERN, re.ASCII)
    file = tmp_path / "ahead.marshal"
    known = {(PATTERN, int(re.ASCII)): given(monkeypatch)}
    file.write_bytes(marshal.dumps((_sre.MAGIC, known, {}), 2))
    unknown: list[str] = []
    as_ever = _compiler.compile

    def compiled(pattern: str, flags: int) -> Any:
        unknown.append(pattern)
        return as_ever(pattern, flags)

    monkeypatch.setattr(_compiler, "compile", compiled)
    ahead.take(file)
    taken = re.compile(PATTERN, re.ASCII)
    assert unknown == []
    assert taken == right  # of expressions, this compares what the engine was given
    assert taken.match("known to me 42 of this test").groupdict() == {"who": "42"}  # type: ignore[union-attr]
    with_other_flags = re.compile(PATTERN)
    assert unknown == [PATTERN]
    assert with_other_flags.flags == re.UNICODE


def test_methods_that_are_known_are_not_compiled(tmp_path: Path) -> None:
    texts: dict[str, Any] = {}

    def make() -> Any:
        @dataclasses.dataclass(frozen=True)
        class Made:
            known: int

        pair: Any = collections.namedtuple("pair", ["known", "other"])
        return Made(1), pair(1, 2)

    def noting(run: Any, mode: str) -> Any:
        return lambda text, *names: run(texts.setdefault(text, compile(text, mode, mode)), *names)

    vars(dataclasses)["exec"] = noting(exec, "exec")
    vars(collections)["eval"] = noting(eval, "eval")
    right = make()
    file = tmp_path / "ahead.marshal"
    file.write_bytes(marshal.dumps((_sre.MAGIC, {}, texts), 2))
    del vars(dataclasses)["exec"], vars(collections)["eval"]
    ahead.take(file)
    one, pair = make()
    assert (repr(one), pair) == (repr(right[0]), right[1])
    assert hash(one) == hash(right[0])
    # Whose code it is, shows in the name of its file.
    assert type(one).__init__.__code__.co_filename == "exec"
    assert type(pair).__new__.__code__.co_filename == "eval"
    other: Any = collections.namedtuple("other", ["unknown"])
    assert other(3).unknown == 3


@pytest.mark.parametrize("engine", [None, _sre.MAGIC + 1])
def test_without_a_file_or_with_one_for_another_engine_all_is_compiled_as_ever(
    tmp_path: Path, engine: int | None
) -> None:
    file = tmp_path / "ahead.marshal"
    if engine:
        file.write_bytes(marshal.dumps((engine, {}, {}), 2))
    before = _compiler.compile
    ahead.take(file)
    assert _compiler.compile is before
    assert vars(dataclasses)["exec"] is exec

"""Rehearsal: a start of the functions while their bundle is made, run by the Python it is for.

`python rehearsal.py BUNDLE IMPORTABLE` writes to standard output what Python compiled from text in
it, as functions/ahead.py takes it. IMPORTABLE has the distributions of the bundle that are machine
code, for this machine. It stands by itself: that Python has nothing of the project's.
"""

import _sre  # type: ignore[import-not-found]
import collections
import dataclasses
import marshal
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from re import _compiler  # type: ignore[attr-defined]
from types import CodeType, SimpleNamespace
from typing import Any

Expressions = dict[tuple[str | bytes, int], tuple[Any, ...]]
"""What the engine is given, by the pattern and its flags."""
Texts = dict[str, CodeType]


def main() -> None:
    """Rehearse, and write."""
    bundle, importable = sys.argv[1:]
    sys.path[:0] = [importable, bundle]
    expressions: Expressions = {}
    texts: Texts = {}
    _note_expressions(expressions)
    _note_texts(texts)
    for handler in sorted(Path(bundle).glob("functions/*/handler.py")):
        import_module(f"functions.{handler.parent.name}.handler")
    noted = (_sre.MAGIC, *(dict(sorted(made.items(), key=repr)) for made in (expressions, texts)))
    # Later versions of the format tell what is shared in memory, which differs from run to run.
    sys.stdout.buffer.write(marshal.dumps(noted, 2))


def _note_expressions(made: Expressions) -> None:
    compile_expression = _compiler.compile

    def compiled(pattern: str | bytes, flags: int = 0) -> "re.Pattern[Any]":
        def note(
            _: object,
            all_flags: int,
            code: Iterable[int],
            groups: int,
            names: Mapping[str, int],
            numbers: Iterable[str | None],
        ) -> "re.Pattern[Any]":
            plain = [int(number) for number in code]
            given = (int(all_flags), plain, groups, dict(names), tuple(numbers))
            made[pattern, int(flags)] = given
            return _sre.compile(pattern, *given)  # type: ignore[no-any-return]

        _compiler._sre = SimpleNamespace(**{**vars(_sre), "compile": note})  # noqa: SLF001
        return compile_expression(pattern, flags)  # type: ignore[no-any-return]

    _compiler.compile = compiled


def _note_texts(made: Texts) -> None:
    def noting(run: Callable[..., Any], mode: str) -> Callable[..., Any]:
        def noted(text: str, *names: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever it gives
            made[text] = compile(text, "<string>", mode)
            return run(made[text], *names)

        return noted

    vars(dataclasses)["exec"] = noting(exec, "exec")
    vars(collections)["eval"] = noting(eval, "eval")


if __name__ == "__main__":
    main()

"""Ahead: what a start compiles from text, compiled when the bundle was made.

Python keeps the bytecode of modules. What modules give it as text, it compiles at every start:
regular expressions, and the methods of data classes and named tuples.
"""

import _sre  # type: ignore[import-not-found]
import collections
import dataclasses
import marshal
import re
from pathlib import Path
from re import _compiler  # type: ignore[attr-defined]
from typing import Any


def take(file: Path) -> None:
    """Take from a file what is in it, instead of compiling it; all else is compiled as ever.

    There is none where this is no bundle, or one without bytecode.
    """
    if not file.exists():
        return
    engine, expressions, texts = marshal.loads(file.read_bytes())  # noqa: S302 - made by the build
    if engine != _sre.MAGIC:  # what is made of a pattern is for one version of `re`
        return
    compile_expression = _compiler.compile

    def expression(pattern: str | bytes, flags: int = 0) -> "re.Pattern[Any]":
        made = expressions.get((pattern, flags))
        return _sre.compile(pattern, *made) if made else compile_expression(pattern, flags)  # type: ignore[no-any-return]

    def execute(text: str, *names: dict[str, Any]) -> None:
        exec(texts.get(text, text), *names)  # noqa: S102 - what dataclasses does

    def evaluate(text: str, *names: dict[str, Any]) -> object:
        return eval(texts.get(text, text), *names)  # noqa: S307 - what collections does

    _compiler.compile = expression
    # Both look here before they come to the functions of these names that Python has.
    vars(dataclasses)["exec"] = execute
    vars(collections)["eval"] = evaluate

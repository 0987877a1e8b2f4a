"""Log patterns: does a line match what `FilterLogEvents` asks for?

Terms and phrases, and the comparisons of JSON fields, are understood. What is not is refused:
moto would take it for a match.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

from moto.logs.exceptions import InvalidParameterException

from local.json_value import Json

Test = Callable[[str], bool]
"""Says of a line whether it matches."""
Condition = Callable[[Json], bool]
"""Says of a line, read as JSON, whether it matches."""

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([\w.:/@#=;,-]+))')
_WORD = re.compile(
    r'\s*(&&|\|\||[(){}]|!=|<=|>=|[=<>]|"(?:[^"\\]|\\.)*"|\$[\w.\[\]-]+|[\w.*:/@+-]+)'
)
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


class LogPattern:
    """A pattern, as moto asks it. Raises InvalidParameterException where it is not understood."""

    def __init__(self, text: str | None) -> None:
        self.matches = _compiled((text or "").strip())


@cache
def _compiled(text: str) -> Test:
    return _json(text) if text.startswith("{") else _terms(text)


def _terms(text: str) -> Test:
    wanted: dict[str, list[str]] = {"": [], "-": [], "?": []}
    for sign, phrase, word in _split(_TERM, text):
        wanted[sign].append(re.sub(r"\\(.)", r"\1", phrase) or word)
    if not wanted[""] and not wanted["-"] and wanted["?"]:
        return lambda line: any(term in line for term in wanted["?"])
    # Beside terms that must or must not be there, those that may be are of no account.
    return lambda line: (
        all(term in line for term in wanted[""]) and not any(term in line for term in wanted["-"])
    )


def _json(text: str) -> Test:
    words = [word for [word] in _split(_WORD, text)]
    condition = _Conditions(words).whole()

    def test(line: str) -> bool:
        try:
            return condition(json.loads(line))
        except ValueError:
            return False

    return test


def _split(form: re.Pattern[str], text: str) -> list[tuple[str, ...]]:
    found, end = [], 0
    while end < len(text):
        one = form.match(text, end)
        if one is None:
            raise _not_understood(text[end:])
        found.append(tuple(group or "" for group in one.groups()))
        end = one.end()
    return found


class _Conditions:
    """Reads the words of `{ $.a = 1 && ($.b = "x*" || …) }`, one after the other."""

    def __init__(self, words: list[str]) -> None:
        self._words = [*reversed(words)]

    def whole(self) -> Condition:
        self._expect("{")
        condition = self._any()
        self._expect("}")
        if self._words:
            raise _not_understood(self._words[-1])
        return condition

    def _any(self) -> Condition:
        conditions = [self._all()]
        while self._comes("||"):
            conditions.append(self._all())
        return lambda document: any(holds(document) for holds in conditions)

    def _all(self) -> Condition:
        conditions = [self._one()]
        while self._comes("&&"):
            conditions.append(self._one())
        return lambda document: all(holds(document) for holds in conditions)

    def _one(self) -> Condition:
        if self._comes("("):
            condition = self._any()
            self._expect(")")
            return condition
        selector, comparison, value = self._next(), self._next(), self._next()
        if not selector.startswith("$.") or comparison not in _COMPARISONS:
            raise _not_understood(f"{selector} {comparison}")
        path = re.findall(r"\.([\w-]+)|\[(\d+)\]", selector)
        test = _comparison(comparison, value)
        return lambda document: test(_selected(document, path))

    def _next(self) -> str:
        if not self._words:
            raise _not_understood("its end")
        return self._words.pop()

    def _comes(self, word: str) -> bool:
        if self._words and self._words[-1] == word:
            self._words.pop()
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._comes(word):
            raise _not_understood(f"what stands in the place of {word}")


def _selected(document: Json, path: list[tuple[str, str]]) -> Json:
    for name, index in path:
        try:
            document = document[name or int(index)]
        except (IndexError, KeyError, TypeError):
            return None
    return document


def _comparison(comparison: str, value: str) -> Condition:
    number = _number(value)
    if number is not None:
        compare = _COMPARISONS[comparison]
        return lambda found: (
            isinstance(found, (int, float))
            and not isinstance(found, bool)
            and compare(found, number)
        )
    if comparison not in {"=", "!="}:
        raise _not_understood(f"{comparison} {value}")
    text = json.loads(value) if value.startswith('"') else value
    form = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    return lambda found: (
        isinstance(found, str) and (form.fullmatch(found) is not None) == (comparison == "=")
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _not_understood(what: str) -> InvalidParameterException:
    return InvalidParameterException(f"Invalid filter pattern: {what} is not understood.")

"""JSON texts whose numbers keep their digits, which a double would change."""

import json
import re
from decimal import Decimal
from typing import Any


class WrittenNumber(Decimal):
    """A number of a JSON text, with that text as its `str`."""

    def __new__(cls, text: str) -> "WrittenNumber":
        """Return the number that a JSON text has."""
        number = super().__new__(cls, text)
        number._text = text
        return number

    _text: str

    def __str__(self) -> str:
        """Return the text that the number was read from."""
        return self._text


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text, for `dumps` to write with the same digits.

    A number with a fraction or an exponent is a WrittenNumber. Raise ValueError where the text is
    no JSON.
    """
    return json.loads(text, parse_float=WrittenNumber, parse_int=_integer)


def dumps(value: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 - any JSON value
    """Return the JSON text of a value in which numbers may be Decimals: their `str` is written."""
    mark = "\uffff"
    while mark in json.dumps(value, default=_digits, ensure_ascii=False):
        mark += "\uffff"
    text = json.dumps(
        value, default=lambda one: mark + _digits(one), ensure_ascii=False, indent=indent
    )
    return re.sub(f'"{mark}([^"]*)"', r"\1", text)


def member(text: str, name: str) -> str:
    """Return the text of a member of a JSON object, exactly as the object's text has it.

    Of several members with the name it is the last, as for `json.loads`. Raise KeyError where there
    is none. The text must be valid JSON.
    """
    found = None
    position = _SPACE.match(text, text.index("{") + 1).end()  # type: ignore[union-attr]
    while text[position] != "}":
        key, end = _DECODER.raw_decode(text, position)
        start = _SEPARATOR.match(text, end).end()  # type: ignore[union-attr]
        _, end = _DECODER.raw_decode(text, start)
        if key == name:
            found = text[start:end]
        position = _SEPARATOR.match(text, end).end()  # type: ignore[union-attr]
    if found is None:
        raise KeyError(name)
    return found


_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_SEPARATOR = re.compile(r"[ \t\n\r]*[:,]?[ \t\n\r]*")


def _integer(text: str) -> int | WrittenNumber:
    """Return an int, except for `-0`, which an int writes as `0`."""
    return WrittenNumber(text) if text == "-0" else int(text)


def _digits(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return str(value)

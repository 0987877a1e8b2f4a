"""A JSON document: a body that was read strictly, once, and keeps the text it was read from."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inlet.refusals import NotJson, Problem, WrongContract

MAX_DEPTH = 64
"""How deep arrays and objects may nest. Deeper bodies are refused before anything recurses."""

MAX_BRACKETS = 200_000
"""How many `[` and `{` a body may have, in its texts too: each may become an object in memory that
is many times as large as what was sent."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object as sent: its text, its values, and its canonical form.

    Two documents with equal `canonical` are the same body: keys sorted by code point, no white
    space, no escapes that JSON does not ask for, numbers as Python writes them.
    """

    text: str = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    canonical: str = field(repr=False)

    @classmethod
    def parse(cls, body: bytes) -> "Document":
        """Read a body as I-JSON (RFC 7493): UTF-8, finite numbers, no key twice, real characters.

        Raises NotJson, or WrongContract where the document is JSON but not an object.
        """
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotJson(f"The body is not UTF-8: byte {error.start} is not valid.") from None
        if text.count("[") + text.count("{") > MAX_BRACKETS:
            raise NotJson(f"The body has more than {MAX_BRACKETS:,} opening brackets.")
        try:
            data = _DECODER.decode(text)
        except json.JSONDecodeError as error:
            what = error.msg.removesuffix(" at")
            where = f"line {error.lineno}, column {error.colno}"
            raise NotJson(f"The body is not JSON: {what} at {where}.") from None
        except ValueError as error:
            raise NotJson(f"The body is not JSON: {error}.") from None
        except RecursionError:
            raise NotJson(_TOO_DEEP) from None
        if _depth(data) > MAX_DEPTH:
            raise NotJson(_TOO_DEEP)
        canonical = canonical_json(data)
        if not _encodable(canonical):
            raise NotJson("The body has half of a surrogate pair, which is no character.")
        if not isinstance(data, dict):
            raise WrongContract(
                "The body must be a JSON object.", [Problem("", "is not a JSON object")]
            )
        return cls(text=text, data=data, canonical=canonical)


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """The one text of a JSON value, whatever the order of keys and the white space it came in."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


_TOO_DEEP = f"The body nests arrays and objects more than {MAX_DEPTH} deep."


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("an object has the same key twice")
    return values


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python's own limit on digits, whose message speaks of Python
        raise ValueError("a number has too many digits") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_finite,
    parse_int=_integer,
    parse_constant=_no_constant,
)


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """How deep a value nests, without recursion; stops counting just past the limit."""
    level, depth = _containers([value]), 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = _containers(
            child for c in level for child in (c.values() if isinstance(c, dict) else c)
        )
    return depth


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

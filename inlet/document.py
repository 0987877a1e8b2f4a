"""A JSON document: a body that was read strictly, once, and keeps the text it was read from."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any

from inlet.refusals import NotJson, Problem, WrongContract

MAX_DEPTH = 64
"""How deep arrays and objects may nest. Deeper bodies are refused before anything recurses."""

MAX_VALUES = 200_000
"""How many arrays and objects a body may have, and how many commas between its values: each takes
time and memory, and a body has to be parsed long before the function times out. Otherwise every
retry of its sender would time out as well."""

PLAIN_DIGITS = 20
"""Integers of up to so many digits are written out in a canonical text: those of 64 bits."""

NUMBER = "\uffff"
"""Begins each number in a canonical text that is not written out. No accepted string has it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object as sent: its text, its values, and its canonical text.

    In `data`, an integer is an int, and a number with a fraction or an exponent is a Decimal with
    the digits as sent.

    Two documents have equal `canonical` texts if and only if they are the same JSON value: the
    order of keys, white space and escapes do not count, and numbers are equal where their values
    are (300, 300.0 and 3e2), however many digits it takes to see that they differ. A canonical
    text is for hashing and comparing: it is not the JSON of the same value.
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
        _check_counts(text)
        try:
            data = _DECODER.decode(text)
        except json.JSONDecodeError as error:
            what = error.msg.removesuffix(" at")
            where = f"line {error.lineno}, column {error.colno}"
            raise NotJson(f"The body is not JSON: {what} at {where}.") from None
        except InvalidOperation:  # from Decimal
            raise NotJson("The body is not JSON: a number has too large an exponent.") from None
        except ValueError:  # from int: Python's own limit, which is on digits
            raise NotJson("The body is not JSON: a number has too many digits.") from None
        except RecursionError:
            raise NotJson(_TOO_DEEP) from None
        if _depth(data) > MAX_DEPTH:
            raise NotJson(_TOO_DEEP)
        canonical = _canonical(data, text)
        if not isinstance(data, dict):
            raise WrongContract(
                "The body must be a JSON object.", [Problem("", "is not a JSON object")]
            )
        return cls(text=text, data=data, canonical=canonical)

    def canonical_with(self, **members: Any) -> str:  # noqa: ANN401 - any JSON value
        """Return the canonical text that the document has with other values of some members."""
        return _canonical({**self.data, **members}, self.text)


def _check_counts(text: str) -> None:
    """Raise NotJson where a body has too many values to be parsed in time."""
    if _largest_count(text) > MAX_VALUES and _largest_count(_STRING.sub("", text)) > MAX_VALUES:
        raise NotJson(f"The body has more than {MAX_VALUES:,} values, or arrays and objects.")


def _largest_count(text: str) -> int:
    return max(text.count(","), text.count("[") + text.count("{"))


_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A string of a JSON text, or the beginning of one. The characters in it do not count as values."""


def _canonical(value: Any, sent: str) -> str:  # noqa: ANN401 - any JSON value
    """Return the canonical text of a value that was sent in a text.

    Raises NotJson where no queue would take its event.
    """
    if _LONG.search(sent):
        value = _without_long_integers(value)
    tagged = 0

    def number(value: Decimal) -> int | str:
        nonlocal tagged
        if not value:
            return 0
        digits = str(value)
        is_short = "." in digits and "E" not in digits
        if is_short:  # such as 1.50: `normalize` would do the same in twice the time
            digits = digits.rstrip("0")
        # Such as 15, 1.5E+7 and 15. of 15.0, but not 1.5E-7.
        is_integer = digits[-1] == "." if is_short else "E-" not in digits
        size = value.adjusted()
        if is_integer and size < PLAIN_DIGITS:
            return int(value)
        too_large = size >= _LARGEST_EXPONENT and value.copy_abs() >= _INFINITE
        if too_large and not isinstance(value, _LongInteger):
            raise NotJson("The body is not JSON: a number is too large.")
        tagged += 1
        return NUMBER + (str(value.normalize(_EXACT)) if is_integer or not is_short else digits)

    text = json.dumps(
        value,
        default=number,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        check_circular=False,
    )
    # SQS rejects a message with one of these two characters, and EventBridge then drops the event:
    # the dead-letter queue of a rule is SQS as well. An escape in the body does not help, since
    # EventBridge may write the character itself. It cannot do so with a control character, which
    # JSON must escape. Other noncharacters, such as U+1FFFE and U+FDD0, pass through SQS.
    if "\ufffe" in text or text.count(NUMBER) != tagged:
        raise NotJson("The body has the character U+FFFE or U+FFFF, which no queue takes.")
    if not _encodable(text):
        raise NotJson("The body has half of a surrogate pair, which is no character.")
    return text


_LONG = re.compile(rf"[0-9](?=[0-9]{{{PLAIN_DIGITS}}})")
"""Is in every text that has an integer of more than PLAIN_DIGITS.

The lookahead lets `re` pass over other characters in a third of the time that `{21}` takes.
"""

_LARGEST_EXPONENT = 308
"""From this exponent on, a number may be too large for a double."""

_INFINITE = Decimal(2**1024 - 2**970)
"""The smallest number that is infinite as a double."""

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""In which no digit is rounded away."""


class _LongInteger(Decimal):
    """An integer of more than PLAIN_DIGITS, of any size: no reader takes it for a double."""


def _without_long_integers(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with its long integers as Decimals, which can have a short canonical text."""
    if isinstance(value, dict):
        return {key: _without_long_integers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_long_integers(one) for one in value]
    if type(value) is int and abs(value) >= 10**PLAIN_DIGITS:
        return _LongInteger(str(value))  # faster than from the int
    return value


_TOO_DEEP = f"The body nests arrays and objects more than {MAX_DEPTH} deep."


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise NotJson("The body is not JSON: an object has the same key twice.")
    return values


def _no_constant(name: str) -> None:
    raise NotJson(f"The body is not JSON: {name} is not a JSON number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_constant
)


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON value
    """How deep a value nests, without recursion; stops counting just past the limit."""
    level: list[Any] = [[value]]
    depth = -1
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            child
            for one in level
            for child in (one.values() if type(one) is dict else one)
            if type(child) is dict or type(child) is list
        ]
    return depth


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""The tests that a pattern has for a value: `"x"`, `{"prefix": "x"}`, `{"numeric": [">", 0]}` …

Each function here raises InvalidPattern for an operand that EventBridge rejects; `path` is the
clause's, for the message.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from inlet.patterns.errors import InvalidPattern
from inlet.patterns.values import Json, Leaf, Number, Pairs, address_digits, comparable, text_of

Test: TypeAlias = Callable[[Leaf], bool]


def test_of(path: str, value: Json) -> Test | None:
    """Return the test for one of a pattern's values, or None for `{"exists": false}`."""
    if isinstance(value, list):
        raise InvalidPattern(path, "must not have a list in its list of values.")
    if not isinstance(value, Pairs):
        return _equals(value)
    if len(value) != 1:
        raise InvalidPattern(path, "must have exactly one operator in each object.")
    [(name, operand)] = value
    if name not in _OPERATORS:
        raise InvalidPattern(path, f"has the unknown operator {name}.")
    return _OPERATORS[name](path, operand)


def _equals(value: Json) -> Test:
    if _is_string(value) and (digits := address_digits(value)):
        return _between(digits, digits)
    text = text_of(value)
    number = comparable(text)
    return _has_text(text) if number is None else lambda leaf: leaf.number == number


def _has_text(text: str) -> Test:
    return lambda leaf: leaf.text == text


def _exactly(path: str, operand: Json) -> Test:
    return _has_text(f'"{_string(path, "exactly", operand)}"')


def _exists(path: str, operand: Json) -> Test | None:
    if not isinstance(operand, bool):
        raise InvalidPattern(path, "exists needs true or false.")
    return (lambda _leaf: True) if operand else None


# Strings


def _is_string(value: Json) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _string(path: str, name: str, operand: Json) -> str:
    if not _is_string(operand):
        raise InvalidPattern(path, f"{name} needs a string.")
    return str(operand)


def _prefix(path: str, operand: Json) -> Test:
    if isinstance(operand, Pairs):
        expression = re.compile(f'"{_in_any_case(path, "prefix", operand)}')
        return lambda leaf: expression.match(leaf.text) is not None
    start = f'"{_string(path, "prefix", operand)}'
    return lambda leaf: leaf.text.startswith(start)


def _suffix(path: str, operand: Json) -> Test:
    if isinstance(operand, Pairs):
        expression = re.compile(f'(?s:.*){_in_any_case(path, "suffix", operand)}"')
        return lambda leaf: expression.fullmatch(leaf.text) is not None
    end = f'{_string(path, "suffix", operand)}"'
    return lambda leaf: leaf.text.endswith(end)


def _in_any_case(path: str, name: str, operand: Pairs) -> str:
    if [key for key, _ in operand] != ["equals-ignore-case"]:
        raise InvalidPattern(path, f"{name} needs a string or equals-ignore-case.")
    return _any_case(_string(path, f"{name} equals-ignore-case", operand[0][1]))


def _equals_ignore_case(path: str, operand: Json) -> Test:
    expression = re.compile(f'"{_any_case(_string(path, "equals-ignore-case", operand))}"')
    return lambda leaf: expression.fullmatch(leaf.text) is not None


def _any_case(text: str) -> str:
    """Return a regular expression for the text with each character in lower or in upper case.

    Characters are folded one by one: `ß` matches `ß` and `SS`. One beyond U+FFFF matches `??`,
    because AWS folds the halves of its surrogate pair and cannot encode them.
    """
    characters = "".join("??" if character > "\uffff" else character for character in text)
    return "".join(
        f"(?:{re.escape(character.lower())}|{re.escape(character.upper())})"
        for character in characters
    )


def _wildcard(path: str, operand: Json) -> Test:
    """Look for the pieces between wildcards from left to right, which never goes back."""
    pieces = [""]
    for part in re.findall(r"\\?.", f'"{_string(path, "wildcard", operand)}"', re.DOTALL):
        if part == "*":
            pieces.append("")
        elif part in {r"\*", r"\\"} or len(part) == 1:
            pieces[-1] += part[-1]
        else:
            raise InvalidPattern(path, r"wildcard needs \* or \\ where it has a backslash.")
    if "" in pieces:
        raise InvalidPattern(path, "wildcard must not have two wildcards side by side.")
    if len(pieces) == 1:
        return _has_text(pieces[0])
    first, *middle, last = pieces

    def matches(leaf: Leaf) -> bool:
        if not leaf.text.startswith(first):
            return False
        end = len(first)
        for piece in middle:
            start = leaf.text.find(piece, end)
            if start < 0:
                return False
            end = start + len(piece)
        return leaf.text.endswith(last, end)

    return matches


def _anything_but(path: str, operand: Json) -> Test:
    if isinstance(operand, Pairs):
        return _anything_but_operator(path, operand)
    unwanted = operand if isinstance(operand, list) else [operand]
    if unwanted and all(map(_is_string, unwanted)):
        texts = {text_of(value) for value in unwanted}
        return lambda leaf: leaf.text not in texts
    if unwanted and all(isinstance(value, Number) for value in unwanted):
        numbers = {_number(path, "anything-but", value) for value in unwanted}
        return lambda leaf: leaf.number not in numbers
    raise InvalidPattern(path, "anything-but needs strings or numbers, and not both.")


def _anything_but_operator(path: str, operand: Pairs) -> Test:
    if len(operand) != 1 or operand[0][0] not in _IN_ANYTHING_BUT:
        raise InvalidPattern(path, f"anything-but needs one of {', '.join(_IN_ANYTHING_BUT)}.")
    [(name, value)] = operand
    texts = [
        _string(path, f"anything-but {name}", one)
        for one in (value if isinstance(value, list) else [value])
    ]
    if not texts or ("" in texts and name in {"prefix", "suffix"}):
        raise InvalidPattern(path, f"anything-but {name} must not be empty.")
    tests = [_IN_ANYTHING_BUT[name](path, text) for text in texts]
    return lambda leaf: not any(test(leaf) for test in tests)


# Numbers and addresses

_NUMERIC_FORMS = [
    *([single] for single in ("=", "<", "<=", ">", ">=")),
    *([low, high] for low in (">", ">=") for high in ("<", "<=")),
]
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _number(path: str, name: str, value: Json) -> float:
    number = comparable(value) if isinstance(value, Number) else None
    if number is None:
        raise InvalidPattern(path, f"{name} needs numbers that a double represents exactly.")
    return number


def _numeric(path: str, operand: Json) -> Test:
    names = operand[::2] if isinstance(operand, list) else []
    if names not in _NUMERIC_FORMS or len(operand) % 2:
        raise InvalidPattern(path, 'numeric needs a list such as [">", 0] or [">", 0, "<=", 5].')
    bounds = [_number(path, "numeric", bound) for bound in operand[1::2]]
    if len(bounds) == 2 and bounds[0] >= bounds[1]:  # noqa: PLR2004 - a low and a high one
        raise InvalidPattern(path, "numeric needs a lower bound that is less than the upper one.")
    limits = [(_COMPARISONS[name], bound) for name, bound in zip(names, bounds, strict=True)]
    return lambda leaf: (
        leaf.number is not None and all(compare(leaf.number, bound) for compare, bound in limits)
    )


def _cidr(path: str, operand: Json) -> Test:
    network = _string(path, "cidr", operand)
    # As at AWS, slashes at the end are ignored, and so are the address's bits after the prefix.
    written = re.fullmatch(r"([^/]+)/([+-]?[0-9]{1,9})/*", network)
    digits = address_digits(written[1]) if written else None
    if not written or not digits:
        raise InvalidPattern(path, "cidr needs a network such as 10.0.0.0/24 or 2001:db8::/32.")
    bits, size = int(written[2]), 4 * len(digits)
    if not 0 <= bits < size:
        raise InvalidPattern(path, f"cidr needs a prefix of 0 to {size - 1} bits.")
    hosts = (1 << (size - bits)) - 1
    low = int(digits, 16) & ~hosts
    return _between(f"{low:0{len(digits)}X}", f"{low | hosts:0{len(digits)}X}")


def _between(low: str, high: str) -> Test:
    """Test for an address in a range of addresses.

    Its digits are compared only as far as the answer needs, as AWS does: an IPv6 address can be
    in an IPv4 network, and so can a number, whose text is taken for digits.
    """

    def matches(leaf: Leaf) -> bool:
        is_string = leaf.text.startswith('"')
        digits = (address_digits(leaf.text[1:-1]) or "") if is_string else leaf.text
        for length in range(1, len(low)):
            if low[:length] < digits[:length] < high[:length]:
                return True
        return low <= digits[: len(low)] <= high and len(digits) >= len(low)

    return matches


_IN_ANYTHING_BUT: Mapping[str, Callable[[str, Json], Test]] = {
    "equals-ignore-case": _equals_ignore_case,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
_OPERATORS: Mapping[str, Callable[[str, Json], Test | None]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "exactly": _exactly,
    "exists": _exists,
    "numeric": _numeric,
    **_IN_ANYTHING_BUT,
}

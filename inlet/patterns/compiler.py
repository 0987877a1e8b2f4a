"""Compile the JSON of an event pattern, and reject what EventBridge rejects."""

import json
from collections.abc import Collection, Mapping

from inlet.patterns.errors import InvalidPattern
from inlet.patterns.matching import Alternative, Clause, Pattern
from inlet.patterns.operators import test_of
from inlet.patterns.values import Json, Pairs, parse

MAXIMUM_CHARACTERS = 2_048
MAXIMUM_ALTERNATIVES = 1_000

# fmt: off
_RESERVED_IN_OR = frozenset((
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard",
    "numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard",
    "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before", "date-on-or-before",
    "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
))
# fmt: on


def compile_pattern(pattern: str | Mapping[str, Json]) -> Pattern:
    """Compile an event pattern from its JSON text, or from the mapping that the text describes.

    Raises:
        InvalidPattern: EventBridge rejects the pattern.
    """
    try:
        text = pattern if isinstance(pattern, str) else pattern_text(pattern)
        if len(text) > MAXIMUM_CHARACTERS:
            raise InvalidPattern("", f"has more than {MAXIMUM_CHARACTERS} characters.")
        wanted = parse(text)
        if not isinstance(wanted, Pairs):
            raise InvalidPattern("", "must be a JSON object.")
        return Pattern(_object("", wanted, [{}], reserved=()))
    except ValueError as problem:
        raise InvalidPattern("", f"must be JSON ({problem}).") from None
    except RecursionError:
        raise InvalidPattern("", "is nested too deeply.") from None


def pattern_text(pattern: Mapping[str, Json]) -> str:
    """Return the shortest JSON text of a pattern, as its length is limited."""
    return json.dumps(pattern, ensure_ascii=False, separators=(",", ":"))


def _object(
    path: str, wanted: Pairs, given: list[Alternative], *, reserved: Collection[str]
) -> list[Alternative]:
    """Add an object's clauses to each alternative, and return the alternatives after its `$or`s."""
    if not wanted:
        raise InvalidPattern(path, "must not be an empty object.")
    for key, value in wanted:
        inner = f"{path}.{key}" if path else key
        if key == "$or":
            given = _or(path, inner, value, given)
        elif key in reserved:
            raise InvalidPattern(inner, "has a name that AWS reserves in $or.")
        elif isinstance(value, Pairs):
            given = _object(inner, value, given, reserved=reserved)
        elif isinstance(value, list):
            clause = _clause(inner, value)
            for alternative in given:
                if inner in alternative:
                    raise InvalidPattern(inner, "must not have two lists of values.")
                alternative[inner] = clause
        else:
            raise InvalidPattern(inner, "must be an object or a list of values.")
    return given


def _or(path: str, inner: str, value: Json, given: list[Alternative]) -> list[Alternative]:
    if not isinstance(value, list) or len(value) < 2:  # noqa: PLR2004 - the message has it
        raise InvalidPattern(inner, "must be a list of at least two objects.")
    alternatives: list[Alternative] = []
    for branch in value:
        if not isinstance(branch, Pairs):
            raise InvalidPattern(inner, "must have objects only.")
        copies = [one.copy() for one in given]
        alternatives += _object(path, branch, copies, reserved=_RESERVED_IN_OR)
        if len(alternatives) > MAXIMUM_ALTERNATIVES:
            raise InvalidPattern(inner, f"makes more than {MAXIMUM_ALTERNATIVES} combinations.")
    return alternatives


def _clause(path: str, values: list[Json]) -> Clause:
    if not values:
        raise InvalidPattern(path, "must not be an empty list.")
    tests = [test_of(path, value) for value in values]
    return Clause([test for test in tests if test], may_be_absent=None in tests)

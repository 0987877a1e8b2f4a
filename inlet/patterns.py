"""Event patterns: does an event match what a rule asks for, as EventBridge sees it?

The only matcher there is: for the laptop run, for the tests, and for who asks where an event went.
Moto's takes `false` and `0` for equal, does not look into objects within lists, and lets an
operator that it does not know match everything.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value: patterns and events have no narrower type here."""
Test = Callable[[Json], bool]
"""Says of one value, or of `_MISSING`, whether it matches."""

_MISSING = object()
_COMPARISONS: Mapping[str, Callable[[Json, Json], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


class NotUnderstood(Exception):
    """What in a pattern is wrong, or not known here, in a sentence."""


def matches(pattern: Mapping[str, Json], event: Mapping[str, Json]) -> bool:
    """Whether the event matches the pattern. Raises NotUnderstood on a pattern not understood."""
    return compiled(pattern)(event)


def compiled(pattern: Mapping[str, Json]) -> Callable[[Mapping[str, Json]], bool]:
    """The pattern as a function of an event. Raises NotUnderstood on a pattern not understood."""
    tests = [_key(key, wanted) for key, wanted in pattern.items()]
    return lambda event: all(test(event) for test in tests)


def _key(key: str, wanted: Json) -> Callable[[Mapping[str, Json]], bool]:
    if not isinstance(wanted, (dict, list)) or wanted == []:
        raise NotUnderstood(f"The event pattern's '{key}' must be an object or a list with values.")
    if key == "$or":
        branches = [compiled(branch) for branch in wanted]
        return lambda event: any(branch(event) for branch in branches)
    if isinstance(wanted, dict):
        inner = compiled(wanted)
        return lambda event: any(inner(node) for node in _objects(event.get(key)))
    tests = [_test(one) for one in wanted]
    return lambda event: any(test(leaf) for leaf in _leaves(event, key) for test in tests)


def _objects(node: Json) -> list[Mapping[str, Json]]:
    """The objects that a nested pattern looks into; an empty one where there is none."""
    candidates = node if isinstance(node, list) else [node]
    return [one for one in candidates if isinstance(one, dict)] or [{}]


def _leaves(event: Mapping[str, Json], key: str) -> list[Json]:
    value = event.get(key, _MISSING)
    if isinstance(value, dict) or value == []:
        return [_MISSING]
    values = value if isinstance(value, list) else [value]
    return [float(one) if isinstance(one, Decimal) else one for one in values]


def _test(wanted: Json) -> Test:
    if not isinstance(wanted, dict):
        return lambda value: _same(value, wanted)
    if len(wanted) != 1:
        raise NotUnderstood(f"The event pattern's {wanted} must name one operator.")
    [(name, operand)] = wanted.items()
    if name == "exists":
        return lambda value: (value is not _MISSING) == operand
    if name == "anything-but":
        unwanted = _any_of(operand, _test)
        return lambda value: value is not _MISSING and not unwanted(value)
    if name == "numeric":
        return _numeric(operand)
    if name in _TEXT_TESTS:
        _require_text(name, operand)
        return _any_of(operand, _TEXT_TESTS[name])
    raise NotUnderstood(f"The event pattern's operator '{name}' is not known.")


def _any_of(operand: Json, test_of: Callable[[Json], Test]) -> Test:
    tests = [test_of(one) for one in (operand if isinstance(operand, list) else [operand])]
    return lambda value: any(test(value) for test in tests)


def _same(value: Json, wanted: Json) -> bool:
    """Equal as JSON is: `false` is not `0`, and `1` is not `1.0`."""
    return type(value) is type(wanted) and value == wanted


def _require_text(name: str, operand: Json) -> None:
    for one in operand if isinstance(operand, list) else [operand]:
        text = one.get("equals-ignore-case") if isinstance(one, dict) else one
        if not isinstance(text, str):
            raise NotUnderstood(f"The event pattern's '{name}' must be given a text.")


def _numeric(operand: list[Json]) -> Test:
    if len(operand) % 2:
        raise NotUnderstood("The event pattern's 'numeric' must be comparisons with a number each.")
    bounds = list(zip(operand[::2], operand[1::2], strict=True))
    if unknown := [name for name, _ in bounds if name not in _COMPARISONS]:
        raise NotUnderstood(f"The event pattern's comparison '{unknown[0]}' is not known.")
    return lambda value: (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and all(_COMPARISONS[name](value, bound) for name, bound in bounds)
    )


def _prefix(operand: Json) -> Test:
    if isinstance(operand, dict):
        start = operand["equals-ignore-case"].lower()
        return lambda value: isinstance(value, str) and value.lower().startswith(start)
    return lambda value: isinstance(value, str) and value.startswith(operand)


def _suffix(operand: Json) -> Test:
    if isinstance(operand, dict):
        end = operand["equals-ignore-case"].lower()
        return lambda value: isinstance(value, str) and value.lower().endswith(end)
    return lambda value: isinstance(value, str) and value.endswith(operand)


def _equals_ignore_case(operand: str) -> Test:
    return lambda value: isinstance(value, str) and value.lower() == operand.lower()


def _wildcard(operand: str) -> Test:
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", operand)
    expression = re.compile(
        "".join(
            ".*" if part == "*" else re.escape(re.sub(r"\\(.)", r"\1", part)) for part in parts
        ),
        re.DOTALL,
    )
    return lambda value: isinstance(value, str) and expression.fullmatch(value) is not None


def _cidr(operand: str) -> Test:
    network = ipaddress.ip_network(operand)

    def within(value: Json) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return within


_TEXT_TESTS: Mapping[str, Callable[[Json], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
}

"""JSON values as EventBridge sees them: duplicate keys, the spelling of numbers, and leaves."""

import json
import re
from decimal import Decimal, InvalidOperation
from ipaddress import IPv6Address
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""A JSON value: patterns and events have no narrower type here."""
Position: TypeAlias = tuple[int, int]
"""A list of an event, by a number of its own, and the index of an element in it."""
Chain: TypeAlias = tuple[Position, ...]
"""The list elements that a leaf is in, outermost first."""

_IPV4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_IPV6 = re.compile("[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_LONGEST_IPV4 = len("255.255.255.255")


class Pairs(tuple[tuple[str, Json], ...]):
    """A JSON object that was parsed: its keys and values in order, duplicates included."""

    __slots__ = ()

    def items(self) -> "Pairs":
        """Return the keys and values, as a mapping does."""
        return self


class Number(str):
    """A JSON number that was parsed, as it is spelled."""

    __slots__ = ()


class Leaf(NamedTuple):
    """A string, number, boolean or null of an event."""

    text: str  # JSON, but a string has quotes only and no escapes
    number: float | None  # the value of a comparable number
    chain: Chain


def parse(text: str) -> Json:
    """Parse JSON text into lists, Pairs, strings, Numbers, booleans and None.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: The text is nested too deeply.
    """
    return json.loads(
        text,
        object_pairs_hook=Pairs,
        parse_int=Number,
        parse_float=Number,
        parse_constant=_reject,
    )


def _reject(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def text_of(value: Json) -> str:
    """Return the text that a leaf is compared by."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    # str() raises ValueError for an int of more than 4,300 digits.
    return str(Decimal(value) if isinstance(value, int) else value)


def comparable(text: str) -> float | None:
    """Return a number's value if a double represents it exactly as written, else None."""
    if not text[-1].isdigit():  # most leaves: saves an exception for each
        return None
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent beyond all limits
        return None
    value = float(text)
    return value if isfinite(value) and Decimal(repr(value)) == exact else None


def address_digits(text: str) -> str | None:
    """Return an IP address as 8 or 32 hexadecimal digits, or None if the text is none.

    As at AWS, an IPv4 address may have leading zeros, and one that is written as an IPv6 address
    (`::ffff:a00:1`) is an IPv4 address.
    """
    if _IPV4.fullmatch(text) and len(text) <= _LONGEST_IPV4:
        parts = [int(part) for part in text.split(".")]
        return "".join(f"{part:02X}" for part in parts) if max(parts) <= 255 else None  # noqa: PLR2004
    if not _IPV6.fullmatch(text):
        return None
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address).packed.hex().upper()

"""Dye: a value that nobody can guess, sent wherever values go, and the search for it.

What may be written of a request is said here: `MEANT`, for log lines, and `without_subject`, for
messages to people. Elsewhere the dye may be on the bus, in the timeline, in quarantine and in
the bucket of large bodies, and nowhere besides.
"""

import base64
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import quote

from pydantic import BaseModel

MEANT = frozenset({"event_type", "event_id"})
"""The fields of a log line that hold values of a request. Besides these it names the provider, the
credential's label, the door's own request id, the outcome and flags, none of them the sender's."""

_LETTERS = "ghjkmnpqrstvwxyz"
"""None of them is a hexadecimal digit, so that no hash or id is taken for the dye."""

UNIT = "".join(secrets.choice(_LETTERS) for _ in range(9))
WORD = UNIT * 3
"""Three times, so that it is found where its middle or its ends were cut off."""

TEXT = f'{WORD} "ü/+%'
"""With characters that every encoding writes in its own way."""

NUMBER = 7 * 10**18 + secrets.randbelow(10**18)
"""A number that is as hard to guess, of 64 bits."""

NESTED = {TEXT: [TEXT, NUMBER, {TEXT: {WORD: TEXT}}]}


def forms() -> Mapping[str, str]:
    """How the dye may be written, by the name of the encoding."""
    octets = TEXT.encode()
    pair = base64.b64encode(f"user:{TEXT}".encode()).decode()
    return {
        "raw": TEXT,
        "upper case": TEXT.upper(),
        "cut off": TEXT[8:22],
        "URL": quote(TEXT, safe=""),
        "URL, every byte": "".join(f"%{octet:02x}" for octet in octets),
        "JSON": json.dumps({"a": TEXT}),
        "JSON in JSON": json.dumps(json.dumps({"a": TEXT})),
        "JSON, every character": "".join(f"\\u{ord(character):04X}" for character in TEXT),
        "Python": repr(octets),
        "hexadecimal": octets.hex(),
        "base64": base64.b64encode(octets).decode(),
        "base64 after one byte": base64.b64encode(b"a" + octets).decode(),
        "base64 after two bytes": base64.b64encode(b"ab" + octets).decode(),
        "base64 of a user and password": pair,
        "base64 for URLs": base64.urlsafe_b64encode(octets).decode(),
        "base64 of base64": base64.b64encode(pair.encode()).decode(),
        "number": str(NUMBER),
        "number with a fraction": str(NUMBER + 0.5),
        "part of a number": json.dumps([NUMBER]),
    }


def found(text: str) -> bool:
    """Whether the dye is in a text, in any of its forms."""
    lower = re.sub(r"\\+", r"\\", text.lower())  # an escape may itself be escaped
    return any(trace in lower for trace in _TRACES) or any(trace in text for trace in _BASE64)


def _in_base64(octets: bytes) -> Iterator[str]:
    """The characters that some bytes become in base64, wherever in a longer text they are."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + octets).decode().rstrip("=")
        yield encoded[(0, 2, 3)[before] : -1]


_TRACES = (
    UNIT,
    UNIT.encode().hex(),
    "".join(f"%{ord(letter):02x}" for letter in UNIT),
    "".join(f"\\u{ord(letter):04x}" for letter in UNIT),
    str(NUMBER),
    str(float(NUMBER))[:12],
)
_ONCE = tuple(_in_base64(UNIT.encode()))
_BASE64 = (
    *_ONCE,
    *(twice for once in _in_base64(WORD.encode()) for twice in _in_base64(once.encode())),
)


def filled(model: type[BaseModel]) -> dict[str, Any]:
    """A body with the dye in every field, each of its type, and in some that nobody names."""
    named = {name: _value(field.annotation) for name, field in model.model_fields.items()}
    return {**named, "unnamed": NESTED, TEXT: NESTED}


def _value(annotation: Any) -> Any:
    """The dye in a type that a field may have."""
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        return _value(get_args(annotation)[0])
    if annotation in {str, int, bool}:
        return {str: TEXT, int: NUMBER, bool: True}[annotation]
    if get_origin(annotation) is list:
        return [_value(get_args(annotation)[0])] * 2
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return filled(annotation)
    return NESTED


def without_subject(message: str, subject: str) -> str:
    """A message to people without what it is meant to say of a body: what it is about."""
    return message.replace(subject.split("/", 2)[2], "")

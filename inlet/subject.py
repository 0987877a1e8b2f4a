"""Subjects: what events are about, `<provider>/<kind>/<id>`."""

from collections.abc import Iterable
from decimal import Decimal

NO_SUBJECT_ID = "no-subject-id"
"""The flag of an event whose body had no usable id: it is about itself."""

MAX_ID_BYTES = 512
"""Bytes of an id in UTF-8: with what stands around it, it stays a valid DynamoDB sort key, which
has 1,024, in an entry's key as in its position."""

LARGEST = 1e308
"""Beyond it, writing the digits of a number out could take all memory."""


def usable_id(candidates: Iterable[object]) -> str | None:
    """The first candidate that can name a subject: a printable text or an integer.

    Ids are opaque: a slash or a space in one is kept. An integer is written in plain digits,
    however it was sent. None where no candidate is usable.
    """
    for candidate in candidates:
        plain = integral(candidate)
        if isinstance(plain, bool) or not isinstance(plain, str | int):
            continue
        text = str(plain).strip()
        if 0 < len(text.encode()) <= MAX_ID_BYTES and text.isprintable():
            return text
    return None


def integral(value: object) -> object:
    """Return a number without a fraction as an int, anything else as it is.

    To JSON Schema `100.0` and `1e2` are integers. Larger numbers than a float can hold are left.
    """
    if isinstance(value, float | Decimal) and -LARGEST < value < LARGEST and value == int(value):
        return int(value)
    return value


def subject(provider: str, kind: str, identifier: str) -> str:
    """The subject's name on the bus and in the timeline."""
    return f"{provider}/{kind}/{identifier}"

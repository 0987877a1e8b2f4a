"""Subjects: what events are about, `<provider>/<kind>/<id>`."""

from collections.abc import Iterable

NO_SUBJECT_ID = "no-subject-id"
"""The flag of an event whose body had no usable id: it is about itself."""

MAX_ID_BYTES = 512
"""Bytes of an id in UTF-8: with what stands around it, it stays a valid DynamoDB sort key, which
has 1,024, in an entry's key as in its position."""


def usable_id(candidates: Iterable[object]) -> str | None:
    """The first candidate that can name a subject: a printable text or an integer.

    Ids are opaque: a slash or a space in one is kept. None where no candidate is usable.
    """
    for candidate in candidates:
        if isinstance(candidate, bool) or not isinstance(candidate, str | int):
            continue
        text = str(candidate).strip()
        if 0 < len(text.encode()) <= MAX_ID_BYTES and text.isprintable():
            return text
    return None


def subject(provider: str, kind: str, identifier: str) -> str:
    """The subject's name on the bus and in the timeline."""
    return f"{provider}/{kind}/{identifier}"

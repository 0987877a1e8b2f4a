"""Mentions: whether a refused request has anything to do with an id.

It may have been refused because nobody can read it, so its text is searched, whatever it is.
"""

import json
import re
from collections.abc import Iterator

from inlet.delivery import read
from inlet.event import Metadata
from inlet.provider import Provider
from inlet.quarantined import Quarantined
from inlet.refusals import Refusal
from inlet.request import Request

ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
"""A character that JSON writes with a backslash."""

WHITE_SPACE = "bfnrt"
"""The letters of escapes that stand for white space."""


def is_about(kept: Quarantined, provider: Provider, identifier: str) -> bool:
    """Whether a request mentions an id, or would be an event about it today."""
    return _mentions(kept, identifier) or (
        (metadata := _metadata(kept, provider)) is not None
        and metadata.subject.split("/", 2)[2] == identifier
    )


def is_of_event(kept: Quarantined, provider: Provider, event_id: str) -> bool:
    """Return whether a request mentions the id of an event, or would be that event today.

    An id may be in no text of the request: that of Digiteal is derived. The correlation id of the
    request is accepted too.
    """
    return (
        kept.correlation_id == event_id
        or _mentions(kept, event_id)
        or (
            (metadata := _metadata(kept, provider)) is not None
            and metadata.event_id.lower() == event_id.lower()
        )
    )


def _mentions(kept: Quarantined, identifier: str) -> bool:
    """Return whether a request mentions an id.

    An id is mentioned where it stands as a word of its own: `12` is not in `112`, nor in a date,
    a time or an amount such as `2025-12-01`. A subject has its id in lower case where that is a
    UUID, and without a fraction where it is a number, so `A1` and `12.0` mention `a1` and `12`.
    """
    word = re.compile(
        rf"(?<![^\W_])(?!(?<=\d[-.:])\d){re.escape(identifier)}(?:(?<=\d)\.0+)?"
        r"(?![^\W_])(?!(?<=\d)[-.:]\d)",
        re.IGNORECASE,
    )
    return any(word.search(text) for text in _texts(kept))


def _texts(kept: Quarantined) -> Iterator[str]:
    """The texts that a request may have been meant as, with and without JSON's escapes."""
    body = _decoded(kept).body
    for encoding in (json.detect_encoding(body), "cp1252"):
        text = body.decode(encoding, errors="replace")
        yield text
        yield _unescaped(text)
    yield from kept.headers.values()


def _decoded(kept: Quarantined) -> Request:
    """Return the request as it can be released, or as it came if it cannot be decoded."""
    try:
        return kept.to_release(as_json=True)
    except Refusal:
        return kept.request


def _unescaped(text: str) -> str:
    """A text in which JSON's escapes are what they stand for."""
    plain = ESCAPE.sub(lambda escape: _character(escape[1]), text)
    # Two escapes may be one character.
    return plain.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")


def _character(escaped: str) -> str:
    if len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    return " " if escaped in WHITE_SPACE else escaped


def _metadata(kept: Quarantined, provider: Provider) -> Metadata | None:
    """Return the metadata of the event that a request would be today, None if it is invalid."""
    try:
        return read(provider, _decoded(kept)).metadata
    except Refusal:
        return None

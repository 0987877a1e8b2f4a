"""Mentions: whether a refused request has anything to do with an id.

It may have been refused because nobody can read it, so its text is searched, whatever it is.
"""

import json
import re
from collections.abc import Iterator

from inlet.delivery import read
from inlet.provider import Provider
from inlet.quarantined import Quarantined
from inlet.refusals import Refusal
from inlet.request import Request

ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
"""A character that JSON writes with a backslash."""

WHITE_SPACE = "bfnrt"
"""The letters of escapes that stand for white space."""


def is_about(kept: Quarantined, provider: Provider, identifier: str) -> bool:
    """Whether a request mentions an id, or would be an event about it today.

    An id is mentioned where it stands as a word of its own: `12` is not in `112`, nor in a date,
    a time or an amount such as `2025-12-01`. A subject has its id in lower case where that is a
    UUID, and without a fraction where it is a number, so `A1` and `12.0` mention `a1` and `12`.
    """
    word = re.compile(
        rf"(?<![^\W_])(?!(?<=\d[-.:])\d){re.escape(identifier)}(?:(?<=\d)\.0+)?"
        r"(?![^\W_])(?!(?<=\d)[-.:]\d)",
        re.IGNORECASE,
    )
    return any(word.search(text) for text in _texts(kept)) or (
        _subject_id(kept, provider) == identifier
    )


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


def _subject_id(kept: Quarantined, provider: Provider) -> str | None:
    """The id of the subject, where the request can be read now: it may be none of its words."""
    try:
        return read(provider, _decoded(kept)).metadata.subject.split("/", 2)[2]
    except Refusal:
        return None

"""Guesses: where a recorded delivery seems to say what Inlet must know.

They are where a person looks first, and nothing more.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import reduce
from typing import Any

from inlet import instant
from inlet.operations.errors import OperationError
from inlet.operations.recorded import Recorded
from inlet.subject import usable_id
from inlet.type_name import TYPE_NAME


@dataclass(frozen=True)
class Header:
    """A header, by its lower-case name."""

    name: str


@dataclass(frozen=True)
class Field:
    """A field of the body, by the keys that lead to it."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A header that looks like an HMAC-SHA256, what stands before it, and how it is written."""

    header: str
    prefix: str
    in_base64: bool


@dataclass(frozen=True)
class Guess:
    """The event's type, and where type, id, time and subject are; None where nothing looks so."""

    event_type: str
    type_place: Header | Field | None
    id_place: Header | Field | None
    time_place: Field | None
    subject_place: Field | None
    signature: Signature | None


def guess(recorded: Recorded, event_type: str | None) -> Guess:
    """What a delivery seems to say; `event_type` is its type where it does not name one.

    Raises OperationError where the type is neither given nor named, or cannot be published.
    """
    if event_type is not None and not TYPE_NAME.fullmatch(event_type):
        raise OperationError(f"--type must match {TYPE_NAME.pattern}.")
    type_place = None
    if event_type is None:
        type_place = _type_place(recorded)
        if type_place is None:
            raise OperationError(
                f"Nothing in the delivery names its event type as {TYPE_NAME.pattern}: say it with"
                " --type. The provider is then given one URL per type."
            )
        event_type = _text(recorded, type_place)
    id_place = _id_place(recorded)
    return Guess(
        event_type=event_type,
        type_place=type_place,
        id_place=id_place,
        time_place=_named(recorded.body, TIMES, _is_time),
        subject_place=_subject_place(recorded.body, but=id_place),
        signature=_signature(recorded.headers),
    )


TYPES = ("eventtype", "webhooktype", "event", "eventname", "type", "topic", "action")
IDS = ("eventid", "webhookid", "deliveryid", "messageid", "notificationid")
TIMES = ("occurredat", "eventtime", "timestamp", "createdat", "created", "sentat", "time", "date")
"""Names of fields in small letters, without signs, best first."""

ENVELOPES = ("event", "meta", "metadata", "header")
"""Names of objects in which bodies speak of the event itself."""

TYPE_HEADER = re.compile(r"([\w-]+-)?(event|topic)(-type|-name)?")
ID_HEADER = re.compile(r"([\w-]+-)?(webhook|event|delivery|message)-id|x-[\w-]+-delivery")
OWN_ID_HEADER = re.compile(r"x-(?!request|correlation|trace|account|client|customer|user)\w+-id")
SIGNATURE_HEADER = re.compile(r"[\w-]*(signature|hmac)(-sha-?256|-256)?")
HEXADECIMAL = re.compile(r"([\w-]+=|)[0-9a-f]{64}")
ID_KEY = re.compile(r"id|Id|ID|.*[a-z0-9](Id|ID)|.*[_-](id|ID)")
DEEPEST = 3
"""How many keys may lead to the id of what an event is about."""


def _type_place(recorded: Recorded) -> Header | Field | None:
    return _header(recorded, TYPE_HEADER, _is_type) or _named(recorded.body, TYPES, _is_type)


def _id_place(recorded: Recorded) -> Header | Field | None:
    """The event's own id; a plain `id` of the body is one only where the subject has another."""
    own = Field(("id",))
    return (
        _header(recorded, ID_HEADER, _is_id)
        or _header(recorded, OWN_ID_HEADER, _is_id)
        or next((Field(path) for path in _id_paths(recorded.body) if _is_of_the_event(path)), None)
        or (own if own in _ids(recorded.body) and _subject_place(recorded.body, but=own) else None)
    )


def _subject_place(body: Mapping[str, Any], *, but: Header | Field | None) -> Field | None:
    """The first plain `id`, however deep, or else a field such as `documentId`."""
    places = [place for place in _ids(body) if place != but]
    return next(
        (
            place
            for same_name in (True, False)
            for place in places
            if (_plain(place.path[-1]) == "id") is same_name
        ),
        None,
    )


def _ids(body: Mapping[str, Any]) -> list[Field]:
    """Fields that may be an id of what an event is about, from the outside in."""
    places = [Field(path) for path in _id_paths(body) if not _is_of_the_event(path)]
    return sorted(places, key=lambda place: len(place.path))


def _id_paths(body: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every path that leads to an id of something."""
    for path, value in _fields(body):
        if ID_KEY.fullmatch(path[-1]) and _is_id(value):
            yield path


def _is_of_the_event(path: tuple[str, ...]) -> bool:
    """Whether an id is the event's own by its name, or because an envelope holds it."""
    *before, last = map(_plain, path)
    return last in IDS or (last == "id" and bool(before) and set(before) <= set(ENVELOPES))


def _fields(
    body: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every field that is reached through objects alone, with what leads to it."""
    for key, value in body.items():
        yield (*path, key), value
        if isinstance(value, dict) and len(path) + 1 < DEEPEST:
            yield from _fields(value, (*path, key))


def _named(
    body: Mapping[str, Any], names: tuple[str, ...], fits: Callable[[object], bool]
) -> Field | None:
    """The field with the best of some names, of the body or of an envelope in it."""
    fields = [
        (path, value)
        for path, value in _fields(body)
        if all(_plain(key) in ENVELOPES for key in path[:-1])
    ]
    return next(
        (
            Field(path)
            for name in names
            for path, value in fields
            if _plain(path[-1]) == name and fits(value)
        ),
        None,
    )


def _header(
    recorded: Recorded, pattern: re.Pattern[str], fits: Callable[[object], bool]
) -> Header | None:
    found = (n for n, v in recorded.headers.items() if pattern.fullmatch(n) and fits(v))
    return next((Header(name) for name in found), None)


def _signature(headers: Mapping[str, str]) -> Signature | None:
    """The header that looks most like an HMAC-SHA256 of the body."""
    found = [
        Signature(header=name, prefix=_prefix(value), in_base64=_is_base64(value))
        for name, value in headers.items()
        if SIGNATURE_HEADER.fullmatch(name)
    ]
    certain = [s for s in found if s.in_base64 or HEXADECIMAL.fullmatch(headers[s.header])]
    return next(iter([*certain, *found]), None)


def _prefix(value: str) -> str:
    written = HEXADECIMAL.fullmatch(value)
    return written[1] if written else ""


def _text(recorded: Recorded, place: Header | Field) -> str:
    """What is said at a place."""
    if isinstance(place, Header):
        return recorded.headers[place.name]
    return str(reduce(lambda value, key: value[key], place.path, recorded.body))


def _is_type(value: object) -> bool:
    return isinstance(value, str) and TYPE_NAME.fullmatch(value) is not None


def _is_id(value: object) -> bool:
    return usable_id([value]) is not None


def _is_time(value: object) -> bool:
    try:
        instant.parse(str(value), UTC)
    except ValueError:
        return False
    return isinstance(value, str)


def _is_base64(value: str) -> bool:
    """Whether a text is the base64 of what SHA-256 makes."""
    try:
        return len(base64.b64decode(value, validate=True)) == 32  # noqa: PLR2004 - bytes of SHA-256
    except ValueError:
        return False


def _plain(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()

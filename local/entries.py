"""Entries: what is put on a bus, as EventBridge counts, refuses and delivers it."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from local.json_value import Json

if TYPE_CHECKING:
    from local.assembly import Place

MAXIMUM_DETAIL_TYPE = 128

_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\u(fff[ef])", re.IGNORECASE)
"""The escape of U+FFFE or U+FFFF. Backslashes before it, in pairs, are themselves escaped."""

Entry = Mapping[str, Json]
Event = Mapping[str, Json]


def size(entry: Entry) -> int:
    """The bytes that EventBridge counts of an entry."""
    texts: Sequence[str] = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    stamp = 14 if entry.get("Time") else 0
    return stamp + sum(len(text.encode()) for text in [*texts, *(entry.get("Resources") or [])])


def refusal(entry: Entry) -> dict[str, str] | None:
    """Why EventBridge refuses an entry, in its own words."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return _invalid(name, f"{name} is a required argument.")
    if len(entry["DetailType"]) > MAXIMUM_DETAIL_TYPE:
        return _invalid("DetailType", "it is longer than 128 characters.")
    if not _is_json_object(entry["Detail"]):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def envelope(entry: Entry, event_id: str, received: float, place: "Place") -> str:
    """Return the JSON text that EventBridge delivers, with the numbers of Detail as they are.

    `received` is in seconds since the epoch. U+FFFE and U+FFFF stand in it as themselves: JSON
    allows that, and whether EventBridge keeps an escape is not documented.
    """
    head = {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": place.account,
        "time": _stamp(entry.get("Time") or received),
        "region": place.region,
        "resources": entry.get("Resources") or [],
    }
    detail = _ESCAPED.sub(lambda found: found[1] + chr(int(found[2], 16)), entry["Detail"])
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "detail": {detail}}}'


def happened(event: Event) -> float:
    """The time of an event, in seconds since the epoch."""
    return datetime.fromisoformat(event["time"]).timestamp()


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _invalid(name: str, reason: str) -> dict[str, str]:
    message = f"Parameter {name} is not valid. Reason: {reason}"
    return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=_not_json), dict)
    except ValueError:
        return False


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity: Python takes them, JSON has none

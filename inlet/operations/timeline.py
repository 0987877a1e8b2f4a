"""Timeline: everything that is known of one subject."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from inlet.consumers import CONSUMERS
from inlet.entry import detail_of, event_id_of, is_conflict, is_entry, position_of
from inlet.json_text import loads
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.tables import batch_get
from inlet.providers import PROVIDERS
from inlet.subject import subject as subject_of
from inlet.tombstone import FORGOTTEN_AT, STATE, state_key

KINDS = tuple(kind for consumer in CONSUMERS.values() for kind in sorted(consumer.kinds))
"""What events can be about."""


@dataclass(frozen=True)
class Timeline:
    """The entries of a subject, earliest first, and its latest state (None where it has none).

    `conflicts` are the events whose id an entry of another content has; they are no part of the
    state. `forgotten_at` is when all before was forgotten, None if never.
    """

    entries: tuple[dict[str, Any], ...]
    conflicts: tuple[dict[str, Any], ...]
    state: dict[str, Any] | None
    forgotten_at: str | None


def timeline(deployment: Deployment, subject: str) -> Timeline:
    """Read the timeline of a subject such as `marosa/document/INV-2025-00123`."""
    found = sorted(items(deployment, subject), key=_order)
    state = next((_plain_item(item) for item in found if item["sk"]["S"] == STATE), {})
    forgotten_at = state.pop(FORGOTTEN_AT, None)
    return Timeline(
        entries=tuple(_entry(item) for item in found if is_entry(item)),
        conflicts=tuple(_entry(item) for item in found if is_conflict(item)),
        # Where nothing came since, only the tombstone is there.
        state=state if "status" in state else None,
        forgotten_at=forgotten_at,
    )


def full_subject(deployment: Deployment, named: str) -> str:
    """The one subject that is meant by its name or by its bare id, of whatever provider and kind.

    Where nothing is known of any, it is what was named. A UUID may be named in upper case, and is
    stored in lower case. Raises OperationError where several are.
    """
    table = deployment.output("TimelineTable")
    provider, _, rest = named.partition("/")
    kind, _, identifier = rest.partition("/")
    is_full = provider in PROVIDERS and kind in KINDS
    meant = [(provider, kind)] if is_full else list(product(PROVIDERS, KINDS))
    spelled = dict.fromkeys(one(identifier if is_full else named) for one in (str, str.lower))
    asked = [state_key(subject_of(*of, one)) for of in meant for one in spelled]
    known = batch_get(deployment, table, asked, ProjectionExpression="pk")
    found = [item["pk"]["S"] for item in known]
    if named in found:
        return named
    if len(found) > 1:
        raise OperationError(f"{named} may be {' or '.join(sorted(found))}: say which.")
    return found[0] if found else named


def items(deployment: Deployment, subject: str) -> Iterator[dict[str, Any]]:
    """The items of a subject as DynamoDB gives them: its entries and its state."""
    for page in deployment.pages(
        "dynamodb",
        "query",
        TableName=deployment.output("TimelineTable"),
        KeyConditionExpression="pk = :subject",
        ExpressionAttributeValues={":subject": {"S": subject}},
        ConsistentRead=True,
    ):
        yield from page["Items"]


def _order(item: dict[str, Any]) -> str:
    return "" if item["sk"]["S"] == STATE else position_of(item)


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    detail = {"eventId": event_id_of(item), "detail": loads(detail_of(item))}
    return _plain_item({name: value for name, value in item.items() if name != "detail"}) | detail


def _plain_item(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: dict[str, Any]) -> Any:  # noqa: ANN401 - any value that the timeline has
    match value:
        case {"N": number}:
            return int(number)
        case {"L": values}:
            return [_plain(one) for one in values]
    return value["S"]

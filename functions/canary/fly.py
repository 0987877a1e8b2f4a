"""Fly: the journey of a canary, from outside the door to its timeline."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.canary.door import Door
from functions.telemetry import failure, logger
from inlet.canary import Canary
from inlet.entry import entry_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

ACCEPTED = 202


class NotSent(Exception):
    """The canary did not get through the door: Lambda runs the function again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """Where a canary goes in, and where it comes out."""

    door: Door
    dynamodb: "DynamoDBClient"
    timeline_table: str

    def has_come_out(self, canary: Canary) -> bool:
        """Whether a canary is in its timeline."""
        found = self.dynamodb.get_item(
            TableName=self.timeline_table,
            Key=entry_key(canary.subject, canary.event_id),
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        return "Item" in found


def fly(canary: Canary, stations: Stations) -> None:
    """Send a canary, and count whether the one before has come out by now. Raises NotSent."""
    _send(canary, stations.door)
    before = canary.one_before
    if stations.has_come_out(before):
        _tell(before, "arrived")
    else:
        _tell(before, "missing")


def _send(canary: Canary, door: Door) -> None:
    try:
        status = door.post(canary)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt may do better
        _tell(canary, "not-sent", **failure(error))
        # Without its cause: pydantic's message would quote the secret.
        raise NotSent from None
    if status != ACCEPTED:
        _tell(canary, "not-sent", status=status)
        raise NotSent


def _tell(canary: Canary, outcome: str, **more: Any) -> None:  # noqa: ANN401
    log = logger.info if outcome == "arrived" else logger.error
    log("canary", extra={"event_id": canary.event_id, "outcome": outcome, **more})

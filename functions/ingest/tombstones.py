"""Tombstones: which subjects were forgotten, as the table of timelines says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from inlet.event import Metadata
from inlet.refusals import Forgotten, Unavailable
from inlet.tombstone import FORGOTTEN_AT, covers, state_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstones:
    """The table of timelines, of which ingest reads nothing but tombstones."""

    dynamodb: "DynamoDBClient"
    table: str

    def look(self) -> None:
        """Read the tombstone of a subject that there is not. Raises what DynamoDB raises."""
        self.dynamodb.get_item(TableName=self.table, Key=state_key("none"))

    def check(self, metadata: Metadata) -> None:
        """Raise Forgotten where an event's subject was forgotten after the event was received.

        Raises Unavailable where nobody knows.
        """
        try:
            found = self.dynamodb.get_item(
                TableName=self.table,
                Key=state_key(metadata.subject),
                ProjectionExpression=FORGOTTEN_AT,
                ConsistentRead=True,
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("Nobody knows whether the subject was forgotten.") from error
        if covers(found.get("Item", {}), metadata.received_at):
            raise Forgotten("Its subject was forgotten after it was received.")

"""Claims: Powertools' idempotency records, which only the same content may take over."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyValidationError,
)
from botocore.exceptions import ClientError

from inlet.content_hash import VERSION, same_content
from inlet.error_response import is_failed_condition
from inlet.refusals import MaybePublished, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
    from types_boto3_dynamodb import DynamoDBClient

IN_PROGRESS = "INPROGRESS"
"""Powertools' status of a delivery that is being published."""

CLAIM = (
    "attribute_not_exists(id) OR expiration < :now"
    " OR (#status = :inProgress AND in_progress_expiration < :nowInMilliseconds"
    " AND (contentHash = :contentHash OR NOT begins_with(contentHash, :version)))"
)
"""When a delivery may be claimed: it has no record, or an expired claim of the same content, whose
run may have died after it published the event."""


class Claims(DynamoDBPersistenceLayer):
    """Powertools' DynamoDB layer, whose claims carry the content hash of the delivery.

    Powertools takes over an expired claim whatever its content, and deletes a claim after every
    failure. Both would merge two contents under one event id: the first one may be on the bus.
    Here a claim is deleted only if its event surely is not on the bus. Otherwise it expires at
    once, and stays.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        super().__init__(table_name=table, boto3_client=client)
        self._content_hash = ""
        self._may_be_published = False
        self._expires_at = 0

    def begin(self, content_hash: str) -> None:
        """Set the content hash of the delivery that is claimed next."""
        self._content_hash = content_hash

    def delete_record(self, data: dict[str, Any], exception: Exception) -> None:
        """Release the claim of a delivery that failed with an exception."""
        if not isinstance(exception, Refusal) or isinstance(exception, MaybePublished):
            self._may_be_published = True
        super().delete_record(data, exception)

    def _put_record(self, data_record: "DataRecord") -> None:
        """Claim a delivery.

        Raises IdempotencyItemAlreadyExistsError where it is completed or in progress, and
        IdempotencyValidationError where an expired claim is for another content.
        """
        now = datetime.now().timestamp()  # noqa: DTZ005 - seconds since the epoch, as Powertools
        self._expires_at = int(data_record.in_progress_expiry_timestamp or 0)
        try:
            answer = self.client.put_item(
                TableName=self.table_name,
                Item={
                    "id": {"S": data_record.idempotency_key},
                    "status": {"S": data_record.status},
                    "expiration": {"N": str(data_record.expiry_timestamp)},
                    "in_progress_expiration": {"N": str(self._expires_at)},
                    "contentHash": {"S": self._content_hash},
                },
                ConditionExpression=CLAIM,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":now": {"N": str(int(now))},
                    ":nowInMilliseconds": {"N": str(int(now * 1000))},
                    ":inProgress": {"S": IN_PROGRESS},
                    ":contentHash": {"S": self._content_hash},
                    ":version": {"S": VERSION},
                },
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            raise self._existing(error.response["Item"], now) from error  # type: ignore[typeddict-item]
        # The run whose claim this one takes over may have published the event.
        self._may_be_published = _is_in_progress(answer.get("Attributes", {}))

    def _existing(self, item: "Mapping[str, Any]", now: float) -> Exception:
        """Return the exception for a delivery that cannot be claimed."""
        if (
            _is_in_progress(item)
            and int(item["in_progress_expiration"]["N"]) < int(now * 1000)
            and not same_content(item["contentHash"]["S"], self._content_hash)
        ):
            return IdempotencyValidationError("The event id is claimed for another content.")
        record = self._item_to_data_record(dict(item))
        self._save_to_cache(record)
        return IdempotencyItemAlreadyExistsError(old_data_record=record)

    def _delete_record(self, data_record: "DataRecord") -> None:
        """Delete this run's claim or, where its event may be on the bus, let it expire."""
        claim: Any = {
            "TableName": self.table_name,
            "Key": {"id": {"S": data_record.idempotency_key}},
            "ConditionExpression": "in_progress_expiration = :own",
        }
        own = {":own": {"N": str(self._expires_at)}}
        try:
            if self._may_be_published:
                self.client.update_item(
                    **claim,
                    UpdateExpression="SET in_progress_expiration = :past",
                    ExpressionAttributeValues={**own, ":past": {"N": "0"}},
                )
            else:
                self.client.delete_item(**claim, ExpressionAttributeValues=own)
        except ClientError as error:
            # It is done: the client repeats a call whose answer was lost.
            if not is_failed_condition(error):
                raise


def _is_in_progress(item: "Mapping[str, Any]") -> bool:
    return bool(item.get("status", {}).get("S") == IN_PROGRESS)

"""Quarantine: where every rejected but authenticated request is stored, once per content.

The calls are: count the content, take room, put the object, mark the content as stored. The first
writer's object stays: the put of any other fails, and its run then marks the object that is there.
So a run that dies before the mark leaves nothing that the next run does not complete. There are two
objects that are replaced, by a put on the condition that nobody else changed them. One is at the
end of its time. The other belongs to an earlier count: `inlet forget` deletes the count first and
then the object that it has read, so this object may be deleted at any moment.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.runtime.aws import has_time_for
from functions.telemetry import logger
from inlet.error_response import is_failed_condition
from inlet.provider import Provider
from inlet.quarantined import Quarantined, content_id, count_id, object_key, outcome_key
from inlet.refusals import Refusal, Unavailable
from inlet.request import Request

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client

A_DAY_IS_COUNTED = timedelta(days=2)
"""How long the bytes of a day are counted: until that day is surely over."""
A_CONTENT_IS_COUNTED = timedelta(days=7)
"""How much longer a content is counted than its object is kept."""
SURELY_KEPT = timedelta(days=-1)
"""How much earlier than its end an object is still taken to be there."""
COUNTED_SINCE = "counted-since"
"""The object metadata with the `firstAt` of the count under which the object was put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The bucket of refused requests, and their counts in the table of deliveries.

    A provider can put `bytes_per_day` into it and no more: what comes on top is told to come
    again, so that a broken sender fills neither the bucket nor the bill.
    """

    s3: "S3Client"
    bucket: str
    dynamodb: "DynamoDBClient"
    table: str
    keep_for: timedelta
    bytes_per_day: int

    def keep(
        self,
        provider: Provider,
        request: Request,
        refusal: Refusal,
        *,
        key_headers: Collection[str],
        context: "LambdaContext",
    ) -> str:
        """Keep a request that is about to be refused; the id under which it is kept.

        Raises Unavailable where it is not kept, or nobody knows: the no must not be final then.
        """
        kept = Quarantined.of(provider, request, refusal, key_headers)
        identifier, now = content_id(provider, request), datetime.now(UTC)
        with _surely(context):
            known = self._count(identifier, kept, now)
        if int(known.get("keptUntil", {"N": "0"})["N"]) > now.timestamp():
            return identifier
        text = kept.json_text().encode()
        with _surely(context):
            self._take_room(provider.name, len(text), now)
        since = known["firstAt"]["S"]
        key = object_key(provider.name, identifier)
        stored_at = self._store(key, text, since, now, context)
        with _surely(context):
            self._mark_kept(identifier, provider.name, since, stored_at)
        return identifier

    def read(self, provider: str, identifier: str) -> Quarantined:
        """What is kept under an id. Raises what S3 raises, for one that is not there too."""
        kept = self.s3.get_object(Bucket=self.bucket, Key=object_key(provider, identifier))
        return Quarantined.model_validate_json(kept["Body"].read())

    def write_outcome(self, provider: str, identifier: str, outcome: Mapping[str, Any]) -> None:
        """Put what became of a release beside what was released."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=outcome_key(provider, identifier),
            Body=json.dumps({**outcome, "at": datetime.now(UTC).isoformat()}).encode(),
            ContentType="application/json",
        )

    def _count(self, identifier: str, kept: Quarantined, now: datetime) -> Mapping[str, Any]:
        """Count one more of a content; all that is known of it."""
        answer = self.dynamodb.update_item(
            TableName=self.table,
            Key=_count_key(kept.provider, identifier),
            UpdateExpression=(
                "SET firstAt = if_not_exists(firstAt, :at), lastAt = :at, reason = :reason,"
                " pathType = :type, expiration = :end ADD times :one"
            ),
            ExpressionAttributeValues={
                ":at": {"S": now.isoformat()},
                ":reason": {"S": kept.reason},
                ":type": {"S": kept.path_type or ""},
                ":end": _seconds(now + self.keep_for + A_CONTENT_IS_COUNTED),
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]

    def _take_room(self, provider: str, size: int, now: datetime) -> None:
        """Take room from what the provider has for the day. Raises Unavailable where none is left.

        Room for an object that is then not written is lost for the day.
        """
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key={"id": {"S": f"quarantine#{provider}#{now:%Y-%m-%d}"}},
                UpdateExpression="SET expiration = :end ADD bytes :size",
                ConditionExpression="attribute_not_exists(bytes) OR bytes <= :room",
                ExpressionAttributeValues={
                    ":end": _seconds(now + A_DAY_IS_COUNTED),
                    ":size": {"N": str(size)},
                    ":room": {"N": str(self.bytes_per_day - size)},
                },
            )
        except ClientError as error:
            if not is_failed_condition(error):
                raise
            logger.warning("quarantine full", extra={"provider": provider})
            raise Unavailable(
                "The request is refused, and too much of this provider's was today to keep it."
            ) from error

    def _store(
        self, key: str, text: bytes, since: str, now: datetime, context: "LambdaContext"
    ) -> datetime:
        """Put an object unless it is there already; return when the object there was stored.

        `since` is the `firstAt` of its count.
        """
        put = partial(
            self.s3.put_object,
            Bucket=self.bucket,
            Key=key,
            Body=text,
            ContentType="application/json",
            Metadata={COUNTED_SINCE: since},
        )
        with _surely(context):
            try:
                put(IfNoneMatch="*")
            except ClientError as error:
                if error.response["Error"]["Code"] != "PreconditionFailed":
                    raise
            else:
                return now
        with _surely(context):
            there = self.s3.get_object(Bucket=self.bucket, Key=key)
        there["Body"].close()
        stored_at = there["LastModified"]
        is_of_this_count = there["Metadata"].get(COUNTED_SINCE) == since
        if is_of_this_count and stored_at + self.keep_for + SURELY_KEPT > now:
            return stored_at
        with _surely(context):
            put(IfMatch=there["ETag"])
        return now

    def _mark_kept(self, identifier: str, provider: str, since: str, stored_at: datetime) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=_count_key(provider, identifier),
            UpdateExpression="SET keptUntil = :until",
            # The count may have been erased meanwhile, and the object with it, now or soon.
            ConditionExpression="firstAt = :since",
            ExpressionAttributeValues={
                ":since": {"S": since},
                ":until": _seconds(stored_at + self.keep_for + SURELY_KEPT),
            },
        )


@contextmanager
def _surely(context: "LambdaContext") -> Iterator[None]:
    """A call to AWS that has the time it may need, and whose failure is not the sender's."""
    if not has_time_for(1, context):
        raise Unavailable("The refused request could not be kept in time.")
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable("The refused request could not be kept.") from error


def _count_key(provider: str, identifier: str) -> dict[str, Any]:
    return {"id": {"S": count_id(provider, identifier)}}


def _seconds(moment: datetime) -> dict[str, Any]:
    return {"N": str(int(moment.timestamp()))}

"""Bodies: the objects of large bodies in S3, as far as erasing a subject goes."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from inlet import instant
from inlet.body import RECEIVED_AT, SUBJECT, encoded, key_prefix
from inlet.operations.deployment import Deployment


def bodies_of(
    deployment: Deployment, metadata: Mapping[str, Any], received_until: str
) -> list[str]:
    """Return the keys of an event's bodies that were received until a time.

    `metadata` is that of the event. Attempts that crashed may have left bodies that no event
    refers to: they are included. The body of an event with the same id about another subject is
    not. Times are compared as ingest wrote them, not as S3 stored the object: S3's clock is
    another one, and an event may be stored long after it was received. Only an object whose
    metadata was lost, as in a copy, is judged by the time at which it was stored.
    """
    s3, bucket = deployment.client("s3"), deployment.output("BodiesBucket")
    prefix = key_prefix(metadata["provider"], metadata["eventType"], metadata["eventId"])
    found = []
    for page in deployment.pages("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix):
        for listed in page.get("Contents", ()):
            try:
                stored = s3.head_object(Bucket=bucket, Key=listed["Key"])["Metadata"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "404":  # it has expired since
                    raise
                continue
            is_about_it = stored.get(SUBJECT) in {None, encoded(metadata["subject"])}
            received_at = stored.get(RECEIVED_AT) or instant.text(listed["LastModified"])
            if is_about_it and received_at <= received_until:
                found.append(listed["Key"])
    return found


def erase_body(deployment: Deployment, key: str) -> None:
    """Delete a body; one that is gone already is no error."""
    deployment.client("s3").delete_object(Bucket=deployment.output("BodiesBucket"), Key=key)

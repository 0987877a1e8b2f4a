"""Bodies: where those are kept that are too large for an event."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.runtime.aws import has_time_for
from inlet.body import object_key, object_metadata, outline
from inlet.delivery import Delivery
from inlet.event import KeptBody
from inlet.json_text import dumps
from inlet.refusals import Unavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from types_boto3_s3 import S3Client

CALLS = 3
"""This one, and what then follows: to publish, and to remember it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The bucket of large bodies: each request has an object of its own."""

    s3: "S3Client"
    bucket: str

    def keep(self, delivery: Delivery, context: "LambdaContext") -> Delivery:
        """The delivery as it can be published: one with a large body has it in the bucket by then.

        Raises Unavailable where it could not be put there.
        """
        if not delivery.is_large:
            return delivery
        body = delivery.document.text.encode()
        digest = hashlib.sha256(body).hexdigest()
        key = object_key(delivery.metadata)
        if not has_time_for(CALLS, context):
            raise Unavailable("The body could not be kept in time.")
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentType="application/json",
                Metadata=object_metadata(delivery.metadata),
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("The body could not be kept at the moment.") from error
        kept = KeptBody(bucket=self.bucket, key=key, sha256=digest, bytes=len(body))
        return replace(
            delivery,
            metadata=delivery.metadata.model_copy(update={"body": kept}),
            text=dumps(outline(delivery.document.data)),
        )

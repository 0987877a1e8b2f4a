"""Queues: encrypted, over TLS only, and kept as long as the stage says."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infrastructure.stages import Stage

QUEUE_RETENTION = Duration.days(4)
"""How long an event waits for its consumer, at most."""
DEAD_LETTER_RETENTION = Duration.days(14)
"""The longest that SQS keeps a message: how long a person has to repair what failed."""


def queue(  # noqa: PLR0913 - each is named in the call
    scope: Construct,
    construct_id: str,
    *,
    stage: Stage,
    retention: Duration,
    visibility_timeout: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    """A queue that SQS encrypts with a key of its own, where the stage has none.

    EventBridge could not send to one under AWS's managed key, `alias/aws/sqs`.
    """
    return sqs.Queue(
        scope,
        construct_id,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=retention,
        visibility_timeout=visibility_timeout,
        dead_letter_queue=dead_letter_queue,
        removal_policy=stage.removal_policy,
    )

"""Bodies: the bucket of those that are too large for an event."""

from aws_cdk import Duration
from constructs import Construct

from infrastructure.buckets import bucket
from infrastructure.queues import DEAD_LETTER_RETENTION, QUEUE_RETENTION
from infrastructure.stages import Stage


class Bodies(Construct):
    """A bucket that keeps a body longer than anything that may still ask for it.

    That is a replay of the oldest event of the archive which waits in a queue and then in a
    dead-letter queue as long as it can.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        waits = (stage.archive_retention, QUEUE_RETENTION, DEAD_LETTER_RETENTION)
        days = 1 + sum(int(wait.to_days()) for wait in waits)
        self.bucket = bucket(self, "Bucket", stage=stage, retention=Duration.days(days))

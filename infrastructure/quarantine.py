"""Quarantine: the bucket of every request that was refused after it was authenticated."""

from constructs import Construct

from infrastructure.buckets import bucket
from infrastructure.stages import Stage


class Quarantine(Construct):
    """A bucket with an object for each refused content, and one beside it once it is released."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.bucket = bucket(self, "Bucket", stage=stage, retention=stage.quarantine_retention)

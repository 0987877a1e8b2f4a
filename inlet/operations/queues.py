"""Queues: how many messages are in one."""

from dataclasses import dataclass

from inlet.operations.deployment import Deployment

VISIBLE = "ApproximateNumberOfMessages"
INVISIBLE = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The messages in a queue, as SQS counts them, which may be a minute late.

    `invisible` are those that somebody has received and not deleted, for now. `kept_seconds` is how
    long the queue keeps a message.
    """

    visible: int
    invisible: int
    kept_seconds: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.visible + self.invisible


def depth(deployment: Deployment, url: str) -> Depth:
    """Return how many messages are in a queue."""
    attributes = deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=[VISIBLE, INVISIBLE, "MessageRetentionPeriod"]
    )["Attributes"]
    return Depth(
        visible=int(attributes[VISIBLE]),
        invisible=int(attributes[INVISIBLE]),
        kept_seconds=int(attributes["MessageRetentionPeriod"]),
    )

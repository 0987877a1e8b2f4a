"""Queues: taking messages from them, and following one."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10
"""How many messages SQS gives or takes at once."""
LONG_POLL_SECONDS = 20


class Queues:
    """The queues of the account. What else goes wrong is an error of botocore's."""

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def take(
        self, url: str, *, at_most: int = BATCH, wait_seconds: int = LONG_POLL_SECONDS
    ) -> "list[MessageTypeDef]":
        """Up to ten messages, after waiting for the first one. A queue that is gone has none."""
        try:
            answer = self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=min(at_most, BATCH),
                WaitTimeSeconds=wait_seconds,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
        except self._sqs.exceptions.QueueDoesNotExist:
            time.sleep(wait_seconds)
            return []
        return answer.get("Messages", [])

    def delete(self, url: str, messages: "Sequence[MessageTypeDef]") -> None:
        """Delete messages that were taken."""
        for start in range(0, len(messages), BATCH):
            self._sqs.delete_message_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages[start : start + BATCH])
                ],
            )

    def give_back(self, url: str, messages: "Sequence[MessageTypeDef]") -> None:
        """Make messages that were taken visible again."""
        for message in messages:
            self._sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def pass_on(self, url: str, handle: Callable[[str], None]) -> None:
        """Give the bodies of the next messages to `handle`, and delete them."""
        for message in self.take(url):
            handle(message["Body"])
            self.delete(url, [message])

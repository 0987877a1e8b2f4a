"""The queue: when a message that failed comes back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from types_boto3_sqs import SQSClient

FIRST_DELAY_SECONDS = 10
LONGEST_DELAY_SECONDS = 900


def delay_seconds(attempt: int) -> int:
    """How long to wait after an attempt, the first being 1: it doubles, up to 15 minutes."""
    return int(min(FIRST_DELAY_SECONDS * 2 ** min(attempt - 1, 10), LONGEST_DELAY_SECONDS))


class Queue:
    """The queue that a consumer takes its events from."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self._url = url

    def retry_later(self, record: "SQSRecord") -> int:
        """Let a message that failed come back after a growing delay; how many seconds."""
        delay = delay_seconds(int(record.attributes.approximate_receive_count))
        self.sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=delay
        )
        return delay

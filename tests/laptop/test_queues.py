"""Messages are taken from queues, as long as these are there."""

from local.queues import Queues
from tests.support.aws import Aws


def test_a_queue_that_is_gone_has_no_messages_until_it_is_there_again(aws: Aws) -> None:
    sqs = aws("sqs")
    queues = Queues(sqs)
    url = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    assert queues.take(url, wait_seconds=0) == []
    sqs.create_queue(QueueName="queue")
    sqs.send_message(QueueUrl=url, MessageBody="a")
    assert [message["Body"] for message in queues.take(url, wait_seconds=0)] == ["a"]

"""Attention: a message to a human, at least once for every event that needs one."""

from typing import TYPE_CHECKING

from inlet.consumers.consumer import Consumer
from inlet.event import Event

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


class AttentionTopic:
    """The topic that humans subscribe to."""

    def __init__(self, sns: "SNSClient", topic: str) -> None:
        self.sns = sns
        self._topic = topic

    def send(self, sentence: str, event: Event, consumer: Consumer) -> None:
        """Send one plain sentence, and where to read on."""
        metadata = event.metadata
        self.sns.publish(
            TopicArn=self._topic,
            Subject=f"Inlet ({consumer.name}): please look",
            Message=f"{sentence}\n\nSubject: {metadata.subject}\nEvent: {metadata.event_id}",
            MessageAttributes={
                "consumer": {"DataType": "String", "StringValue": consumer.name},
                "provider": {"DataType": "String", "StringValue": metadata.provider},
            },
        )

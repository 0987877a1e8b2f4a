"""What a consumer function is told by its construct."""

from functions.settings import Settings


class ConsumerSettings(Settings):
    """A consumer function's settings."""

    consumer: str
    """The name of its value in the registry of consumers."""
    queue_url: str
    """The queue it takes events from; it says there when a failed one comes back."""
    timeline_table: str
    """The table that holds every subject's entries and state."""
    attention_topic: str
    """The ARN of the topic that humans subscribe to."""

"""What the canary function is told by its construct."""

from functions.settings import Settings


class CanarySettings(Settings):
    """The canary function's settings."""

    url: str
    """The webhook URL of the provider as which it sends."""
    secret: str
    """The ARN of the secret with that provider's credentials."""
    timeline_table: str
    """The table in which a canary comes out."""

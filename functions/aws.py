"""How the functions talk to AWS: one session, and a time budget for every call."""

from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 2
LONGEST_PAUSE_SECONDS = 1
"""The most that botocore's standard retries wait before the second attempt."""

LONGEST_CALL_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + LONGEST_PAUSE_SECONDS
"""The longest that one call to AWS can take, in seconds."""

CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
)
"""botocore's own read time-out, a minute, is longer than the HTTP API waits for the function."""


def has_time_for(calls: int, context: "LambdaContext") -> bool:
    """Whether the function still runs when so many calls take as long as they can."""
    return context.get_remaining_time_in_millis() >= 1000 * calls * LONGEST_CALL_SECONDS

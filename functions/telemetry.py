"""What the functions tell of themselves: lines of JSON, which CloudWatch counts as metrics."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from functions.settings import WrongSettings

logger = Logger(
    # Lambda takes the level of a line only where it can read its time, and else adds another time.
    use_rfc3339=True,
    # The message says it, and no trace is ever recorded.
    location=None,
    xray_trace_id=None,
)
logger.remove_keys(["service"])  # Powertools has a word for those who do not name theirs
# Lambda sets the root logger to the level of the function. At INFO, botocore tells how it found its
# credentials; at DEBUG, what it sends. Powertools, which has a switch of its own for that, tells
# the messages of errors.
for library in ("aws_lambda_powertools", "boto3", "botocore", "urllib3"):
    logging.getLogger(library).setLevel(logging.WARNING)


class Failed(Exception):
    """What Lambda's runtime is shown of an error: the name of its type."""


@contextmanager
def last_resort() -> Iterator[None]:
    """Log what nobody expected, and let it go on as Failed.

    The runtime writes the message of an error into the log, and hands it to who invoked the
    function.
    """
    try:
        yield
    except WrongSettings:
        raise
    except Exception as error:  # noqa: BLE001 - none is to reach the runtime as it is
        logger.error("failed", extra=failure(error))  # noqa: TRY400 - without the message
        raise Failed(type(error).__name__) from None


def failure(error: BaseException) -> dict[str, Any]:
    """An error for the log: its types and where it came from, outermost first.

    Without messages: they may quote a body, a header or a secret.
    """
    causes: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(causes) < 5:  # noqa: PLR2004 - more tell nothing new
        frames = traceback.extract_tb(current.__traceback__)
        code = current.response["Error"]["Code"] if isinstance(current, ClientError) else None
        causes.append(
            {
                "type": type(current).__name__,
                **({"code": code} if code else {}),
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        current = current.__cause__
    return {"causes": causes}

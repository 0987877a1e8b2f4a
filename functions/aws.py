"""How the functions talk to AWS: one session, and a time budget for every call."""

from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from botocore import __version__ as botocore_version
from botocore.config import Config
from botocore.session import Session, get_session

from inlet.complete_response import require_complete_responses

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
    user_agent=f"Inlet Botocore/{botocore_version}",
    parameter_validation=False,
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
)
"""botocore's own read time-out, a minute, is longer than the HTTP API waits for the function. Its
own user agent is put together anew for each call, and AWS looks at the parameters as it does."""


_clients: WeakSet[Any] = WeakSet()


@cache
def _session() -> Session:
    return get_session()


def client(service: str) -> Any:  # noqa: ANN401 - each service has a type of its own
    """A client of a service, with the time budget. All share one session."""
    made: Any = _session().create_client(service, config=CONFIG)
    if service != "s3":  # S3 alone is at an address that what is asked for decides on
        made._ruleset_resolver = None  # noqa: SLF001 - or it is worked out anew for each call
    require_complete_responses(made)
    _clients.add(made)
    return made


def disconnect() -> None:
    """Close every connection to AWS: each client opens another one for its next call."""
    for made in _clients:
        made.close()


def has_time_for(calls: int, context: "LambdaContext") -> bool:
    """Whether the function still runs when so many calls take as long as they can."""
    return context.get_remaining_time_in_millis() >= 1000 * calls * LONGEST_CALL_SECONDS

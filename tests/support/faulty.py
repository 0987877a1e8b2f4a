"""Faults at the boundary to AWS: a client whose calls fail before or after they take effect."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


def throttled(operation: str = "Operation", retries: int = 0) -> ClientError:
    """Return the error of a call that AWS throttled, at last after some retries."""
    response: Any = {
        "Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
        "ResponseMetadata": {"RetryAttempts": retries},
    }
    return ClientError(response, operation)


def timed_out() -> ReadTimeoutError:
    """The error of a call whose answer was not read in time."""
    return ReadTimeoutError(endpoint_url="https://aws.invalid")


Faults = Sequence[BaseException | None]


class Faulty:
    """A client that counts its calls, and fails those named `before` or `after` they happen.

    Each fault is used once for every time it is listed.
    """

    def __init__(
        self,
        client: Any,
        *,
        before: Mapping[str, Faults] | None = None,
        after: Mapping[str, Faults] | None = None,
    ) -> None:
        self._client = client
        self._before = {name: list(faults) for name, faults in (before or {}).items()}
        self._after = {name: list(faults) for name, faults in (after or {}).items()}
        self.calls: list[str] = []

    def fail(self, name: str, *errors: BaseException | None, after: bool = False) -> None:
        """Let the next calls of an operation fail with these errors; None lets one pass."""
        (self._after if after else self._before)[name] = list(errors)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute) or name.startswith("_"):
            return attribute
        return self._call(name, attribute)

    def _call(self, name: str, attribute: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls.append(name)
            _next_fault(self._before.get(name))
            result = attribute(*arguments, **named)
            _next_fault(self._after.get(name))
            return result

        return call


def _next_fault(faults: list[BaseException | None] | None) -> None:
    fault = faults.pop(0) if faults else None
    if fault:
        raise fault

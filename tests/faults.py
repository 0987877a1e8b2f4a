"""Faults at the boundary to AWS: a client whose calls fail before or after they take effect."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


def throttled(operation: str = "Operation") -> ClientError:
    """The error of a call that AWS refused for now."""
    return ClientError(
        {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation
    )


def timed_out() -> ReadTimeoutError:
    """The error of a call whose answer was not read in time."""
    return ReadTimeoutError(endpoint_url="https://aws.invalid")


class Faulty:
    """A client that counts its calls, and fails those named `before` or `after` they happen.

    Each fault is used once for every time it is listed.
    """

    def __init__(
        self,
        client: Any,
        *,
        before: dict[str, list[Exception]] | None = None,
        after: dict[str, list[Exception]] | None = None,
    ) -> None:
        self._client = client
        self._before = before or {}
        self._after = after or {}
        self.calls: list[str] = []

    def fail(self, name: str, *errors: Exception) -> None:
        """Let the next calls of an operation fail before they happen, with these errors."""
        self._before[name] = list(errors)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute) or name.startswith("_"):
            return attribute
        return self._call(name, attribute)

    def _call(self, name: str, attribute: Callable[..., Any]) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            if self._before.get(name):
                raise self._before[name].pop(0)
            result = attribute(**arguments)
            if self._after.get(name):
                raise self._after[name].pop(0)
            return result

        return call

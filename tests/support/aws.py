"""AWS in memory, and states of it that are made once and copied from then on."""

import copyreg
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from threading import Condition
from typing import Any

import boto3
from moto.backends import get_backend
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import FakeKey

from inlet.complete_response import require_complete_responses

SERVICES = ("dynamodb", "events", "logs", "s3", "secretsmanager", "sns", "sqs")

# The queues of moto have conditions, which deepcopy does not copy otherwise.
copyreg.pickle(Condition, lambda _: (Condition, ()))
# A reset of moto empties all objects, also those of a saved state: they are closed when deleted.
_close = FakeKey.dispose
FakeKey.dispose = lambda key, garbage=False: _close(key) if garbage else None  # type: ignore[assignment, method-assign]


class Aws:
    """AWS in memory. Called with a service, it returns the client of that service."""

    def __init__(self) -> None:
        self._client = cache(self._made)
        self._saved: dict[tuple[str, ...], tuple[dict[Any, Any], Any]] = {}
        self._path: tuple[str, ...] = ()
        self._is_changed = False

    def __call__(self, service: str) -> Any:
        """Return the client of a service, made once: that takes longer than most tests."""
        return self._client(service)

    def reset(self) -> None:
        """Delete everything."""
        moto_api_backend.reset()
        self._path, self._is_changed = (), False

    def prepared(self, name: str, make: Callable[[], Any]) -> Any:
        """Make resources, and return what `make` returns.

        After a reset, or after others that were prepared, they are copied from the first time on:
        copying takes milliseconds, and calls of AWS take hundreds. `name` is unique to `make`.
        """
        if self._is_changed:  # by calls in between: there is nothing to copy
            return make()
        self._path = (*self._path, name)
        if self._path in self._saved:
            state, made = self._saved[self._path]
            _restore(state)
        else:
            made = make()
            self._saved[self._path] = (_state(), made)
        self._is_changed = False
        return deepcopy(made)

    def _made(self, service: str) -> Any:
        client = boto3.client(service)  # type: ignore[call-overload]
        client.meta.events.register("before-call", self._note_change)
        require_complete_responses(client)  # as the clients of a deployment do
        return client

    def _note_change(self, **_: Any) -> None:
        self._is_changed = True


def _get(service: str) -> Any:
    return get_backend(service)  # type: ignore[call-overload]


def _backends() -> dict[tuple[str, str, str], Any]:
    """Return moto's backends by service, account and region."""
    return {
        (service, account, region): backend
        for service in SERVICES
        for account, by_region in _get(service).items()
        for region, backend in by_region.items()
    }


def _state() -> dict[Any, Any]:
    """Return a copy of everything in the backends, and the backends that it refers to."""
    backends = _backends()
    values = {key: vars(backend) for key, backend in backends.items()}
    return {"backends": backends, "values": deepcopy(values, _as_themselves(backends.values()))}


def _restore(state: dict[Any, Any]) -> None:
    """Put a copy of a state in the backends' place."""
    moto_api_backend.reset()
    live = {
        (service, account, region): _get(service)[account][region]
        for service, account, region in state["values"]
    }
    memo = {id(old): live[key] for key, old in state["backends"].items()}
    for key, values in deepcopy(state["values"], memo).items():
        vars(live[key]).clear()
        vars(live[key]).update(values)


def _as_themselves(things: Any) -> dict[int, Any]:
    """Return a memo by which deepcopy does not copy these."""
    return {id(one): one for one in things}

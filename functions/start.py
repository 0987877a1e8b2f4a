"""Start: what is done once, before a function's first call, when Lambda hurries most."""

import gc
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from functions.runtime.endpoint import disconnect
from functions.telemetry import last_resort

TOUCH_SECONDS = 1
"""How long calls are begun whose answers nobody waits for."""


@contextmanager
def starting() -> Iterator[None]:
    """The start of a function, of which everything stays that it makes."""
    with last_resort():
        yield
    # What is there now is there for good: it need never be looked through for garbage.
    gc.freeze()
    gc.enable()


def touch(*reads: Callable[[], object]) -> None:
    """Read something from each service, so that the first request finds its connections open.

    When AWS is slow, the rest is left, so that the start ends before Lambda stops waiting for it,
    after 10 seconds.
    """
    until = time.monotonic() + TOUCH_SECONDS
    for read in reads:
        if time.monotonic() > until:
            return
        with suppress(Exception):  # it was for speed; what is wrong, a request will tell
            read()


def after_restore(renew: Callable[[], object]) -> None:
    """Renew what a snapshot of this start has made old, whenever Lambda restores it.

    It may be weeks old by then, and of that a clock that counts from the start may not know. Each
    environment begins with it: nobody is at the other end of its connections, and all of them would
    draw the same random numbers, by which retries are spread.
    """
    # Lambda's runtime has it, as the runtime client does: it is in no bundle.
    from snapshot_restore_py import (  # type: ignore[import-untyped]  # noqa: PLC0415
        register_after_restore,
    )

    for step in (random.seed, disconnect, renew):
        register_after_restore(step)

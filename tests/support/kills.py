"""Kills: a piece of code that ends at a line, as a killed process does."""

import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any


class Killed(BaseException):
    """What ends a run like a kill: nothing that handles errors handles it."""


def kill_at(
    line: int, where: ModuleType | str, run: Callable[[], object], *, die: Callable[[], object]
) -> bool:
    """Run something, and kill it before it comes to its n-th line somewhere; whether it did.

    That is a module, or every file with a text in its path. Lines are counted as they are executed,
    from 1. A killed process tidies nothing up, and Python would on the way out: `die` is called
    first, after which nothing that is done must have an effect.
    """
    executed = 0
    part = where if isinstance(where, str) else str(where.__file__)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal executed
        if part not in frame.f_code.co_filename:
            return None
        if event == "line":
            executed += 1
            if executed >= line:
                die()
                raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except Killed:
        return True
    finally:
        sys.settrace(before)
    return False

"""The console: what the laptop run says while it starts and runs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Self, TextIO


class Console:
    """Plain lines, so that they can be copied as they are."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._started = time.monotonic()

    @classmethod
    def silent(cls) -> Self:
        """A console that nobody sees."""
        return cls(StringIO())

    def say(self, line: str = "") -> None:
        """Say a line."""
        print(line, file=self._out, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Say how long a step of the start took."""
        begun = time.monotonic()
        yield
        self.say(f"{name:<24}{time.monotonic() - begun:5.1f} s")

    def ready(self) -> None:
        """Say how long the whole start took."""
        self.say(f"{'ready':<24}{time.monotonic() - self._started:5.1f} s")

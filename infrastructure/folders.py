"""Folders that are made once from the same inputs, and shared by every process that needs them."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNUSED = 6 * 60 * 60
"""Seconds without use after which a folder is removed: longer than any test run or benchmark."""


@dataclass(frozen=True, slots=True)
class Folders:
    """A cache of folders, each named by its kind and a hash of its inputs."""

    root: Path

    def made(self, kind: str, fingerprint: str, make: Callable[[Path], None]) -> Path:
        """Return a folder that is complete or absent, however often this is killed.

        `make` fills an empty folder, which is renamed afterwards. One process makes a folder at a
        time. A folder's modification time is its last use. Another process may still read a folder
        of earlier inputs, so only unused ones are removed. The lock is held: a partial folder has
        no builder.
        """
        with self._alone():
            made = self.root / f"{kind}-{fingerprint}"
            if not made.exists():
                for older in self.root.glob(f"{kind}-*"):
                    if older.suffix == ".partial" or older.stat().st_mtime < time.time() - UNUSED:
                        shutil.rmtree(older)
                partial = made.with_suffix(".partial")
                partial.mkdir()
                make(partial)
                partial.rename(made)
            os.utime(made)
            return made

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process build at a time. The lock ends with its process, however that ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def digest(*parts: bytes) -> str:
    """A short name for all of these bytes, told apart where each ends."""
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(hashlib.sha256(part).digest())
    return sha256.hexdigest()[:16]

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
"""Seconds after its last request until a folder that no process uses may be removed."""

_used: dict[tuple[int, int], int] = {}
"""The open files whose locks mark the folders that this process uses, by device and inode."""


@dataclass(frozen=True, slots=True)
class Folders:
    """A cache of folders, each named by its kind and a hash of its inputs."""

    root: Path

    def made(self, kind: str, fingerprint: str, make: Callable[[Path], None]) -> Path:
        """Return a folder that is complete or absent, however often this is killed.

        `make` fills an empty folder, which is renamed afterwards. One process makes a folder at a
        time. A process that called this uses the folder until it ends; a folder in use is never
        removed. A folder's modification time is that of the last call. The lock is held: a partial
        folder has no builder.
        """
        with self._alone():
            made = self.root / f"{kind}-{fingerprint}"
            if not made.exists():
                for older in self.root.glob(f"{kind}-*"):
                    if older.suffix == ".partial" or _is_unused(older):
                        shutil.rmtree(older)
                partial = made.with_suffix(".partial")
                partial.mkdir()
                make(partial)
                partial.rename(made)
            os.utime(made)
            _use(made)
            return made

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process build at a time. The lock ends with its process, however that ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _use(folder: Path) -> None:
    """Lock a folder until this process ends, however that happens."""
    found = folder.stat()
    one = (found.st_dev, found.st_ino)
    if one not in _used:
        _used[one] = os.open(folder, os.O_RDONLY)
        fcntl.flock(_used[one], fcntl.LOCK_SH)


def _is_unused(folder: Path) -> bool:
    """Return whether no process uses a folder, and none has asked for it recently."""
    if folder.stat().st_mtime > time.time() - UNUSED:
        return False
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(opened)
    return True


def digest(*parts: bytes) -> str:
    """A short name for all of these bytes, told apart where each ends."""
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(hashlib.sha256(part).digest())
    return sha256.hexdigest()[:16]

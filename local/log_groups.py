"""Log groups: what files of the laptop run say, for who asks CloudWatch Logs for it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

STREAM = "laptop"
EVERY_SECONDS = 0.5
CHUNK = 500_000
"""How many bytes of a file are taken at once: `PutLogEvents` takes a megabyte."""


class LogGroups:
    """Copies files into log groups, line by line. It follows them from their beginning."""

    def __init__(self, logs: Any, groups: Mapping[Path, str]) -> None:  # noqa: ANN401 - a client
        self._logs = logs
        self._groups = groups
        self._read = dict.fromkeys(groups, 0)
        for group in set(groups.values()):
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName=STREAM)

    def follow(self) -> None:
        """Copy what is new in each file, and rest."""
        for file, group in self._groups.items():
            self._copy(file, group)
        time.sleep(EVERY_SECONDS)

    def _copy(self, file: Path, group: str) -> None:
        if file.stat().st_size == self._read[file]:
            return
        with file.open("rb") as log:
            log.seek(self._read[file])
            chunk = log.read(CHUNK)
        end = chunk.rfind(b"\n") + 1 or (len(chunk) if len(chunk) == CHUNK else 0)
        now = int(time.time() * 1000)
        lines = [line.decode(errors="replace") for line in chunk[:end].split(b"\n") if line]
        if events := [{"timestamp": now, "message": line} for line in lines]:
            self._logs.put_log_events(logGroupName=group, logStreamName=STREAM, logEvents=events)
        self._read[file] += end

"""Programs that tests run to their end."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Completed: TypeAlias = subprocess.CompletedProcess[str]

INLET = Path(sys.executable).parent / "inlet"
"""The `inlet` command of this environment."""


def completed(
    *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> Completed:
    """Run a command to its end, whatever its exit code is; it takes `timeout` seconds at most."""
    return subprocess.run(
        command, cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True, check=False
    )

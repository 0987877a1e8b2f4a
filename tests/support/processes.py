"""Programs that tests and benchmarks run."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Completed: TypeAlias = subprocess.CompletedProcess[str]

PROJECT = Path(__file__).parents[2]
INLET = Path(sys.executable).parent / "inlet"
"""The `inlet` command of this environment."""


def completed(
    *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> Completed:
    """Run a command to its end, whatever its exit code is; it takes `timeout` seconds at most."""
    return subprocess.run(
        command, cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True, check=False
    )


def start_laptop(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start the laptop run in a folder of its own, with its output in the file `printed` there."""
    with (folder / "printed").open("wb") as printed:
        return subprocess.Popen(
            [sys.executable, "-m", "local", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )

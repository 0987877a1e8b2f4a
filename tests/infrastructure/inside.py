"""Programs that run in a bundle, with nothing around it."""

import subprocess
import sys
from pathlib import Path


def in_the(bundle: Path, program: str) -> str:
    """What a program says at its end in a bundle, and nothing around it."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {program}"],
        cwd=bundle,
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    return (ran.stdout + ran.stderr).strip().splitlines()[-1]

"""Programs that run in a bundle, with nothing around it."""

import sys
from pathlib import Path

from tests.support.processes import completed


def in_the(bundle: Path, program: str) -> str:
    """What a program says at its end in a bundle, and nothing around it."""
    here = "import sys; sys.path.insert(0, '.')"
    ran = completed(sys.executable, "-I", "-S", "-c", f"{here}; {program}", cwd=bundle, env={})
    return (ran.stdout + ran.stderr).strip().splitlines()[-1]

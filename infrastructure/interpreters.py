"""Interpreters: finding the Python that Lambda will run, on this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def find_python(version: str, among: Iterable[Path]) -> Path | None:
    """The first interpreter that really runs and is of a version such as `3.13`."""
    return next((path for path in among if _version_of(path) == version), None)


def installed_pythons(version: str, environment: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Where an interpreter of a version may be: this one, on PATH, and in pyenv's folder."""
    yield Path(sys.executable)
    on_path = shutil.which(f"python{version}", path=environment.get("PATH"))
    if on_path:
        yield Path(on_path)
    # pyenv's commands on PATH are there for versions that are not switched on, and then fail.
    pyenv = Path(environment.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def _version_of(python: Path) -> str | None:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(  # noqa: S603 - an interpreter of this machine
            [python, "-I", "-c", question], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()

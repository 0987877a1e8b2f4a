"""A copy of this repository, for tests that change it."""

import shutil
from pathlib import Path

from tests.support.processes import PROJECT, completed


def copy_tree(to: Path) -> None:
    """Copy every file that git tracks or would add, as it is now."""
    listed = completed(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=PROJECT
    )
    listed.check_returncode()
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, to / name)

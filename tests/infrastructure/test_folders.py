"""The cache of folders: what is removed from it, and when."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infrastructure.folders import Folders

PROJECT = Path(__file__).parents[2]
USE_A_FOLDER = (
    "import sys; from pathlib import Path; from infrastructure.folders import Folders;"
    " print(Folders(Path(sys.argv[1])).made('kind', 'old', lambda to: None), flush=True); input()"
)
PROCESS = [sys.executable, "-c", USE_A_FOLDER]
"""A process that uses the folder `kind-old` until it gets a line."""


def made(root: Path, fingerprint: str) -> Path:
    return Folders(root).made("kind", fingerprint, lambda _: None)


def used_hours_ago(folder: Path, hours: int) -> None:
    then = time.time() - hours * 3600
    os.utime(folder, (then, then))


def test_a_folder_of_seven_hours_ago_stays_while_a_process_uses_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROCESS, tmp_path], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        old = Path(process.stdout.readline().strip())
        used_hours_ago(old, 7)
        made(tmp_path, "second")
        assert old.is_dir()
        process.communicate("\n")
    made(tmp_path, "third")
    assert not old.exists()


@pytest.mark.parametrize(("hours", "stays"), [(5, True), (7, False)])
def test_a_folder_that_no_process_uses_stays_for_six_hours(
    tmp_path: Path, hours: int, *, stays: bool
) -> None:
    subprocess.run(
        [*PROCESS, tmp_path], cwd=PROJECT, input=b"\n", stdout=subprocess.DEVNULL, check=True
    )
    old = tmp_path / "kind-old"
    used_hours_ago(old, hours)
    made(tmp_path, "new")
    assert old.exists() == stays


def test_a_process_keeps_the_folders_that_it_uses_itself(tmp_path: Path) -> None:
    old = made(tmp_path, "old")
    old.rmdir()
    assert made(tmp_path, "old") == old
    used_hours_ago(old, 7)
    made(tmp_path, "new")
    assert old.is_dir()

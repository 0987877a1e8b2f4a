"""The machine that a bundle was made for: wheels and bytecode are of use nowhere else."""

import os
import sys
from pathlib import Path


def check(runs_on: Path) -> None:
    """Raise ImportError where a bundle is not for this machine; the runtime shows its sentence.

    `runs_on` is the file that says what it is for; where there is none, this is no bundle.
    """
    if not runs_on.exists():
        return
    meant = runs_on.read_text()
    here = f"{sys.implementation.cache_tag} {os.uname().machine}"
    if meant != here:
        raise ImportError(
            f"This bundle is for {meant}, and this is {here}: give the function that runtime and"
            " that architecture, or build the bundle for these."
        )

"""Results that take seconds and depend on nothing but their inputs, shared by all test runs.

Both workers of a run, and later runs, read a result that one of them has stored under `build`.
"""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infrastructure.folders import Folders, digest

PROJECT = Path(__file__).parents[2]


def stored(
    kind: str, inputs: list[bytes], distributions: list[str], compute: Callable[[], Any]
) -> Any:
    """Return a JSON value, computed only if no run has computed it from the same inputs.

    The names in `distributions` stand for their installed versions. An exception of `compute` is
    raised, and nothing is stored.
    """
    versions = [sys.version, *(f"{name} {version(name)}" for name in distributions)]
    fingerprint = digest(*inputs, *(one.encode() for one in versions))

    def write(folder: Path) -> None:
        (folder / "result.json").write_text(json.dumps(compute()))

    folders = Folders(PROJECT / "build" / "stored" / kind)
    return json.loads((folders.made(kind, fingerprint, write) / "result.json").read_text())

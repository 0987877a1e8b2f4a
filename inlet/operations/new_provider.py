"""New provider: its folder, its line in the registry and its first sample, from a recording.

What only a person can know is written as TODO, and the tests refuse it until it is decided.
"""

import keyword
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inlet import providers
from inlet.json_text import dumps
from inlet.operations import provider_sources
from inlet.operations.errors import OperationError
from inlet.operations.guesses import Guess, Header, guess
from inlet.operations.recorded import Recorded, read

NAME = re.compile(r"[a-z][a-z0-9]{1,23}")
"""What a provider may be called: it is a folder, a part of a URL and of AWS's names."""

REGISTRY = "inlet/providers/__init__.py"


def new_provider(
    name: str, recording: Path, event_type: str | None, checkout: Path
) -> tuple[str, ...]:
    """Write a provider into a checkout; the paths that were written or changed.

    Nothing is written where it raises OperationError.
    """
    registry = checkout / REGISTRY
    if not registry.is_file() or not registry.samefile(providers.__file__):
        raise OperationError(
            "new-provider writes into the checkout of Inlet that it is installed from: run"
            " .venv/bin/inlet in the checkout's folder."
        )
    _check_name(name, checkout)
    recorded = read(recording)
    guessed = guess(recorded, event_type)
    sources = provider_sources.modules(name, recorded, guessed)
    files = {f"inlet/providers/{name}/{module}.py": text for module, text in sources.items()}
    files[REGISTRY] = _registered(registry.read_text(), name)
    if not find_spec("ruff"):
        raise OperationError("new-provider needs ruff: `make environment` installs it into .venv.")
    sample = dumps(_sample(name, recorded, guessed), indent=2)
    files[f"events/{name}/{guessed.event_type}.json"] = f"{sample}\n"
    for path, text in files.items():
        (checkout / path).parent.mkdir(exist_ok=True)
        (checkout / path).write_text(text)
    _tidy([path for path in files if path.endswith(".py")], checkout)
    return tuple(sorted(files))


def _check_name(name: str, checkout: Path) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise OperationError(
            f"{name} cannot name a provider: use 2 to 24 lower-case letters and digits, a letter"
            " first, and no word of Python."
        )
    if name in providers.PROVIDERS:
        raise OperationError(f"There is a provider {name} already.")
    for folder in (f"inlet/providers/{name}", f"events/{name}"):
        if (checkout / folder).exists():
            raise OperationError(f"There is a folder {folder} already.")
    if hasattr(providers, name.upper()) or name.upper() in provider_sources.USED:
        raise OperationError(f"{name.upper()} means something else here: use another name.")


def _registered(registry: str, name: str) -> str:
    """The registry with a line, and an import, for one more provider."""
    imported = f"from inlet.providers.{name} import {name.upper()}\n"
    registered, lines = re.subn(
        r"(for provider in \(\n(?:\s+\w+,\n)*)(\s+\)\n)", rf"\1{name.upper()},\n\2", registry
    )
    registered, imports = re.subn(
        r"^from inlet\.providers\.", rf"{imported}\g<0>", registered, count=1, flags=re.MULTILINE
    )
    if (lines, imports) != (1, 1):
        raise OperationError(f"{REGISTRY} is not written as new-provider expects: one per line.")
    return registered


def _sample(name: str, recorded: Recorded, guessed: Guess) -> Mapping[str, Any]:
    """The first sample: the headers that are read, and nothing that may be a credential."""
    places = (guessed.type_place, guessed.id_place)
    kept = {"content-type", *(place.name for place in places if isinstance(place, Header))}
    path = f"/webhooks/{name}"
    headers = {"content-type": "application/json", **recorded.headers}
    return {
        "evidence": "seen",
        "request": {
            "method": "POST",
            "path": path if guessed.type_place else f"{path}/{guessed.event_type}",
            "headers": {header: value for header, value in headers.items() if header in kept},
            "body": recorded.body,
        },
        "answer": None,
        "event": None,
    }


def _tidy(modules: Sequence[str], checkout: Path) -> None:
    """Put modules in the style of the checkout, unused imports and the order of all included."""
    for command in (("check", "--fix", "--select", "I,F401", "--quiet"), ("format", "--quiet")):
        subprocess.run(  # noqa: S603 - the words are ours
            [sys.executable, "-m", "ruff", *command, *modules], cwd=checkout, check=True
        )

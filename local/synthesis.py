"""Synthesis: `app.py` run for this machine, unless what it reads is as it was."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.errors import LaptopError
from local.locks import locked

SOURCES = ("app.py", "cdk.json", "inlet", "functions", "infrastructure", "requirements")


class Synthesis:
    """The assembly of a stage, made from a project for this machine's Python."""

    def __init__(self, project: Path, stage: str) -> None:
        self._project = project
        self._stage = stage
        self.assembly = project / "build" / "laptop"
        self._made_from = project / "build" / "laptop.sha256"

    def run(self, log: Path) -> bool:
        """Synthesise, where anything has changed, and say whether. Raises LaptopError.

        Bundles of earlier sources stay in the assembly: another laptop run may be using them.
        """
        self.assembly.parent.mkdir(parents=True, exist_ok=True)
        with locked(self._made_from.with_suffix(".lock"), wait=True):
            fingerprint = self.fingerprint()
            if self._is_made_from(fingerprint):
                return False
            self._made_from.unlink(missing_ok=True)
            self._synthesise(log)
            self._made_from.write_text(fingerprint)
            return True

    def fingerprint(self) -> str:
        """A hash over all that goes into the assembly."""
        sha256 = hashlib.sha256(f"{self._stage} {sys.version}".encode())
        for file in self.files():
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            sha256.update(f"{file.relative_to(self._project)} {content}\n".encode())
        return sha256.hexdigest()

    def files(self) -> Iterator[Path]:
        """Every file that goes into the assembly. Raises LaptopError where one is missing."""
        for name in SOURCES:
            source = self._project / name
            if not source.exists():
                raise LaptopError(f"{source} is missing: start the laptop run in the project.")
            found = sorted(source.rglob("*")) if source.is_dir() else [source]
            yield from (
                file for file in found if file.is_file() and "__pycache__" not in file.parts
            )

    def _is_made_from(self, fingerprint: str) -> bool:
        return (
            self._made_from.is_file()
            and self._made_from.read_text() == fingerprint
            and (self.assembly / "manifest.json").is_file()
        )

    def _synthesise(self, log: Path) -> None:
        context = {"stage": self._stage, "bundle": "host"}
        environment = os.environ | {
            "CDK_OUTDIR": str(self.assembly),
            "CDK_CONTEXT_JSON": json.dumps(context),
            # The CDK's own look at the template takes seconds, and the laptop run is stricter.
            "CDK_VALIDATION": "false",
        }
        with log.open("wb") as output:
            process = subprocess.run(
                [sys.executable, "app.py"],
                cwd=self._project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if process.returncode != 0:
            said = log.read_text(errors="replace").strip().splitlines()
            raise LaptopError(f"app.py failed ({said[-1] if said else ''}): {log} says it in full.")

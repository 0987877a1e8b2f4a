"""Bundle: the folder that a Lambda function runs from.

One builder for two targets: `lambda`, for AWS, and `host`, for this machine. What it makes depends
on nothing but the sources, the lock, the target and the stage's own event types, so that the same
inputs give the same hash.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import MappingProxyType

from aws_cdk import aws_lambda as lambda_

from functions.settings import STAGE_TYPES
from infrastructure import distributions
from infrastructure.folders import Folders, digest
from infrastructure.interpreters import find_python, installed_pythons
from infrastructure.mistakes import Mistake
from inlet.providers import TYPES, Types

LAMBDA_PYTHON = "3.13"
SOURCES = ("functions", "inlet")
LEFT_OUT = ("inlet/cli", "inlet/operations", "inlet/simulator")
"""What of the sources runs on people's machines only."""
VERY_OLD = 315532800
"""1980-01-01, the first time that a zip file can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a bundle is made for.

    `architecture` is Lambda's word for the processor, `platform` says what its wheels run on, and
    `wheels` are pip's options that choose them. `extensions` is how the names of compiled modules
    end, and `runs_on` what a function finds about itself there: Python's tag and the machine's.
    `python` compiles the bytecode; where it is None, there is none.
    """

    name: str
    architecture: lambda_.Architecture
    platform: str
    wheels: tuple[str, ...]
    extensions: str
    runs_on: str
    python: Path | None


def for_lambda(python: Path | None) -> Target:
    """AWS's own machines: arm64, and the Python of the functions' runtime."""
    platforms = ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
    return Target(
        name="lambda",
        architecture=lambda_.Architecture.ARM_64,
        platform=f"{platforms[0]} {LAMBDA_PYTHON}",
        wheels=(
            *(f"--platform={name}" for name in platforms),
            f"--python-version={LAMBDA_PYTHON}",
            "--implementation=cp",
        ),
        extensions=".cpython-313-aarch64-linux-gnu.so",
        runs_on="cpython-313 aarch64",
        python=python,
    )


def for_host() -> Target:
    """This machine, and the Python that runs this."""
    arm = platform.machine().lower() in {"arm64", "aarch64"}
    return Target(
        name="host",
        architecture=lambda_.Architecture.ARM_64 if arm else lambda_.Architecture.X86_64,
        platform=f"{sysconfig.get_platform()} {sys.version}",
        wheels=(),
        extensions=EXTENSION_SUFFIXES[0],
        runs_on=f"{sys.implementation.cache_tag} {os.uname().machine}",
        python=Path(sys.executable),
    )


def target_named(
    name: str,
    *,
    bytecode_required: bool,
    python: Callable[[], Path | None] = lambda: find_python(
        LAMBDA_PYTHON, installed_pythons(LAMBDA_PYTHON)
    ),
) -> Target:
    """The target of a name. Raises Mistake for any other, and where bytecode cannot be made."""
    if name == "host":
        return for_host()
    if name != "lambda":
        raise Mistake(f"There is no bundle {name!r}: the bundles are lambda and host.")
    found = python()
    if found is None:
        if bytecode_required:
            raise Mistake(
                f"No Python {LAMBDA_PYTHON} was found, and without one the functions would compile"
                " themselves at each cold start: install it, put it on PATH, and deploy again."
            )
        print(  # noqa: T201 - standard output belongs to the CDK
            f"Warning: no Python {LAMBDA_PYTHON} was found, so the bundle has no bytecode; it"
            " cannot be deployed like this.",
            file=sys.stderr,
        )
    return for_lambda(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Makes the bundles of a project, and caches them in a folder, by a hash of their inputs."""

    project: Path
    bundles: Path

    def build(self, target: Target, types: Types = MappingProxyType({})) -> Path:
        """Return the folder with the bundle for a target and a stage, which has these own types.

        All stages without own types share one bundle; that of another stage is a copy with a file
        more.
        """
        bundle = self._bundle(target)
        if not types:
            return bundle
        written = TYPES.dump_json(types)

        def add_types(to: Path) -> None:
            shutil.copytree(bundle, to, dirs_exist_ok=True)
            (to / STAGE_TYPES.name).write_bytes(written)

        fingerprint = digest(bundle.name.encode(), written)
        return self._made(f"{target.name}-stage-bundle", fingerprint, add_types)

    def _bundle(self, target: Target) -> Path:
        packages = self.packages(target)
        everything = digest(
            packages.name.encode(),
            distributions.fingerprint(),
            *self._source_bytes(),
        )
        return self._made(
            f"{target.name}-bundle",
            everything,
            lambda to: self._assemble(packages, target, to),
        )

    def packages(self, target: Target) -> Path:
        """The folder with the locked distributions as they are, made unless it is there already.

        By themselves, so that an edit of the sources does not install them again.
        """
        lock = self.project / "requirements" / "lambda.txt"
        fingerprint = digest(
            Path(__file__).read_bytes(),
            target.platform.encode(),
            _version(target.python),
            lock.read_bytes(),
        )
        return self._made(
            f"{target.name}-packages", fingerprint, lambda to: _install(lock, target, to)
        )

    def _made(self, kind: str, fingerprint: str, make: Callable[[Path], None]) -> Path:
        def make_normalised(to: Path) -> None:
            make(to)
            _normalise(to)

        return Folders(self.bundles).made(kind, fingerprint, make_normalised)

    def _assemble(self, packages: Path, target: Target, to: Path) -> None:
        shutil.copytree(packages, to, dirs_exist_ok=True)
        distributions.keep_what_is_used(to)
        for source in self._sources():
            copy = to / source.relative_to(self.project)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        (to / "runs-on.txt").write_text(target.runs_on)
        compile_ahead(target, to, ".")

    def _sources(self) -> list[Path]:
        left_out = tuple(self.project / name for name in LEFT_OUT)
        return sorted(
            path
            for folder in SOURCES
            for path in (self.project / folder).rglob("*")
            if path.is_file()
            and "__pycache__" not in path.parts
            and not any(path.is_relative_to(name) for name in left_out)
        )

    def _source_bytes(self) -> Iterator[bytes]:
        for source in self._sources():
            yield str(source.relative_to(self.project)).encode()
            yield source.read_bytes()


def _install(lock: Path, target: Target, to: Path) -> None:
    """Install the locked distributions, without what nothing at run time reads."""
    pip = subprocess.run(  # noqa: S603 - our own arguments
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--target", str(to), *target.wheels),
            *("--only-binary=:all:", "--require-hashes", "--no-deps", "--no-compile"),
            *("-r", str(lock)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if pip.returncode:
        raise Mistake(
            f"pip could not install {lock.name} for the {target.name} bundle: {_end_of(pip.stderr)}"
        )
    for folder in ("bin", "*/tests", "*/__pycache__"):
        for path in to.glob(folder):
            shutil.rmtree(path)
    # What pip did here, as opposed to what the distributions are; licences stay.
    for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        for path in to.glob(f"*.dist-info/{name}"):
            path.unlink()
    for compiled in to.rglob("*.so"):
        if not compiled.name.endswith(target.extensions):
            raise Mistake(
                f"{compiled.name} is not for {target.runs_on}, which the {target.name} bundle is"
                " for: its function could not import it."
            )
    compile_ahead(target, to, ".")


def compile_ahead(target: Target, root: Path, what: str) -> None:
    """Compile a folder or file of a bundle ahead.

    Lambda cannot write bytecode, and takes it only where it needs no check.
    """
    if target.python is None:
        return
    compilation = subprocess.run(  # noqa: S603 - an interpreter of this machine
        [
            *(target.python, "-I", "-m", "compileall", "-q"),
            *("--invalidation-mode", "unchecked-hash"),
            # The same paths wherever it is compiled.
            *("-s", str(root), "-p", "/var/task", str(root / what)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if compilation.returncode:
        raise Mistake(f"The {target.name} bundle does not compile: {_end_of(compilation.stdout)}")


def _normalise(root: Path) -> None:
    """Take away what differs between two runs: times, and what this machine's umask permits."""
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (VERY_OLD, VERY_OLD))


def _version(python: Path | None) -> bytes:
    if python is None:
        return b"no bytecode"
    return subprocess.run(  # noqa: S603 - an interpreter of this machine
        [python, "-I", "-VV"], capture_output=True, check=True
    ).stdout


def _end_of(output: str) -> str:
    return " / ".join(line.strip() for line in output.strip().splitlines()[-3:])

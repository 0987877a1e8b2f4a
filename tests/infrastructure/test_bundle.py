"""The bundle: what is in it, and that the same inputs make the same."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infrastructure.bundle import LEFT_OUT, SOURCES, Builder, for_host, for_lambda, target_named
from infrastructure.interpreters import find_python, installed_pythons
from infrastructure.listing import listing
from infrastructure.mistakes import Mistake
from inlet.provider import EventType
from tests.infrastructure.inside import in_the
from tests.mutants import __main__ as mutants

PROJECT = Path(__file__).parents[2]
UNCHECKED_HASH = b"\x01\0\0\0"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of few files that needs no distribution."""
    files = {
        "requirements/lambda.txt": "# nothing\n",
        "functions/__init__.py": "",
        "functions/ingest/handler.py": "from inlet.event import EVENT\n",
        "functions/ingest/__pycache__/old.pyc": "left by a run\n",
        "inlet/__init__.py": "",
        "inlet/event.py": "EVENT = 'an event'\n",
        "inlet/cli/__init__.py": "",
        "inlet/operations/replay.py": "",
        "inlet/simulator/plan.py": "",
    }
    for name, text in files.items():
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "project"


def builder(project: Path, bundles: str = "build/bundles") -> Builder:
    return Builder(project=project, bundles=project / bundles)


def files(bundle: Path) -> set[str]:
    """The names of the files in a bundle, each bytecode file as the module it is of."""
    names = (str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file())
    return {re.sub(r"__pycache__/(\w+)\.cpython-\d+\.pyc", r"\1.pyc", name) for name in names}


def digest(bundle: Path) -> str:
    """A hash over names, contents, permissions and times."""
    sha256 = hashlib.sha256()
    for path in sorted(bundle.rglob("*")):
        stat = path.stat()
        sha256.update(f"{path.relative_to(bundle)} {stat.st_mode} {stat.st_mtime}".encode())
        sha256.update(path.read_bytes() if path.is_file() else b"")
    return sha256.hexdigest()


def test_it_holds_what_runs_in_lambda_and_nothing_else(project: Path) -> None:
    assert files(builder(project).build(for_host())) == {
        "functions/__init__.py",
        "functions/__init__.pyc",
        "functions/ingest/handler.py",
        "functions/ingest/handler.pyc",
        "inlet/__init__.py",
        "inlet/__init__.pyc",
        "inlet/event.py",
        "inlet/event.pyc",
        "runs-on.txt",
    }


def test_what_is_left_out_is_no_mutant_either() -> None:
    assert (mutants.CODE, mutants.LEFT_OUT) == (SOURCES, LEFT_OUT)


def test_the_same_inputs_make_the_same_bundle_wherever_they_are(project: Path) -> None:
    one = builder(project, "one").build(for_host())
    before = os.umask(0o077)
    try:
        other = builder(project, "elsewhere/other").build(for_host())
    finally:
        os.umask(before)
    assert digest(one) == digest(other)
    assert one.name == other.name


def test_a_bundle_that_is_there_is_not_built_again(project: Path) -> None:
    bundle = builder(project).build(for_host())
    inode = bundle.stat().st_ino
    assert builder(project).build(for_host()).stat().st_ino == inode


def test_an_edit_makes_another_bundle_without_installing_again(project: Path) -> None:
    first = builder(project).build(for_host())
    (packages,) = (project / "build/bundles").glob("host-packages-*")
    inode = packages.stat().st_ino
    (project / "inlet/event.py").write_text("EVENT = 'another event'\n")
    second = builder(project).build(for_host())
    assert second.name != first.name
    assert packages.stat().st_ino == inode
    assert "another" in (second / "inlet/event.py").read_text()
    # Another process may still read it.
    assert (first / "inlet/event.py").is_file()


ORDERS = {"standard": {"order.paid": EventType("An order was paid.", kind="payment", rank=1)}}


def test_own_types_of_a_stage_are_one_file_more_in_a_copy_of_the_bundle(project: Path) -> None:
    bundle = builder(project).build(for_host())
    before = digest(bundle)
    inode = bundle.stat().st_ino
    with_types = builder(project).build(for_host(), ORDERS)
    assert (with_types / "stage-types.json").read_text() == (
        '{"standard":{"order.paid":{"description":"An order was paid.","kind":"payment","rank":1}}}'
    )
    assert files(with_types) == files(bundle) | {"stage-types.json"}
    assert builder(project).build(for_host(), ORDERS) == with_types
    assert builder(project).build(for_host(), {"standard": {}}) != with_types
    # What takes long to build is shared, and as it was.
    assert builder(project).build(for_host()).stat().st_ino == inode
    assert digest(bundle) == before


def test_a_build_that_was_killed_leaves_nothing_that_is_taken_for_a_bundle(project: Path) -> None:
    built = builder(project).build(for_host())
    (project / "inlet/event.py").write_text("EVENT = 'another event'\n")
    killed = builder(project).build(for_host())
    killed.rename(killed.with_suffix(".partial"))
    (killed.with_suffix(".partial") / "inlet/event.py").unlink()
    again = builder(project).build(for_host())
    assert again == killed
    assert files(again) == files(again) | {"inlet/event.py"}
    assert not killed.with_suffix(".partial").exists()
    assert files(built) == files(again)


def test_bytecode_is_never_checked_against_its_source(project: Path) -> None:
    bundle = builder(project).build(for_host())
    bytecode = list(bundle.rglob("*.pyc"))
    assert len(bytecode) == 4
    for file in bytecode:
        assert file.read_bytes()[4:8] == UNCHECKED_HASH


def test_without_an_interpreter_of_lambdas_version_there_is_no_bytecode(project: Path) -> None:
    bundle = builder(project).build(for_lambda(None))
    assert not [name for name in files(bundle) if name.endswith(".pyc")]


def test_a_module_that_does_not_compile_stops_the_build_with_a_sentence(project: Path) -> None:
    (project / "inlet/event.py").write_text("EVENT = \n")
    with pytest.raises(Mistake, match=r"The host bundle does not compile: .*SyntaxError"):
        builder(project).build(for_host())
    (project / "inlet/event.py").write_text("EVENT = 1\n")
    assert builder(project).build(for_host()).is_dir()


def test_what_pip_cannot_install_stops_the_build_with_its_last_words(project: Path) -> None:
    (project / "requirements/lambda.txt").write_text("no-hash==1\n")
    with pytest.raises(Mistake) as mistake:
        builder(project).build(for_host())
    assert str(mistake.value).startswith("pip could not install lambda.txt for the host bundle: ")
    assert "no-hash==1" in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_wheels_for_lambda_are_those_of_arm64_and_python_3_13() -> None:
    assert for_lambda(None).wheels == (
        "--platform=manylinux_2_28_aarch64",
        "--platform=manylinux_2_17_aarch64",
        "--platform=manylinux2014_aarch64",
        "--python-version=3.13",
        "--implementation=cp",
    )


def test_a_bundle_refuses_another_python_or_machine_with_a_sentence(real: Path) -> None:
    says_otherwise = (
        "import os, sys; sys.implementation.cache_tag = 'cpython-399';"
        " os.environ['AWS_LAMBDA_RUNTIME_API'] = ''; import functions.ingest.handler"
    )
    meant = (real / "runs-on.txt").read_text()
    assert in_the(real, says_otherwise) == (
        f"ImportError: This bundle is for {meant}, and this is cpython-399 {meant.split()[1]}: give"
        " the function that runtime and that architecture, or build the bundle for these."
    )


def test_a_wheel_for_another_machine_stops_the_build_with_a_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(_: object, **__: object) -> subprocess.CompletedProcess[str]:
        (partial,) = (project / "build/bundles").glob("*.partial")
        (partial / "core.cpython-312-x86_64-linux-gnu.so").write_bytes(b"")
        return subprocess.CompletedProcess([], 0)

    monkeypatch.setattr("infrastructure.bundle.subprocess.run", install)
    with pytest.raises(Mistake) as mistake:
        builder(project).build(for_lambda(None))
    assert str(mistake.value) == (
        "core.cpython-312-x86_64-linux-gnu.so is not for cpython-313 aarch64, which the lambda"
        " bundle is for: its function could not import it."
    )


def test_an_unknown_bundle_is_told_the_known_ones() -> None:
    with pytest.raises(Mistake) as mistake:
        target_named("arm", bytecode_required=False)
    assert str(mistake.value) == "There is no bundle 'arm': the bundles are lambda and host."


def test_synthesis_without_python_3_13_warns_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = target_named("lambda", bytecode_required=False, python=lambda: None)
    assert target.python is None
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "Warning: no Python 3.13 was found, so the bundle has no bytecode; it cannot be deployed"
        " like this.\n"
    )


def test_deployment_without_python_3_13_is_refused() -> None:
    with pytest.raises(Mistake, match=r"^No Python 3\.13 was found, and without one"):
        target_named("lambda", bytecode_required=True, python=lambda: None)


def test_the_host_needs_no_other_python_than_its_own() -> None:
    target = target_named("host", bytecode_required=True, python=lambda: None)
    assert target.python == Path(sys.executable)


@pytest.fixture
def script(tmp_path: Path) -> "Script":
    return Script(tmp_path)


class Script:
    """Makes programs that say something and end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, says: str, code: int = 0) -> Path:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho {says}\nexit {code}\n")
        file.chmod(0o755)
        return file


def test_an_interpreter_that_is_there_but_does_not_run_is_passed_over(script: Script) -> None:
    shim = script("shims/python3.13", "3.13", code=127)
    right = script("right/python3.13", "3.13")
    assert find_python("3.13", [shim, right]) == right


def test_an_interpreter_of_another_version_or_none_at_all_is_not_found(
    script: Script, tmp_path: Path
) -> None:
    assert find_python("3.13", [script("python3.12", "3.12"), tmp_path / "nothing"]) is None


def test_interpreters_are_looked_for_here_then_on_path_then_at_pyenv(
    script: Script, tmp_path: Path
) -> None:
    on_path = script("path/python3.13", "3.13")
    older = script("pyenv/versions/3.13.0/bin/python3.13", "3.13")
    newer = script("pyenv/versions/3.13.5/bin/python3.13", "3.13")
    script("pyenv/versions/3.12.1/bin/python3.12", "3.12")
    environment = {"PATH": str(tmp_path / "path"), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert list(installed_pythons("3.13", environment)) == [
        Path(sys.executable),
        on_path,
        newer,
        older,
    ]


@pytest.fixture(scope="module")
def real() -> Path:
    """The bundle that the laptop run takes too; made here only where nobody made it before."""
    return Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles").build(for_host())


def test_the_real_bundle_imports_nothing_from_outside_itself(real: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        " import functions.ingest.handler, functions.consumer.handler;"
        " print(*{getattr(m, '__file__', None) or '' for m in sys.modules.values()}, sep='\\n')"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(real)],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    outside = {
        file
        for file in answer.stdout.splitlines()
        if file
        and not Path(file).is_relative_to(real)
        and not Path(file).is_relative_to(os.__file__.removesuffix("/os.py"))
    }
    assert outside == set()


def test_the_real_bundle_has_licences_but_nothing_of_this_machine_or_its_people(
    real: Path,
) -> None:
    names = files(real)
    assert any(re.fullmatch(r"boto3-.*\.dist-info/LICENSE", name) for name in names)
    assert any(re.fullmatch(r"pydantic-.*\.dist-info/licenses/LICENSE", name) for name in names)
    assert not [name for name in names if name.endswith(("/RECORD", "/INSTALLER", "/REQUESTED"))]
    left_out = ("bin/", "inlet/cli", "inlet/operations", "inlet/simulator")
    assert not [name for name in names if name.startswith(left_out)]


def test_the_real_bundle_is_what_its_page_says_and_every_distribution_has_its_licence(
    real: Path,
) -> None:
    page = listing(real)
    assert (PROJECT / "docs/reference/bundle.md").read_text() == page
    rows = re.findall(r"^\| [\w-]+ \| [\d.]+\S* \| \S.* \| `.+` \|$", page, re.MULTILINE)
    assert len(rows) == len(list(real.glob("*.dist-info"))) == 12


def test_the_real_bundle_is_small(real: Path) -> None:
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in real.rglob("*"):
            archive.write(path, path.relative_to(real))
    assert 5_000_000 < len(zipped.getvalue()) < 7_000_000

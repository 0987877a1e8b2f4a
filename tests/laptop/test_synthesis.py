"""A stage is synthesised where anything has changed, and only then."""

import shutil
from pathlib import Path

import pytest

from local.errors import LaptopError
from local.synthesis import Synthesis

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(parents=True, exist_ok=True)
(out / "manifest.json").write_text(os.environ["CDK_CONTEXT_JSON"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("inlet", "functions", "infrastructure", "requirements", "build"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("1")
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text("{}")
    return tmp_path


def run(project: Path, stage: str = "dev") -> bool:
    return Synthesis(project, stage).run(project / "log")


def test_the_stage_is_synthesised_for_this_machine(project: Path) -> None:
    assert run(project)
    manifest = project / "build" / "laptop" / "manifest.json"
    assert manifest.read_text() == '{"stage": "dev", "bundle": "host"}'


def test_a_second_run_synthesises_nothing(project: Path) -> None:
    assert [run(project), run(project)] == [True, False]


@pytest.mark.parametrize("file", ["app.py", "cdk.json", "inlet/file", "requirements/new"])
def test_a_change_synthesises_anew(project: Path, file: str) -> None:
    run(project)
    with (project / file).open("a") as changed:
        changed.write("\n")
    assert run(project)


def test_another_stage_or_a_lost_assembly_synthesises_anew(project: Path) -> None:
    run(project)
    assert run(project, "prod")
    shutil.rmtree(project / "build" / "laptop")
    assert run(project, "prod")


def test_bytecode_is_no_change(project: Path) -> None:
    run(project)
    (project / "inlet" / "__pycache__").mkdir()
    (project / "inlet" / "__pycache__" / "file.pyc").write_text("1")
    assert not run(project)


def test_a_failure_is_a_sentence_and_is_not_remembered(project: Path) -> None:
    run(project)
    (project / "app.py").write_text("import sys\nprint('more')\nsys.exit('there is no such stage')")
    for _ in range(2):
        with pytest.raises(LaptopError, match=r"app.py failed \(there is no such stage\): .*/log"):
            run(project)


def test_another_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LaptopError, match=r"app\.py is missing"):
        run(tmp_path)

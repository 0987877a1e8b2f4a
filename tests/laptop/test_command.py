"""The command says what is wrong in one sentence, and how it ended by its exit code."""

import socket
import sys
from pathlib import Path

import pytest

from local.command import NEEDED
from tests.support.processes import Completed, completed

PROJECT = Path(__file__).parents[2]


def run(folder: Path, *arguments: str, **environment: str) -> Completed:
    environment = {"PYTHONPATH": str(PROJECT), "HOME": str(folder)} | environment
    return completed(sys.executable, "-m", "local", *arguments, cwd=folder, env=environment)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "a port is a number up to 65535"),
        (["--port", "web"], "a port is a number up to 65535"),
        (["--environments", "0"], "a function needs one environment at least"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_wrong_usage_is_said_and_is_exit_code_2(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    process = run(tmp_path, *arguments)
    assert process.returncode == 2
    assert said in process.stderr


def test_a_port_in_use_is_said_before_anything_else_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        process = run(tmp_path, "--port", port)
    assert process.returncode == 1
    assert process.stderr == (
        f"inlet: Port {port} is in use: stop what uses it, or choose another one with --port.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_is_missing_is_said(tmp_path: Path) -> None:
    blocker = "import sys; sys.modules['moto'] = None; from local.command import main; main()"
    environment = {"PYTHONPATH": str(PROJECT)}
    process = completed(sys.executable, "-c", blocker, cwd=tmp_path, env=environment)
    assert "moto" in NEEDED
    assert process.returncode == 1
    assert process.stderr == "inlet: moto is not installed: `make environment` installs it.\n"

"""The command: synthesise where needed, start, say what to do, and run until told to stop."""

import argparse
import importlib.util
import logging
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local.console import Console
from local.errors import LaptopError
from local.locks import locked

PROJECT = Path(__file__).parent.parent
STATE = Path(".inlet")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NEEDED = ("aws_cdk", "awslambdaric", "boto3", "joserfc", "moto", "pydantic", "starlette", "uvicorn")


def main() -> None:
    """Run the laptop from the command line."""
    arguments = _arguments()
    _end_on_signals(is_ready=False)
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        _check_tools()
        _run(arguments)
    except LaptopError as problem:
        sys.exit(f"inlet: {problem}")


def _run(arguments: argparse.Namespace) -> None:
    # Imported once the tools are known to be there.
    from local.laptop import Laptop, listen  # noqa: PLC0415
    from local.synthesis import Synthesis  # noqa: PLC0415
    from local.welcome import lines  # noqa: PLC0415

    listen(arguments.port).close()  # before the synth, which takes longer than to say no
    console = Console()
    logs = STATE / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        try:  # two runs would write the same logs
            running.enter_context(locked(STATE / "lock", wait=False))
        except BlockingIOError:
            raise LaptopError(
                "another run is in this folder: stop it first, or start this one in another folder."
            ) from None
        synthesis = Synthesis(PROJECT, arguments.stage)
        with console.step("synth"):
            if not synthesis.run(logs / "synth.log"):
                console.say("nothing changed since the last synth")
        laptop = running.enter_context(
            Laptop(
                synthesis.assembly,
                port=arguments.port,
                environments=arguments.environments,
                state=STATE,
                console=console,
            )
        )
        console.ready()
        _end_on_signals(is_ready=True)
        for line in lines(laptop, PROJECT, STATE):
            console.say(line)
        while True:
            threading.Event().wait(0.5)
            laptop.check()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=_port, default=8080, help="the door's; 0 takes any")
    parser.add_argument("--stage", default="laptop", help="which stage is synthesised")
    parser.add_argument(
        "--environments", type=_cap, default=10, help="how many processes a function may have"
    )
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:  # noqa: PLR2004 - TCP's own limit
        raise argparse.ArgumentTypeError("a port is a number up to 65535")
    return int(text)


def _cap(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a function needs one environment at least")
    return int(text)


def _check_tools() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise LaptopError(f"{missing[0]} is not installed: `make environment` installs it.")


def _end_on_signals(*, is_ready: bool) -> None:
    """End in good order on the first signal, with the exit code 0 once everything runs."""

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_IGN)
        sys.exit(0 if is_ready else 128 + number)

    for ending in ENDINGS:
        signal.signal(ending, stop)

"""The laptop run, started as `make run` does, once for all journeys."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from inlet.operations.credentials import credentials_of
from inlet.operations.deployment import Deployment, laptop
from inlet.operations.samples import Sample
from inlet.operations.send import headers
from inlet.operations.timeline import Timeline, timeline
from inlet.providers import PROVIDERS
from tests.support.processes import INLET, PROJECT, Completed, completed, start_laptop


@dataclass
class Run:
    """A laptop run: its process, the folder it was started in, and what it prints."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def printed(self) -> str:
        """Everything that was printed so far."""
        return (self.folder / "printed").read_text()

    @property
    def deployment(self) -> Deployment:
        """What an operator's commands work on."""
        return laptop(self.folder / ".inlet" / "laptop.json")

    def wait_until_ready(self) -> None:
        """Wait, at most a minute and a half."""
        eventually(lambda: "Ctrl-C stops everything" in self.printed or not self.running, 90)
        assert self.running, self.printed

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    def stop(self) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def start(folder: Path, *arguments: str) -> Run:
    """Start the laptop run in a folder of its own, where it keeps its logs."""
    (folder / "events").symlink_to(PROJECT / "events")
    return Run(start_laptop(folder, *arguments), folder)


@pytest.fixture
def starting() -> Iterator[Callable[..., Run]]:
    """Starts laptop runs that end with the test, however it goes."""
    runs: list[Run] = []

    def started(folder: Path, *arguments: str) -> Run:
        runs.append(start(folder, *arguments))
        return runs[-1]

    yield started
    for run in runs:
        if run.running:
            run.stop()


def eventually(holds: Callable[[], Any], seconds: float = 20) -> Any:
    """What is true in the end: asked again and again, at most so long."""
    until = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


class Journey:
    """A door to post at, and what is behind it to look into."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.deployment = run.deployment
        self.door = self.deployment.output("MarosaWebhookUrl").removesuffix("/webhooks/marosa")
        self.credentials = {name: credentials_of(self.deployment, name) for name in PROVIDERS}
        self.users = {
            name: (
                credentials.basic[-1].username,
                credentials.basic[-1].password.get_secret_value(),
            )
            for name, credentials in self.credentials.items()
        }

    def post(self, path: str, body: bytes | str, **options: Any) -> httpx.Response:
        """Post JSON as the provider of the path."""
        options.setdefault("headers", {"content-type": "application/json"})
        options.setdefault("auth", self.users.get(path.split("/")[2]))
        return httpx.post(f"{self.door}{path}", content=body, timeout=40, **options)

    def send(self, sample: Sample) -> httpx.Response:
        """Post a sample as it says."""
        sent = headers(sample, self.credentials[sample.provider], datetime.now(UTC))
        return self.post(sample.request["path"], sample.body, headers=sent, auth=None)

    def inlet(self, *arguments: str) -> Completed:
        """Run the `inlet` command on the laptop run."""
        return completed(INLET, *arguments, cwd=self.run.folder)

    def timeline(self, subject: str) -> Timeline:
        """What is known of a subject now."""
        return timeline(self.deployment, subject)

    def log(self, function: str) -> str:
        """What a function has written."""
        return (self.run.folder / ".inlet" / "logs" / f"{function}.log").read_text()


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """The whole of Inlet on this machine."""
    run = start(tmp_path_factory.mktemp("journey"), "--port", "0")
    try:
        run.wait_until_ready()
        yield Journey(run)
    finally:
        if run.running:
            run.stop()


PAGES = ("docs/adding-a-provider.md", "docs/adding-a-consumer.md")

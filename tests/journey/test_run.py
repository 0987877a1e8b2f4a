"""The laptop run as a person starts it: what it prints works, and stopping it leaves nothing."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inlet.providers import PROVIDERS
from tests.journey.conftest import Journey, Run, eventually
from tests.support.processes import PROJECT, completed

SUBJECTS = {
    "marosa": "marosa/document/INV-2025-00123",
    "digiteal": "digiteal/payment/00000000-0000-4000-8000-000000000001",
    "standard": "standard/unrecognised/in_123",
}
"""What the printed sample of each provider is about."""


def test_the_webhook_urls_are_printed_as_providers_send_to_them(journey: Journey) -> None:
    urls = re.search(r"Webhook URLs\n((?: +http\S+\n)+)", journey.run.printed)
    assert urls
    assert urls[1].split() == [
        f"{journey.door}/webhooks/marosa",
        f"{journey.door}/oauth2/marosa",
        f"{journey.door}/webhooks/digiteal/PAYMENT_INITIATED",
        f"{journey.door}/webhooks/standard",
    ]
    assert re.search(r"ready +\d+\.\d s", journey.run.printed)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_printed_commands_send_a_sample_and_show_its_timeline(
    journey: Journey, provider: str
) -> None:
    printed = journey.run.printed
    curl = re.search(rf"^ +(.*curl -i .*/webhooks/{provider}\S*)$", printed, re.MULTILINE)
    assert curl
    posted = subprocess.run(["/bin/sh", "-c", curl[1]], capture_output=True, check=True)
    assert b"HTTP/1.1 202" in posted.stdout
    assert json.loads(posted.stdout.splitlines()[-1])["status"] in {"accepted", "duplicate"}
    assert re.search(rf"inlet timeline {SUBJECTS[provider]}$", printed, re.MULTILINE)
    assert eventually(lambda: journey.timeline(SUBJECTS[provider]).state)


def test_the_printed_commands_deliver_with_a_token(journey: Journey) -> None:
    pair = re.search(r"TOKEN=.*\n +curl -i .*/oauth2/marosa", journey.run.printed)
    assert pair
    posted = subprocess.run(["/bin/sh", "-c", pair[0]], capture_output=True, check=True)
    assert b"HTTP/1.1 202" in posted.stdout


def test_a_busy_port_is_said_in_a_sentence(
    journey: Journey, tmp_path: Path, starting: Callable[..., Run]
) -> None:
    port = journey.door.rpartition(":")[2]
    run = starting(tmp_path, "--port", port)
    assert run.process.wait(timeout=60) == 1
    assert f"inlet: Port {port} is in use" in run.printed
    assert "Traceback" not in run.printed


def test_a_second_run_in_the_same_folder_is_refused_and_harms_nothing(journey: Journey) -> None:
    where = journey.run.folder / ".inlet" / "laptop.json"
    before = where.read_text()
    command = [sys.executable, "-m", "local", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    second = completed(*command, cwd=journey.run.folder, env=environment)
    assert second.returncode == 1
    assert "inlet: another run is in this folder: stop it first" in second.stderr
    assert where.read_text() == before
    assert not journey.timeline("marosa/document/none").entries  # and the first one answers


def test_stopping_leaves_nothing_behind(journey: Journey) -> None:
    """It is the last test of the last file: it stops the run that all journeys share."""
    journey.post("/webhooks/marosa", b"{}")
    children = _descendants(journey.run.process.pid)
    assert len(children) >= 2  # the data planes, and a function
    assert journey.run.stop() == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not (journey.run.folder / ".inlet" / "laptop.json").exists()
    assert "Traceback" not in journey.run.printed


def _descendants(pid: int) -> list[int]:
    """The processes below a process, from Linux's /proc."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text()
        except OSError:  # it has ended
            continue
        parents[int(process.name)] = int(stat.rpartition(")")[2].split()[1])
    found = [pid]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found[1:]

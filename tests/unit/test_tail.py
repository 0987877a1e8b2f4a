"""What the functions write about events is shown as they write it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from inlet.cli.commands import app
from inlet.operations import tail as module
from inlet.operations.logs import Line
from inlet.operations.tail import tail
from tests.support.deployed import Deployed

REQUEST = {
    "message": "request",
    "outcome": "accepted",
    "provider": "marosa",
    "event_type": "DOCUMENT_STATUS_CHANGED",
    "event_id": "an-id",
}
REFUSED = {
    "message": "request",
    "outcome": "not-json",
    "provider": "digiteal",
    "detail": "The body is not JSON.",
}
RELEASE = REQUEST | {"message": "release", "outcome": "duplicate"}
FAILED = REQUEST | {
    "message": "event",
    "consumer": "documents",
    "outcome": "failed",
    "causes": [{"type": "ClientError", "code": "Throttled"}],
}
METRIC = {"provider": "marosa", "outcome": "accepted", "Requests": [1.0]}


@pytest.fixture
def rests(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests between two looks. In the first, more is written; the third is the end."""
    rests: list[float] = []

    class Clock:
        def sleep(self, seconds: float) -> None:
            rests.append(seconds)
            if len(rests) == 1:
                deployed.log("documents", FAILED)
            if len(rests) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(module, "time", Clock())
    return rests


def written(lines: Iterator[Line]) -> list[dict[str, Any]]:
    """What is shown until the end."""
    shown = []
    with suppress(KeyboardInterrupt):
        for line in lines:
            shown.append(line.written)  # noqa: PERF401 - what came before the end counts
    return shown


def test_each_line_about_an_event_is_shown_once(deployed: Deployed, rests: list[float]) -> None:
    for line in (REQUEST, METRIC, REFUSED, "no JSON"):
        deployed.log("ingest", line)
    assert written(tail(deployed.deployment)) == [REQUEST, REFUSED, FAILED]
    assert rests == [3, 3, 3]


def test_one_can_ask_for_one_provider(deployed: Deployed, rests: list[float]) -> None:
    deployed.log("ingest", REQUEST)
    deployed.log("ingest", REFUSED)
    assert written(tail(deployed.deployment, provider="digiteal")) == [REFUSED]
    assert len(rests) == 3


@pytest.mark.usefixtures("rests")
def test_the_command_prints_a_line_each_until_it_is_stopped(deployed: Deployed) -> None:
    for line in (REQUEST, REFUSED, RELEASE):
        deployed.log("ingest", line)
    shown = CliRunner().invoke(app, ["tail"])
    assert shown.exit_code == 0
    assert [line.partition("  ")[2] for line in shown.output.splitlines()] == [
        "ingest  accepted  marosa  DOCUMENT_STATUS_CHANGED  an-id",
        "ingest  not-json  digiteal  The body is not JSON.",
        "release  duplicate  marosa  DOCUMENT_STATUS_CHANGED  an-id",
        "documents  failed  marosa  DOCUMENT_STATUS_CHANGED  an-id  ClientError Throttled",
    ]
    at = datetime.fromisoformat(shown.output.partition("  ")[0])
    assert abs((at - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.usefixtures("deployed")
def test_a_script_gets_an_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Line(id="", at="", written=line) for line in (REQUEST, FAILED)]
    monkeypatch.setattr("inlet.cli.show.tail", lambda *_, **__: iter(found))
    lines = CliRunner().invoke(app, ["tail", "--json"]).output.splitlines()
    assert [json.loads(line) for line in lines] == [REQUEST, FAILED]


@pytest.mark.usefixtures("deployed")
def test_a_provider_that_is_none_is_named() -> None:
    result = CliRunner().invoke(app, ["tail", "--provider", "nobody"])
    assert result.exit_code == 2
    assert "There is no provider nobody: say marosa or digiteal or standard." in result.stderr

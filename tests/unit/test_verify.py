"""`inlet simulate --verify`, at a door behind which are the functions, on AWS in memory."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.consumers import consumer_of
from inlet.operations import dead_letters, verify
from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.door import Door
from tests.support.doors import Posted
from tests.support.doors import door as opened_door
from tests.support.gateway import http_event
from tests.support.station import Station

ARGUMENTS = ("simulate", "--verify", "--total", "5", "--rate", "1000", "--seed", "7")

Event = dict[str, Any]


class Inlet:
    """The functions and what is between them. `lead` says what becomes of an event."""

    def __init__(self, aws: Aws, door: Door, folder: Path) -> None:
        self.door = door
        self.deployed = Deployed(aws, folder)
        self.stations = {name: Station(aws, name) for name in self.deployed.lambda_.enabled}
        self.lead: Callable[[Event], None] = self.consume
        self.file = folder / ".inlet" / "laptop.json"

    def __call__(self, posted: Posted) -> tuple[int, Any]:
        """Answer as the function does, and lead on what it published."""
        with redirect_stdout(io.StringIO()):  # it writes metrics
            answered = self.door.answer(http_event(posted.path, posted.body, posted.headers))
            for entry in self.door.published:
                self.lead(
                    {
                        "source": entry["Source"],
                        "detail-type": entry["DetailType"],
                        "resources": entry["Resources"],
                        "detail": json.loads(entry["Detail"]),
                    }
                )
            self.door.published.clear()
        return answered["status"], answered["body"]

    def consume(self, event: Event) -> None:
        kind = event["detail"]["metadata"]["subject"].split("/")[1]
        assert self.stations[consumer_of(kind).name].take(event) == []

    def run(self, *arguments: str) -> Result:
        """Run the command on this deployment."""
        with opened_door(self) as opened:
            written = json.loads(self.file.read_text())
            written["outputs"] = self.deployed.outputs | {
                "MarosaWebhookUrl": f"{opened.url}/webhooks/marosa",
                "TimelineTable": "timeline",
                "DeliveriesTable": "deliveries",
                "QuarantineBucket": "quarantine",
                **{f"{n.capitalize()}CredentialsArn": arn for n, arn in self.door.secrets.items()},
            }
            self.file.write_text(json.dumps(written))
            return CliRunner().invoke(app, [*ARGUMENTS, *arguments])


@pytest.fixture
def inlet(aws: Aws, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(verify, "QUIET_SECONDS", 0)
    monkeypatch.setattr(verify, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    return Inlet(aws, door, tmp_path)


def test_a_kept_promise_is_verified(inlet: Inlet) -> None:
    result = inlet.run("--total", "10", "--malformed", "0.4")
    assert result.exit_code == 0, result.output
    assert "verified: all that was taken is where it must be" in result.stdout
    assert "refused: 4" in result.stdout


def once(
    otherwise: Callable[[Event], None], consume: Callable[[Event], None]
) -> Callable[[Event], None]:
    """Something else for the first event, and what is right for all others."""
    seen: list[Event] = []

    def lead(event: Event) -> None:
        seen.append(event)
        (otherwise if len(seen) == 1 else consume)(event)

    return lead


def test_an_event_that_is_nowhere_is_lost(inlet: Inlet) -> None:
    inlet.lead = once(lambda _: None, inlet.consume)
    result = inlet.run("--json")
    assert result.exit_code == 1
    verified = json.loads(result.stdout)["verified"]
    assert [violation["what"] for violation in verified["violations"]] == ["lost"]
    assert "is nowhere" in verified["violations"][0]["about"]
    assert "    lost: " in inlet.run().stdout


def test_an_event_that_is_otherwise_than_it_was_sent_is_changed(inlet: Inlet) -> None:
    def altered(event: Event) -> None:
        event["detail"]["data"]["added"] = "on its way"
        inlet.consume(event)

    inlet.lead = once(altered, inlet.consume)
    result = inlet.run()
    assert result.exit_code == 1
    assert "changed: nobody sent" in result.stdout


def test_a_dead_letter_is_told_and_is_not_lost(inlet: Inlet) -> None:
    inlet.lead = once(
        lambda event: inlet.deployed.consumer_letter("documents", event), inlet.consume
    )
    result = inlet.run()
    assert result.exit_code == 0, result.output
    assert "1 are dead letters" in result.stdout


def test_a_refused_body_that_is_not_kept_is_told(inlet: Inlet) -> None:
    sent = inlet.run("--malformed", "0.4", "--journal", "journal")
    assert sent.exit_code == 0, sent.output
    key = sorted(inlet.door.kept())[0]
    inlet.door.s3.delete_object(Bucket="quarantine", Key=key)
    result = inlet.run("--journal", "journal")
    assert result.exit_code == 1
    assert "not kept: " in result.stdout


def test_rejected_requests_of_others_do_not_matter(inlet: Inlet) -> None:
    with redirect_stdout(io.StringIO()):
        assert inlet.door.post("/webhooks/marosa", b"[1]")["status"] == 422
    result = inlet.run()
    assert result.exit_code == 0, result.output


def test_what_others_have_in_the_queues_does_not_matter(inlet: Inlet) -> None:
    url = inlet.deployed.url("payments")
    inlet.deployed.sqs.send_message(QueueUrl=url, MessageBody="{}")
    result = inlet.run()
    assert result.exit_code == 0, result.output
    assert "1 events are still in queues, these or others" in result.stdout


def in_the_queue(inlet: Inlet, event: Event) -> None:
    url = inlet.deployed.url("documents")
    inlet.deployed.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


def test_what_may_be_in_a_queue_is_not_called_lost(inlet: Inlet) -> None:
    inlet.lead = once(partial(in_the_queue, inlet), inlet.consume)
    result = inlet.run("--json", "--journal", "journal")
    assert result.exit_code == 1
    verified = json.loads(result.stdout)["verified"]
    assert (verified["violations"], verified["waiting"]) == ([], 1)
    assert [one["what"] for one in verified["unsettled"]] == ["lost"]
    told = inlet.run("--journal", "journal").stdout
    assert "    lost, unless it is in a queue: " in told
    assert "verified: " not in told
    assert told.endswith("Verify again when these are consumed, with the same --journal.\n")


def test_more_than_is_in_the_queues_is_lost(inlet: Inlet) -> None:
    seen: list[Event] = []

    def lead(event: Event) -> None:
        seen.append(event)
        if len(seen) == 1:
            in_the_queue(inlet, event)
        elif len(seen) > 2:
            inlet.consume(event)

    inlet.lead = lead
    result = inlet.run("--json")
    assert result.exit_code == 1
    verified = json.loads(result.stdout)["verified"]
    assert [one["what"] for one in verified["violations"]] == ["lost", "lost"]
    assert (verified["unsettled"], verified["waiting"]) == ([], 1)


def test_it_looks_again_while_events_are_on_their_way(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "PATIENCE_SECONDS", 60)
    waiting: list[Event] = []
    inlet.lead = once(waiting.append, inlet.consume)
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            inlet.consume(*waiting)

    monkeypatch.setattr(verify, "sleep", sleep)
    result = inlet.run()
    assert result.exit_code == 0, result.output
    assert looks == [1, 1]


def test_the_outcome_of_a_release_is_read_too(inlet: Inlet) -> None:
    inlet.run("--malformed", "0.4", "--journal", "journal")
    key = sorted(inlet.door.kept())[0]
    provider, _, identifier = key.removesuffix(".json").partition("/")
    with redirect_stdout(io.StringIO()):
        inlet.door.release(provider, identifier)
    result = inlet.run("--journal", "journal")
    assert result.exit_code == 0, result.output


def test_conflict_is_read_from_the_timeline(inlet: Inlet) -> None:
    """Another content under the id of the first event arrives before it, so that it is no entry."""

    def after_a_rival(event: Event) -> None:
        rival = json.loads(json.dumps(event))
        rival["detail"]["metadata"]["contentHash"] = "1:rival"
        rival["detail"]["data"]["rival"] = True
        inlet.consume(rival)
        inlet.consume(event)

    inlet.lead = once(after_a_rival, inlet.consume)
    verified = json.loads(inlet.run("--json").stdout)["verified"]
    assert [violation["what"] for violation in verified["violations"]] == ["changed"]
    assert verified["violations"][0]["about"].startswith("nobody sent ")

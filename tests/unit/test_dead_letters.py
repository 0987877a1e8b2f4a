"""Dead letters of both kinds: seen, and put into the queues that they were meant for."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.operations import dead_letters as module
from inlet.operations.deployment import Deployment, laptop
from inlet.operations.queues import Depth
from tests.support.deployed import Deployed
from tests.support.kills import Killed, kill_at
from tests.support.samples import sample

Inlet = Callable[..., Result]

EVENT = sample("marosa", "DOCUMENT_STATUS_CHANGED").event
PAYMENT = sample("digiteal", "PAYMENT_INITIATED").event
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000301"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/inlet-dev/documents"


def encrypted(**detail: str) -> dict[str, Any]:
    """What EventBridge puts into a dead-letter queue where the key of the bus failed."""
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000302",
        "account": "123456789012",
        "time": "2025-03-30T10:15:00Z",
        "region": "eu-west-1",
        "resources": [],
        "source": "aws.events",
        "detail-type": "Encrypted Events",
        "detail": {
            "event-bus-arn": "arn:aws:events:eu-west-1:123456789012:event-bus/inlet-dev",
            "kms-key-arn": KEY,
            "encrypted-payload": "AgR4",
            **detail,
        },
    }


@pytest.fixture
def deployed(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0)
    return deployed


@pytest.fixture
def inlet(deployed: Deployed) -> Inlet:  # noqa: ARG001 - it is what the command works on
    return lambda *arguments: CliRunner().invoke(app, ["dead-letters", *arguments])


def listed(inlet: Inlet, *options: str) -> list[dict[str, Any]]:
    return list(json.loads(inlet("list", "--json", *options).output))


def test_both_kinds_are_listed_by_consumer_and_error(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("documents", EVENT, error="ThrottlingException")
    deployed.consumer_letter("documents", EVENT)
    deployed.consumer_letter("payments", PAYMENT)
    deployed.rule_letter("payments", PAYMENT)
    output = inlet("list").output
    assert [line for line in output.splitlines() if not line.startswith(" ")] == [
        "documents  ClientError ThrottlingException  2",
        "payments  unknown error  1",
        "rule of payments  NO_PERMISSIONS  1",
    ]
    assert "marosa/document/INV-2025-00123" in output


def test_the_event_of_one_is_shown_and_moved_with_every_digit(
    deployed: Deployed, inlet: Inlet
) -> None:
    body = json.dumps(EVENT).replace('"data": {', '"data": {"a": 1.10, "b": [1e2, 1E-400], ')
    deployed.consumer_letter("documents", body)
    (letter,) = listed(inlet)
    for options in ([], ["--json"]):
        shown = inlet("show", letter["message_id"], *options).output
        assert '"a": 1.10, "b": [ 1e2, 1E-400 ],' in " ".join(shown.split())
    assert inlet("redrive", "--all").exit_code == 0
    (message,) = deployed.sqs.receive_message(QueueUrl=deployed.url("documents"))["Messages"]
    assert message["Body"] == body


def test_looking_leaves_them_where_they_are(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("documents", EVENT)
    assert len(listed(inlet)) == 1
    assert len(listed(inlet)) == 1
    assert deployed.bodies("documents-dead-letters") == [EVENT]


@pytest.mark.parametrize(
    ("options", "letters"),
    [
        (["--consumer", "documents"], 1),
        (["--error", "NO_PERMISSIONS"], 1),
        (["--error", "NO_PERMISSIONS", "--consumer", "documents"], 0),
        (["--event", "f47ac10b-58cc-4372-a567-0e02b2c3d479"], 1),
        (["--type", "PAYMENT_INITIATED"], 1),
        ([], 2),
    ],
)
def test_one_can_ask_for_some(
    deployed: Deployed, inlet: Inlet, options: list[str], letters: int
) -> None:
    deployed.consumer_letter("documents", EVENT)
    deployed.rule_letter("payments", PAYMENT)
    assert len(listed(inlet, *options)) == letters


def test_one_is_shown_with_its_event(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("payments", PAYMENT)
    time.sleep(0.01)  # they are listed by when they came
    deployed.consumer_letter("documents", EVENT, error="ThrottlingException")
    _, letter = listed(inlet)
    shown = inlet("show", letter["message_id"])
    assert "ClientError ThrottlingException" in shown.output
    assert '"detail-type": "DOCUMENT_STATUS_CHANGED"' in shown.output
    assert json.loads(inlet("show", letter["message_id"], "--json").output) == letter


@pytest.mark.parametrize("body", ["not json", "[]", '{"detail": {"metadata": {}}}'])
def test_what_is_no_event_is_listed_too(deployed: Deployed, inlet: Inlet, body: str) -> None:
    deployed.consumer_letter("documents", body)
    (letter,) = listed(inlet)
    assert (letter["event_id"], letter["consumer"]) == (None, "documents")
    assert letter["body"] == body
    shown = inlet("show", letter["message_id"]).output.splitlines()
    assert shown[-2].strip() == "no event of Inlet's"
    assert shown[-1] == body


def test_encrypted_events_are_listed_by_the_key_that_failed(
    deployed: Deployed, inlet: Inlet
) -> None:
    deployed.rule_letter("documents", encrypted(**{"rule-arn": RULE}))
    deployed.rule_letter(None, encrypted())
    output = inlet("list").output.splitlines()
    assert output[0] == f"encrypted  {KEY}  2"
    assert {line.strip() for line in output[2::2]} == {RULE, "no rule: the bus failed"}
    letters = {letter["consumer"]: letter for letter in listed(inlet)}
    assert letters["documents"]["encrypted"] == {"key_arn": KEY, "rule_arn": RULE}
    assert letters[None]["encrypted"] == {"key_arn": KEY, "rule_arn": None}
    assert json.loads(letters[None]["body"]) == encrypted()
    assert inlet("show", letters[None]["message_id"]).output.endswith(
        json.dumps(encrypted()) + "\n"
    )


def test_an_event_that_only_resembles_an_encrypted_one_is_foreign(
    deployed: Deployed, inlet: Inlet
) -> None:
    for name, value in (("source", "acme"), ("detail-type", "Another"), ("detail", [])):
        deployed.rule_letter("documents", {**encrypted(), name: value})
    assert [letter["encrypted"] for letter in listed(inlet)] == [None] * 3


def test_lines_of_the_log_that_say_nothing_of_it_are_passed_over(
    deployed: Deployed, inlet: Inlet
) -> None:
    deployed.consumer_letter("documents", EVENT)
    for line in ("failed", '"failed"', {"message": "failed"}, {"outcome": "failed", "causes": []}):
        deployed.log("documents", line)
    assert listed(inlet)[0]["error"] is None


# Redrive


def test_both_kinds_go_to_the_queues_that_they_were_meant_for(
    deployed: Deployed, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("inlet.operations.dead_letters.time.sleep", pauses.append)
    deployed.consumer_letter("documents", EVENT)
    deployed.rule_letter("payments", PAYMENT)
    moved = inlet("redrive", "--all", "--per-second", "4")
    assert moved.exit_code == 0
    assert pauses == [0.25, 0.25]
    assert moved.output.splitlines()[-1] == "2 moved"
    assert deployed.bodies("documents") == [EVENT]
    assert deployed.bodies("payments") == [PAYMENT]
    assert inlet("list").output == "No dead letters\n"


def test_only_what_was_asked_for_is_moved(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("documents", EVENT)
    deployed.consumer_letter("payments", PAYMENT)
    deployed.consumer_letter("payments", "not json")
    inlet("redrive", "--type", "PAYMENT_INITIATED")
    assert deployed.bodies("payments") == [PAYMENT]
    assert deployed.bodies("documents") == []
    assert {letter["event_type"] for letter in listed(inlet)} == {None, "DOCUMENT_STATUS_CHANGED"}


def test_one_is_moved_by_its_id(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("documents", EVENT)
    deployed.consumer_letter("documents", EVENT)
    inlet("redrive", listed(inlet)[0]["message_id"])
    assert len(listed(inlet)) == 1


def test_a_dry_run_moves_nothing(deployed: Deployed, inlet: Inlet) -> None:
    deployed.consumer_letter("documents", EVENT)
    planned = inlet("redrive", "--all", "--dry-run")
    assert planned.output.splitlines()[-1] == "1 would be moved"
    assert deployed.bodies("documents-dead-letters") == [EVENT]


def test_what_a_rule_meant_for_another_queue_stays(deployed: Deployed, inlet: Inlet) -> None:
    deployed.rule_letter("somebody-elses", EVENT)
    left = inlet("redrive", "--all")
    assert left.exit_code == 1
    assert left.output.splitlines()[-1] == (
        "1 left: the target of their rule is no queue of this deployment"
    )
    assert deployed.bodies("rule-dead-letters") == [EVENT]
    assert "rule of another target" in inlet("list").output


@pytest.mark.parametrize("choice", ["--all", "id"])
def test_an_encrypted_event_is_never_moved(deployed: Deployed, inlet: Inlet, choice: str) -> None:
    wrapper = encrypted(**{"rule-arn": RULE})
    deployed.rule_letter("documents", wrapper)
    deployed.consumer_letter("documents", wrapper)  # where somebody has moved it by other means
    choices = [letter["message_id"] for letter in listed(inlet)] if choice == "id" else [choice]
    for one in choices:
        left = inlet("redrive", one)
        assert left.exit_code == 1
        number = 1 if choice == "id" else 2
        assert left.stdout == (
            f'0 moved\n{number} left: encrypted with {KEY}. See "Encrypted dead letters" in'
            " docs/operations.md.\n"
        )
    assert deployed.bodies("documents") == []
    assert deployed.bodies("documents-dead-letters") == [wrapper]
    assert deployed.bodies("rule-dead-letters") == [wrapper]


def hide(deployed: Deployed, name: str, number: int = 1) -> None:
    """Receive messages, as a run does that is killed before it gives them back."""
    deployed.sqs.receive_message(
        QueueUrl=deployed.url(name), MaxNumberOfMessages=number, VisibilityTimeout=120
    )


INVISIBLE = (
    "Another run received them, and may have been killed. They are visible again by 10:17:00 UTC at"
    " the latest, unless that run moves them. Run this command again then.\n"
)


@pytest.fixture
def at_ten_fifteen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Clock":
            return cls(2025, 3, 30, 10, 15, tzinfo=tz)

    monkeypatch.setattr("inlet.cli.dead_letters.datetime", Clock)


@pytest.mark.usefixtures("at_ten_fifteen")
@pytest.mark.parametrize(
    ("arguments", "stdout"),
    [
        (["list"], ""),
        (["list", "--consumer", "documents", "--json"], "[]\n"),
        (["show", "an-id"], ""),
        (["redrive", "an-id"], ""),
        (["redrive", "--all"], ""),
        (["redrive", "--all", "--dry-run"], ""),
    ],
)
def test_messages_that_a_killed_run_received_are_counted(
    deployed: Deployed, inlet: Inlet, arguments: list[str], stdout: str
) -> None:
    for name in ("documents", "documents", "payments"):
        deployed.consumer_letter(name, EVENT)
    hide(deployed, "documents-dead-letters", 2)
    hide(deployed, "payments-dead-letters")
    result = inlet(*arguments)
    assert (result.exit_code, result.stdout) == (1, stdout)
    number = 2 if "--consumer" in arguments else 3
    assert result.stderr.endswith(f"Invisible messages: {number}. {INVISIBLE}")


def test_visible_ones_are_listed_and_moved_beside_invisible_ones(
    deployed: Deployed, inlet: Inlet
) -> None:
    deployed.consumer_letter("documents", EVENT)
    hide(deployed, "documents-dead-letters")
    deployed.consumer_letter("documents", EVENT)
    (letter,) = json.loads(inlet("list", "--json").stdout)
    assert inlet("show", letter["message_id"]).exit_code == 0
    result = inlet("redrive", "--all", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["invisible"]) == (1, 1)
    assert [one["message_id"] for one in told["moved"]] == [letter["message_id"]]


def test_letters_that_another_run_takes_meanwhile_do_not_count_as_moved(
    deployed: Deployed, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.consumer_letter("documents", EVENT)
    found = module.look(laptop(), module.Wanted())
    hide(deployed, "documents-dead-letters")
    monkeypatch.setattr("inlet.cli.dead_letters.look", lambda *_: found)
    result = inlet("redrive", "--all")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Invisible messages: 1." in result.stderr


def test_messages_that_sqs_still_counts_as_invisible_after_a_run_gave_them_back_are_not_told(
    deployed: Deployed, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.consumer_letter("documents", EVENT)
    one, none = (Depth(visible=0, invisible=count, kept_seconds=0) for count in (1, 0))
    counted = iter([one])
    monkeypatch.setattr(module, "depth", lambda *_: next(counted, none))
    assert inlet("list").exit_code == 0


def test_a_script_gets_json_of_what_is_moved_and_what_is_left(
    deployed: Deployed, inlet: Inlet
) -> None:
    deployed.consumer_letter("documents", EVENT)
    deployed.rule_letter("somebody-elses", EVENT)
    for options, dry_run in ((["--dry-run"], True), ([], False)):
        result = inlet("redrive", "--all", "--json", *options)
        told = json.loads(result.stdout)
        assert (result.exit_code, told["dry_run"]) == (1, dry_run)
        assert [one["consumer"] for one in told["moved"]] == ["documents"]
        assert [one["consumer"] for one in told["left"]] == [None]
    assert deployed.bodies("documents") == [EVENT]


def test_more_than_sqs_gives_at_once_are_moved(deployed: Deployed, inlet: Inlet) -> None:
    for _ in range(25):
        deployed.consumer_letter("documents", EVENT)
    moved = inlet("redrive", "--consumer", "documents", "--per-second", "10000")
    assert moved.output.splitlines()[-1] == "25 moved"


def unheard(**_: Any) -> None:
    """What becomes of the calls of the dead."""
    raise Killed


@pytest.mark.exhaustive
def test_killed_at_any_line_nothing_is_lost(deployed: Deployed) -> None:
    deployment: Deployment = laptop()
    calls = deployment.client("sqs").meta.events
    letters = 2
    line = 0
    killed = True
    while killed:
        line += 1
        assert line < 2000
        for name in ("documents", "documents-dead-letters"):
            deployed.sqs.delete_queue(QueueUrl=deployed.url(name))
            deployed.queue(name)
        for _ in range(letters):
            deployed.consumer_letter("documents", EVENT)
        found = module.dead_letters(deployment, module.Wanted())

        def run(found: list[module.DeadLetter] = found) -> None:
            module.redrive(deployment, found, per_second=10_000, moved=lambda _: None)

        killed = kill_at(line, module, run, die=lambda: calls.register("before-call", unheard))
        calls.unregister("before-call", unheard)
        there = [
            int(
                deployed.sqs.get_queue_attributes(
                    QueueUrl=deployed.url(name), AttributeNames=["All"]
                )["Attributes"][attribute]
            )
            for name in ("documents", "documents-dead-letters")
            for attribute in (
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            )
        ]
        assert sum(there) >= letters
    assert there == [letters, 0, 0, 0]
    assert line > 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["redrive"], "Name one by its id, or say which by"),
        (["redrive", "an-id", "--all"], "Name one by its id, or say which by"),
        (["show", "an-id"], "No dead letter has the id an-id"),
    ],
)
def test_a_mistake_is_named(inlet: Inlet, arguments: list[str], sentence: str) -> None:
    result = inlet(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output

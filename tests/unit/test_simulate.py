"""`inlet simulate`, against doors that answer as they are told."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.operations.errors import OperationError
from inlet.operations.simulate import (
    begin,
    door_at,
    entries_of,
    left_of,
    plan_of,
    report_of,
    simulate,
)
from inlet.simulator.journal import Answer, Entry, Planned, answered_line, sent_line
from inlet.simulator.plan import Shares
from inlet.simulator.report import Report
from inlet.simulator.sending import Sending
from tests.support.aws import Aws
from tests.support.deployed import write_laptop
from tests.support.doors import Posted, door

SECRETS = {"marosa": {"generated": "of-marosa"}, "digiteal": {"generated": "of-digiteal"}}
RIGHT = {
    f"Basic {base64.b64encode(f'{name}:of-{name}'.encode()).decode()}"
    for name in ("marosa", "digiteal")
}


class Receiver:
    """A door as it should be, as far as a simulation can tell."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, posted: Posted) -> tuple[int, Any]:
        if posted.headers.get("authorization") not in RIGHT:
            return 401, {"title": "Not authenticated"}
        try:
            read = json.loads(posted.body, parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError):
            return 400, {"title": "The body is not JSON"}
        event = (posted.path, json.dumps(read, sort_keys=True))
        outcome = "duplicate" if event in self.seen else "accepted"
        self.seen.add(event)
        return 202, {"status": outcome, "eventId": "an-id"}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(SECRETS))
    return file


@pytest.fixture
def inlet(secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command, fast, with the secrets of a file."""
    monkeypatch.chdir(tmp_path)
    options = ("--secrets", str(secrets), "--rate", "10000")
    return lambda *arguments: CliRunner().invoke(app, ["simulate", *options, *arguments])


def test_everything_is_sent_and_told(inlet: Callable[..., Result]) -> None:
    with door(Receiver()) as opened:
        result = inlet(
            "--url", f"{opened.url}/webhooks/marosa", "--total", "300", "--seed", "1", "--json"
        )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["sent"] == told["attempts"] == len(opened.posted) == 300
    assert told["unanswered"] == 0
    assert told["refused"]["401 Not authenticated"] > 0
    assert told["accepted"] + told["duplicates"] + sum(told["refused"].values()) == 300
    assert told["duplicates"] > 10
    assert set(told["latencyMilliseconds"]) == {"p50", "p95", "p99"}
    assert f"Seed {told['seed']}: 300 requests at 10000 a second" in result.stderr


def test_a_seed_sends_the_same_again(inlet: Callable[..., Result]) -> None:
    sent = []
    for _ in range(2):
        with door(Receiver()) as opened:
            inlet("--url", opened.url, "--total", "50", "--seed", "7")
        sent.append(sorted((posted.path, posted.body) for posted in opened.posted))
    assert sent[0] == sent[1]
    assert len(sent[0]) == 50


def test_the_report_is_shown_to_people(inlet: Callable[..., Result]) -> None:
    with door(Receiver()) as opened:
        result = inlet("--url", opened.url, "--total", "60", "--seed", "7")
    assert "60 sent in 60 attempts" in result.stdout
    assert "refused: 401 Not authenticated" in result.stdout
    assert "0 given up" in result.stdout
    assert "answered in p50" in result.stdout


def test_what_is_not_taken_is_sent_again_as_it_was(inlet: Callable[..., Result]) -> None:
    tried: set[bytes] = set()

    def says(posted: Posted) -> tuple[int, Any]:
        if posted.body not in tried:
            tried.add(posted.body)
            return 503, "down"
        return 202, {"status": "accepted", "eventId": "an-id"}

    with door(says) as opened:
        result = inlet("--url", opened.url, "--total", "3", "--seed", "1", "--json")
    told = json.loads(result.stdout)
    assert (told["sent"], told["attempts"], told["accepted"]) == (3, 6, 3)


def test_wrong_credentials_are_wrong_or_none(inlet: Callable[..., Result]) -> None:
    with door(Receiver()) as opened:
        inlet("--url", opened.url, "--total", "30", "--wrong-credentials", "0.7")
    proofs = {posted.headers.get("authorization") for posted in opened.posted}
    assert proofs - RIGHT == {None, "Basic bm9ib2R5OmEgd3Jvbmcgb25l"}


def test_a_journal_is_gone_on_with_where_a_simulation_died(
    inlet: Callable[..., Result], tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    planned = Planned(seed=7, total=10, rate=1000, shares=Shares())
    first, second, *others = planned.sendings()
    taken = Answer(at=0, seconds=0.1, status=202, outcome="accepted", event_id="an-id")
    busy = Answer(at=0, seconds=0.1, status=503)
    lines = [
        planned.line(),
        sent_line(first),
        answered_line(0, taken),
        sent_line(second),
        answered_line(1, busy),
        sent_line(others[0]),
        sent_line(others[1])[:30],
    ]
    journal.write_text("".join(lines))
    with door(Receiver()) as opened:
        result = inlet("--url", opened.url, "--journal", str(journal), "--json")
        assert {posted.body for posted in opened.posted} == {
            sending.body for sending in (second, *others)
        }
        again = inlet("--url", opened.url, "--journal", str(journal), "--json")
        assert len(opened.posted) == 9
    assert json.loads(result.stdout) == json.loads(again.stdout)
    told = json.loads(result.stdout)
    assert (told["seed"], told["sent"], told["attempts"], told["accepted"]) == (7, 10, 12, 10)
    on_its_way = next(e for e in entries_of(journal) if e.sending.number == 2)
    assert [answer.status for answer in on_its_way.answers] == [None, 202]


def test_an_answer_that_never_comes_is_noted(secrets: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    begin(journal, Planned(seed=1, total=1, rate=1, shares=Shares()))
    entries: list[Entry] = []

    def says(_: Posted) -> tuple[int, Any]:
        if len(opened.posted) == 1:
            raise ConnectionResetError
        return 202, {"status": "accepted", "eventId": "an-id"}

    with door(says) as opened:
        simulate(door_at(opened.url, secrets), journal, entries.append)
    assert [answer.status for answer in entries[0].answers] == [None, 202]


def test_nobody_at_the_door_is_said_at_once(inlet: Callable[..., Result]) -> None:
    with door(Receiver()) as closed:
        pass
    result = inlet("--url", closed.url, "--total", "3")
    assert result.exit_code == 2
    assert f"{closed.url} cannot be reached" in result.stderr
    assert "cannot be reached" in inlet("--url", "no address", "--total", "3").stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--secrets goes with --url"),
        (("--url", "http://127.0.0.1:1", "--malformed", "2"), "malformed must be from 0 to 1"),
        (("--url", "http://127.0.0.1:1", "--journal", "no/folder/journal"), "cannot be written"),
        (("--url", "http://127.0.0.1:1", "--journal", "secrets.json"), "is no journal"),
        (("--url", "http://127.0.0.1:1", "--journal", "."), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    inlet: Callable[..., Result], secrets: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    result = inlet(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert json.loads(secrets.read_text()) == SECRETS  # and nothing else was touched


def test_secrets_that_are_none_are_said_without_a_word_of_them(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    with pytest.raises(OperationError, match="cannot be read"):
        door_at("http://127.0.0.1:1", file)
    for written in ("not JSON: hush", '{"marosa": {"generated": "hush"}}', "[]"):
        file.write_text(written)
        with pytest.raises(OperationError, match="must be a JSON object with the secret") as said:
            door_at("http://127.0.0.1:1", file)
        assert "hush" not in str(said.value)


def test_a_provider_without_credentials_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"marosa": {}, "digiteal": {}}')
    journal = tmp_path / "journal"
    begin(journal, Planned(seed=1, total=1, rate=1, shares=Shares()))
    with pytest.raises(OperationError, match="The secret of marosa holds no user and password"):
        simulate(door_at("http://127.0.0.1:1", file), journal, lambda _: None)
    assert len(list(left_of(journal))) == 1


def test_a_deployments_own_credentials_are_used(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = {}
    for name, secret in SECRETS.items():
        made = aws("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
        outputs[f"{name.capitalize()}CredentialsArn"] = made["ARN"]
    with door(Receiver()) as opened:
        outputs["MarosaWebhookUrl"] = f"{opened.url}/webhooks/marosa"
        write_laptop(tmp_path, outputs)
        arguments = ["simulate", "--total", "5", "--rate", "1000", "--wrong-credentials", "0"]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert {posted.headers["authorization"] for posted in opened.posted} <= RIGHT


def test_a_report_counts_what_was_given_up_and_has_no_latency_of_nothing() -> None:
    sending = Sending(number=0, at=0, provider="marosa", path="/", headers={}, body=b"")
    lost = Answer(at=1.0, seconds=35, status=None)
    report = Report()
    report.add(Entry(sending=sending, answers=(lost,) * 8))
    report.add(Entry(sending=sending))
    assert report.told() == {
        "sent": 2,
        "accepted": 0,
        "duplicates": 0,
        "refused": {},
        "unanswered": 2,
        "attempts": 8,
        "ratePerSecond": 0.0,
        "latencyMilliseconds": {"p50": None, "p95": None, "p99": None},
    }


def test_latency_is_that_of_the_nearest_rank() -> None:
    report = Report()
    sending = Sending(number=0, at=0, provider="marosa", path="/", headers={}, body=b"")
    for place in range(1, 101):
        answer = Answer(at=place, seconds=place / 1000, status=202, outcome="accepted")
        report.add(Entry(sending=sending, answers=(answer,)))
    told = report.told()
    assert told["latencyMilliseconds"] == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert told["ratePerSecond"] == 1.0


def test_a_journal_of_which_only_the_file_was_made_is_begun(
    inlet: Callable[..., Result], tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    with door(Receiver()) as opened:
        result = inlet("--url", opened.url, "--total", "3", "--journal", str(journal))
    assert result.exit_code == 0
    assert plan_of(journal).total == 3


def test_a_journal_that_is_none_has_no_report(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("first\nsecond\n")
    with pytest.raises(OperationError, match="is no journal of a simulation"):
        report_of(tmp_path / "journal")

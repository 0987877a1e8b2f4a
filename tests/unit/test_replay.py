"""A replay: entries are written anew, states computed again, and humans left in peace."""

import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.consumers import documents
from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.door import Door
from tests.support.faulty import throttled, timed_out
from tests.support.samples import sample
from tests.support.station import ERROR, OK, SUBJECT, Station, Told

Inlet = Callable[..., Result]

NAME = "inlet-dev-20250401T080000"
ENTRY = "event#00000000-0000-4000-8000-000000000005"


def event(name: str, provider: str = "marosa", replay: str | None = None) -> dict[str, Any]:
    """What a consumer's queue holds of a sample, perhaps in a replay."""
    written = sample(provider, name).event
    assert written is not None
    return {**deepcopy(written), **({"replay-name": replay} if replay else {})}


def entry_of(station: Station, name: str) -> dict[str, Any]:
    event_id = event(name)["detail"]["metadata"]["eventId"]
    return station.items()[f"event#{event_id}"]


def test_an_entry_is_written_anew_in_its_place(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.take(event(OK))
    before = entry_of(station, OK)
    monkeypatch.setattr(documents.DOCUMENTS.__class__, "status", lambda *_: "MENDED")
    late = event(OK, replay=NAME)
    late["detail"]["metadata"]["receivedAt"] = "2025-05-01T08:00:00.000000Z"

    station.take(late)

    after = entry_of(station, OK)
    assert (before["status"], after["status"]) == ("OK", "MENDED")
    assert (after["replay"], after["rewrites"]) == (NAME, 1)
    for kept in ("occurredAt", "rank", "receivedAt"):
        assert after[kept] == before[kept]
    assert station.items()["state"]["status"] == "MENDED"


def test_the_state_stays_that_of_the_latest_event(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.take(event("DOCUMENT_STATUS_CHANGED__late"))
    station.take(event(OK))
    monkeypatch.setattr(documents.DOCUMENTS.__class__, "status", lambda *_: "MENDED")
    station.take(event("DOCUMENT_STATUS_CHANGED__late", replay=NAME))
    assert station.items()["state"]["status"] == "OK"


def test_what_was_never_consumed_is_entered(station: Station) -> None:
    assert station.take(event(OK, replay=NAME)) == []
    assert entry_of(station, OK)["attention"] == "none"
    assert station.items()["state"]["status"] == "OK"


def test_humans_are_not_told_again(station: Station) -> None:
    station.take(event(ERROR))
    station.take(event(ERROR, replay=NAME))
    assert len(station.sent) == 1
    assert entry_of(station, ERROR)["attention"] == "sent"


def test_nor_where_the_first_time_died_before_it_told_them(station: Station) -> None:
    station.sns.fail("publish", timed_out())
    assert station.take(event(ERROR)) == ["0"]
    station.take(event(ERROR, replay=NAME))
    assert station.sent == []
    assert entry_of(station, ERROR)["attention"] == "pending"
    station.take(event(ERROR))  # the message comes back
    assert len(station.sent) == 1


def test_where_it_is_asked_for_they_are_told_once_in_each_replay(station: Station) -> None:
    station.take(event(ERROR))
    for replay in ("one-attention", "one-attention", "two-attention"):
        station.take(event(ERROR, replay=replay))
    assert len(station.sent) == 3
    assert entry_of(station, ERROR)["attention"] == "sent"


def test_a_replay_that_died_before_it_told_them_tells_them(station: Station) -> None:
    station.take(event(ERROR))
    station.sns.fail("publish", timed_out())
    assert station.take(event(ERROR, replay="one-attention")) == ["0"]
    assert station.take(event(ERROR, replay="one-attention")) == []
    assert len(station.sent) == 2


def test_a_duplicate_within_a_replay_changes_nothing(station: Station) -> None:
    station.take(event(OK))
    station.take(event(OK, replay=NAME))
    before = station.items()
    station.take(event(OK, replay=NAME))
    assert station.items() == before


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [timed_out(), throttled()])
@pytest.mark.parametrize("earlier", [0, 1])
def test_a_replay_that_died_anywhere_is_made_good_by_another_run(
    station: Station, earlier: int, error: Exception, *, after: bool
) -> None:
    station.take(event(ERROR))
    station.dynamodb.fail("update_item", *[None] * earlier, error, after=after)
    assert station.take(event(ERROR, replay=NAME)) == ["0"]
    assert station.take(event(ERROR, replay=NAME)) == []
    assert entry_of(station, ERROR)["rewrites"] == 1
    assert station.items()["state"]["status"] == "ERROR"


def test_a_life_cycle_is_computed_again(station: Station) -> None:
    station.consumer = "transfers"
    subject = "digiteal/transfer/00000000-0000-4000-8000-000000000211"
    for name in ("TRANSFER_CREATED", "TRANSFER_PAYMENT_COMPLETED"):
        station.take(event(name, "digiteal"))
    before = station.items(subject)["state"]
    station.take(event("TRANSFER_CREATED", "digiteal", replay=NAME))
    after = station.items(subject)["state"]
    assert (before.pop("writes"), after.pop("writes")) == (2, 3)
    assert after == before


def test_the_log_names_the_replay(station: Station, told: Told) -> None:
    station.take(event(OK, replay=NAME))
    assert told()[0]["replay"] == NAME


# The command


class Table(Deployed):
    """A deployment whose timeline has been filled by the consumers themselves."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        super().__init__(aws, folder)
        self.station = Station(aws)
        self.events = Events()
        self.door = Door(aws)
        self.outputs |= {
            "DeliveriesTable": "deliveries",
            "TimelineTable": "timeline",
            "BusName": "inlet-dev",
            "BusArn": "arn:aws:events:eu-west-1:123456789012:event-bus/inlet-dev",
            "ArchiveArn": "an-archive",
        }
        for name in (OK, ERROR):
            self.station.take(event(name))
        self.station.consumer = "payments"
        self.station.take(event("PAYMENT_INITIATED", "digiteal"))

    @property
    def deployment(self) -> Any:
        made = super().deployment
        made._clients["events"] = self.events  # noqa: SLF001
        return made


class Events:
    """EventBridge, as far as replays use it."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.states = ["STARTING", "RUNNING", "COMPLETED"]
        self.rules = ["rule-to-"]

    def list_replays(self, *, NamePrefix: str) -> dict[str, Any]:  # noqa: N803
        return {"Replays": [one for one in self.started if one["ReplayName"] == NamePrefix]}

    def start_replay(self, **asked: Any) -> None:
        self.started.append(asked)

    def describe_replay(self, *, ReplayName: str) -> dict[str, Any]:  # noqa: N803
        assert ReplayName
        state = self.states.pop(0)
        upto = {} if state == "STARTING" else {"EventLastReplayedTime": datetime(2025, 4, 1)}  # noqa: DTZ001
        return {"State": state, **upto}

    def get_paginator(self, operation: str) -> "Events":
        assert operation == "list_rule_names_by_target"
        return self

    def paginate(self, *, TargetArn: str, EventBusName: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert EventBusName == "inlet-dev"
        to = TargetArn.rpartition(":")[2]
        yield {"RuleNames": [name + to for name in self.rules]}


@pytest.fixture
def deployed(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table(aws, tmp_path)
    monkeypatch.setattr("inlet.cli.replay.deployment_of", lambda *_, **__: made.deployment)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return made


@pytest.fixture
def inlet(deployed: Table) -> Inlet:  # noqa: ARG001 - it is what the command works on
    return lambda *arguments: CliRunner().invoke(app, ["replay", *arguments])


@pytest.mark.parametrize(
    ("options", "replayed"),
    [
        (["--subject", SUBJECT], 2),
        (["--subject", SUBJECT, "--type", "INVOICE_STATUS_CHANGED"], 0),
        (["--event", "f47ac10b-58cc-4372-a567-0e02b2c3d479"], 1),
        (["--type", "PAYMENT_INITIATED"], 1),
        (["--type", OK], 2),
        (["--subject", "marosa/document/unknown"], 0),
    ],
)
def test_what_is_asked_for_is_replayed(
    deployed: Table, inlet: Inlet, options: list[str], replayed: int
) -> None:
    assert inlet(*options).stdout.splitlines()[-1] == f"{replayed} replayed"
    assert len(deployed.bodies("documents") + deployed.bodies("payments")) == replayed


def test_an_event_that_is_remembered_is_found_without_reading_the_whole_table(
    deployed: Table, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.door.send(sample("marosa", OK))
    monkeypatch.delattr("inlet.operations.replay._all")
    found = inlet("--event", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "--dry-run")
    assert found.stdout == "1 would be replayed\n"


def test_a_consumer_gets_what_the_bus_would_have_sent(deployed: Table, inlet: Inlet) -> None:
    inlet("--event", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "--name", NAME)
    (body,) = deployed.bodies("documents")
    assert body == event(OK, replay=NAME)
    deployed.station.consumer = "documents"
    assert deployed.station.take(body) == []
    assert entry_of(deployed.station, OK)["replay"] == NAME


def test_a_replay_pauses_after_each_event(
    deployed: Table, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    inlet("--subject", SUBJECT, "--per-second", "4")
    assert len(deployed.bodies("documents")) == 2
    assert pauses == [0.25, 0.25]


def test_consumers_that_are_named_get_it_instead(deployed: Table, inlet: Inlet) -> None:
    inlet("--type", "PAYMENT_INITIATED", "--consumer", "documents", "--consumer", "invoices")
    assert deployed.bodies("payments") == []
    assert len(deployed.bodies("documents")) == len(deployed.bodies("invoices")) == 1


def test_a_replay_that_was_stopped_leaves_out_what_it_has_done(
    deployed: Table, inlet: Inlet
) -> None:
    deployed.station.consumer = "documents"
    deployed.station.take(event(OK, replay=NAME))
    assert inlet("--subject", SUBJECT, "--name", NAME).stdout.splitlines()[-1] == "2 replayed"
    (body,) = deployed.bodies("documents")
    assert body == event(ERROR, replay=NAME)


def test_a_replay_has_a_name_that_says_whether_humans_are_told(
    deployed: Table, inlet: Inlet
) -> None:
    assert "Replay inlet-laptop-" not in inlet("--subject", SUBJECT, "--dry-run").stderr
    inlet("--subject", SUBJECT)
    inlet("--subject", SUBJECT, "--attention")
    names = [body["replay-name"] for body in deployed.bodies("documents")]
    assert sorted(name.endswith("-attention") for name in names) == [False, False, True, True]
    assert all(name.startswith("inlet-laptop-20") for name in names)


def test_a_script_gets_json(deployed: Table, inlet: Inlet) -> None:
    def answer(*options: str) -> Any:
        return json.loads(inlet(*options, "--json").stdout)

    assert answer("--type", OK, "--dry-run") == {"name": None, "state": None, "events": 2}
    assert answer("--type", OK, "--name", NAME) == {
        "name": NAME,
        "state": "COMPLETED",
        "events": 2,
    }
    deployed.events.states = ["FAILED"]
    assert answer("--since", "2025-04-01", "--name", NAME) == {
        "name": NAME,
        "state": "FAILED",
        "events": None,
    }


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_an_event_that_the_timeline_does_not_have_is_a_no(inlet: Inlet, dry_run: list[str]) -> None:
    done = inlet("--event", "11111111-2222-4333-8444-555555555555", *dry_run)
    assert done.exit_code == 1
    assert done.stderr.endswith(
        "The timeline has no such event. What never got there is in the archive: say --since when"
        " it was received.\n"
    )


def test_from_the_archive_nothing_is_sent_where_no_rule_leads_to_a_consumer(
    deployed: Table, inlet: Inlet
) -> None:
    deployed.events.rules = []
    done = inlet("--since", "2025-04-01", "--consumer", "payments")
    assert done.exit_code == 2
    assert "No rule sends to payments, so that nothing can be replayed to it" in done.stderr
    assert deployed.events.started == []


def test_a_dry_run_counts(deployed: Table, inlet: Inlet) -> None:
    assert inlet("--subject", SUBJECT, "--dry-run").stdout == "2 would be replayed\n"
    assert deployed.bodies("documents") == []
    counted = inlet("--since", "2025-04-01", "--until", "2025-04-02", "--dry-run")
    assert counted.stdout == "3 would be replayed\n"
    later = inlet("--since", "2025-04-02", "--dry-run")
    assert (later.exit_code, later.stdout) == (0, "0 would be replayed\n")
    assert later.stderr == (
        "So many the timeline has. The archive has those that are missing there, too.\n"
    )
    assert deployed.events.started == []


def test_from_the_archive_only_the_rules_of_the_consumers_get_it(
    deployed: Table, inlet: Inlet
) -> None:
    done = inlet(
        "--since", "2025-04-01", "--until", "2025-04-02", "--consumer", "documents", "--name", NAME
    )
    assert done.exit_code == 0
    assert done.stdout == f"{NAME} is completed\n"
    assert "running, up to 2025-04-01 00:00:00" in done.stderr
    assert deployed.events.started == [
        {
            "ReplayName": NAME,
            "EventSourceArn": "an-archive",
            "EventStartTime": datetime(2025, 4, 1, tzinfo=UTC),
            "EventEndTime": datetime(2025, 4, 2, tzinfo=UTC),
            "Destination": {
                "Arn": "arn:aws:events:eu-west-1:123456789012:event-bus/inlet-dev",
                "FilterArns": [
                    "arn:aws:events:eu-west-1:123456789012:rule/inlet-dev/rule-to-documents"
                ],
            },
        }
    ]


def test_without_a_consumer_the_rules_of_all_get_it(deployed: Table, inlet: Inlet) -> None:
    inlet("--since", "2025-04-01")
    (started,) = deployed.events.started
    assert len(started["Destination"]["FilterArns"]) == 9


ENDS = (
    "The replay ends with events received before 2025-04-01 07:50:00 UTC: later ones may not be in"
    " the archive yet. --until now includes those that are.\n"
)
WARNING = (
    "Warning: events received after 2025-04-01 07:50:00 UTC may not be in the archive yet. Replay"
    " that time again in ten minutes.\n"
)


@pytest.fixture
def at_eight() -> Iterator[None]:
    with time_machine.travel(datetime(2025, 4, 1, 8, tzinfo=UTC), tick=False):
        yield


@pytest.mark.usefixtures("at_eight")
@pytest.mark.parametrize(
    ("options", "end", "told"),
    [
        (["--stage", "dev"], "2025-04-01T07:50:00+00:00", ENDS),
        (["--stage", "dev", "--until", "now"], "2025-04-01T08:00:00+00:00", WARNING),
        (
            ["--stage", "dev", "--until", "2025-04-01T07:51:00"],
            "2025-04-01T07:51:00+00:00",
            WARNING,
        ),
        (["--stage", "dev", "--until", "2025-04-01T07:50:00"], "2025-04-01T07:50:00+00:00", ""),
        (
            ["--stage", "dev", "--until", "2025-04-01T09:45:00+02:00"],
            "2025-04-01T07:45:00+00:00",
            "",
        ),
        ([], "2025-04-01T08:00:00+00:00", ""),
        (["--local", "--until", "now"], "2025-04-01T08:00:00+00:00", ""),
    ],
)
def test_a_replay_from_the_archive_ends_ten_minutes_ago_on_aws(
    deployed: Table, inlet: Inlet, options: list[str], end: str, told: str
) -> None:
    done = inlet("--since", "2025-03-01", "--name", NAME, *options)
    (started,) = deployed.events.started
    assert started["EventEndTime"].isoformat() == end
    assert done.stderr.startswith(f"{told}Replay {NAME}")


@pytest.mark.usefixtures("at_eight")
def test_a_replay_that_would_end_before_it_begins_is_not_started(
    deployed: Table, inlet: Inlet
) -> None:
    done = inlet("--since", "2025-04-01T07:55:00", "--stage", "dev")
    assert (done.exit_code, deployed.events.started) == (2, [])
    assert done.stderr == (
        "inlet: The replay would end at 2025-04-01 07:50:00 UTC, which is not after --since."
        " --until now includes the last minutes.\n"
    )


def test_one_from_the_archive_that_is_there_is_waited_for(deployed: Table, inlet: Inlet) -> None:
    deployed.events.started = [{"ReplayName": NAME}]
    deployed.events.states = ["CANCELLED"]
    done = inlet("--since", "2025-04-01", "--name", NAME)
    assert (done.exit_code, done.stdout) == (1, f"{NAME} is cancelled\n")
    assert len(deployed.events.started) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Say which events: by --subject, --event or --type, or by --since and --until."),
        (["--since", "2025-04-01", "--type", OK], "Say which events:"),
        (["--type", OK, "--name", NAME, "--attention"], f"The replay {NAME} was started without"),
        (["--type", OK, "--consumer", "parcels"], "There is no consumer parcels"),
        (["--since", "2025-04-01", "--until", "yesterday"], "yesterday is not a time"),
        (["--since", "0001-01-01T00:00+14:00"], "00:00+14:00 is not a time"),
    ],
)
def test_a_mistake_is_named(inlet: Inlet, arguments: list[str], sentence: str) -> None:
    result = inlet(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr

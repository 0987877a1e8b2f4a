"""A second content under one event id is stored beside the entry, and changes nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.ingest.claims import Claims
from inlet.cli.commands import app
from inlet.entry import conflict_key, event_id_of
from inlet.operations.forget import forget, traces
from inlet.operations.replay import Wanted, kept
from inlet.operations.timeline import timeline
from inlet.remembered import item_key
from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.door import Door
from tests.support.faulty import Faulty, throttled
from tests.support.kills import Killed
from tests.support.samples import sample
from tests.support.station import OK, SUBJECT, Station, event, second
from tests.support.transfers import COMPLETED, CREATED, RECEIVED, step
from tests.support.transfers import SUBJECT as TRANSFER

ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
ENTRY = f"event#{ID}"
CONFLICT = f"conflict#{ID}#1:b"
NOTICE = (
    "Marosa sent DOCUMENT_STATUS_CHANGED about INV-2025-00123 with an event id that it had used for"
    " another content. Both are stored: inlet timeline shows the second one as a conflict, which"
    " does not change the state. Ask Marosa which one is right."
)


def sentences(station: Station) -> list[str]:
    return [one["Message"].partition("\n")[0] for one in station.sent]


def test_second_content_is_stored_beside_the_entry_and_changes_no_state(station: Station) -> None:
    station.take(event(OK))
    before = station.items()
    assert station.take(second()) == []
    after = station.items()
    assert after.keys() == {ENTRY, CONFLICT, "state"}
    assert {key: after[key] for key in before} == before
    assert (after[CONFLICT]["status"], after[CONFLICT]["contentHash"]) == ("ERROR", "1:b")


def test_each_conflict_has_one_notice_of_its_own(station: Station) -> None:
    station.take(event(OK))
    for _ in range(2):
        station.take(second(), second("PENDING_ACTION", "1:c"), event(OK))
    assert sentences(station) == [NOTICE, NOTICE]
    items = station.items()
    assert [items[key]["attention"] for key in (ENTRY, CONFLICT, f"conflict#{ID}#1:c")] == [
        "none",
        "sent",
        "sent",
    ]


def test_second_content_about_another_subject_is_an_entry_of_that_subject(station: Station) -> None:
    station.take(event(OK))
    another = "marosa/document/INV-2025-00124"
    station.take(second(subject=another))
    assert station.items(another).keys() == {ENTRY, "state"}
    (sentence,) = sentences(station)
    assert sentence.startswith("Marosa could not process document INV-2025-00124.")


def test_content_hash_of_an_unknown_version_is_no_conflict(station: Station) -> None:
    station.take(event(OK, contentHash="0:a"))
    station.take(second())
    assert station.items().keys() == {ENTRY, "state"}


@pytest.mark.parametrize("call", range(5))
def test_conflict_is_completed_after_a_crash_at_any_call(station: Station, call: int) -> None:
    """Calls that succeed: tombstone, conflict, tombstone, notice, mark."""
    station.take(event(OK))
    calls = iter(range(10))

    def dying(client: Any) -> Any:
        class Dying(Faulty):
            def _call(self, _: str, attribute: Callable[..., Any]) -> Callable[..., Any]:
                def run(*arguments: Any, **named: Any) -> Any:
                    result = attribute(*arguments, **named)
                    if next(calls) == call:
                        raise Killed
                    return result

                return run

        return Dying(client)

    dynamodb, sns = station.dynamodb, station.sns
    station.dynamodb, station.sns = dying(dynamodb), dying(sns)
    with pytest.raises(Killed):
        station.take(second())
    station.dynamodb, station.sns = dynamodb, sns
    assert station.take(second()) == []
    assert station.items()[CONFLICT]["attention"] == "sent"
    assert sentences(station) == [NOTICE] * (2 if call == 3 else 1)


def test_failed_read_of_the_tombstone_is_retried(station: Station) -> None:
    station.take(event(OK))
    station.dynamodb.fail("get_item", throttled())
    assert station.take(second()) == ["0"]
    assert station.take(second()) == []


# Life cycles


def test_conflict_is_no_step_of_a_life_cycle(aws: Aws) -> None:
    station = Station(aws, "transfers")
    first = [step(name, minute) for minute, name in enumerate((CREATED, RECEIVED))]
    station.take(*first)
    conflicting = step(COMPLETED, 1)
    conflicting["detail"]["metadata"]["contentHash"] = "1:b"
    station.take(conflicting)
    items = station.items(TRANSFER)
    assert items.keys() == {"event#id-99", "event#id-98", "conflict#id-98#1:b", "state"}
    assert (items["state"]["status"], items["state"]["writes"]) == (RECEIVED, 2)
    assert "flags" not in items["state"]
    station.take(step("TRANSFER_PAYMENT_STARTED", 2))
    assert station.items(TRANSFER)["state"]["writes"] == 3


# Replays


def test_replay_rewrites_entry_and_conflict_each_by_its_own_content(station: Station) -> None:
    station.take(event(OK), second())
    station.sent.clear()
    before = station.items()
    for _ in range(2):
        station.take(
            {**second(), "replay-name": "inlet-dev-1"}, {**event(OK), "replay-name": "inlet-dev-1"}
        )
    after = station.items()
    assert after.keys() == before.keys()
    for key in (ENTRY, CONFLICT):
        assert (after[key].pop("replay"), after[key].pop("rewrites")) == ("inlet-dev-1", 1)
        assert after[key] == before[key]
    assert station.sent == []


def test_replay_sends_the_notice_of_a_conflict_again_if_asked(station: Station) -> None:
    station.take(event(OK), second())
    station.sent.clear()
    station.take({**second(), "replay-name": "inlet-dev-1-attention"})
    assert sentences(station) == [NOTICE]


def test_replay_of_a_second_content_does_not_replace_the_entry(station: Station) -> None:
    station.take(event(OK))
    entry = station.items()[ENTRY]
    station.take({**second(), "replay-name": "inlet-dev-1"})
    assert station.items()[ENTRY] == entry
    assert station.items()[CONFLICT]["attention"] == "none"


# Erasure

BEFORE = {"forgottenAt": {"S": "2025-04-01T08:00:00.000000Z"}}
LATER = "2025-04-02T08:00:00.000000Z"


def bury(station: Station) -> None:
    """Write the tombstone as `inlet forget` does first, which erases what was received before."""
    state = {"pk": {"S": SUBJECT}, "sk": {"S": "state"}, **BEFORE}
    station.dynamodb.put_item(TableName="timeline", Item=state)


def test_conflict_of_a_forgotten_subject_is_erased(station: Station) -> None:
    station.take(event(OK, receivedAt=LATER))
    bury(station)
    station.take(second())
    assert station.items().keys() == {ENTRY, "state"}
    assert station.sent == []


def test_conflict_that_was_stored_before_the_tombstone_gives_way_to_a_later_one(
    station: Station,
) -> None:
    station.take(event(OK, receivedAt=LATER), second())
    bury(station)
    station.take(second(receivedAt=LATER))
    assert station.items()[CONFLICT]["receivedAt"] == LATER


def test_entry_of_a_forgotten_subject_gives_way_to_a_second_content(station: Station) -> None:
    station.take(event(OK))
    bury(station)
    assert station.take(second(receivedAt=LATER)) == []
    items = station.items()
    assert items.keys() == {ENTRY, "state"}
    assert (items[ENTRY]["contentHash"], items["state"]["status"]) == ("1:b", "ERROR")


# What operators see and do


@pytest.fixture
def deployed(deployed: Deployed, door: Door) -> Deployed:
    deployed.outputs |= {
        "BodiesBucket": "bodies",
        "BusName": "bus",
        "DeliveriesTable": "deliveries",
        "QuarantineBucket": "quarantine",
        "TimelineTable": "timeline",
    }
    door.send(sample("marosa", OK))
    return deployed


def test_timeline_lists_conflicts_apart_from_entries(station: Station, deployed: Deployed) -> None:
    station.take(event(OK), second())
    found = timeline(deployed.deployment, SUBJECT)
    assert [one["status"] for one in found.entries] == ["OK"]
    assert [one["status"] for one in found.conflicts] == ["ERROR"]
    assert found.state
    assert found.state["status"] == "OK"
    shown = CliRunner().invoke(app, ["timeline", SUBJECT]).stdout
    conflict = "conflict: the id has another content; no part of the state"
    assert [line.strip() for line in shown.splitlines() if "conflict" in line] == [
        f"event {ID} · {conflict} · attention sent"
    ]


@pytest.mark.usefixtures("deployed")
def test_show_names_the_conflict_of_an_event(station: Station) -> None:
    station.take(event(OK), second())
    shown = CliRunner().invoke(app, ["show", ID]).stdout
    status, line = [line for line in shown.splitlines() if "another content" in line]
    assert status == (
        "status        consumed by documents; another content with its id is stored as a conflict"
    )
    assert line == (
        "timeline      another content with this event id, received 2025-04-01T08:00:00.000000Z, is"
        " stored as a conflict: no part of the state, attention sent"
    )


@pytest.mark.usefixtures("deployed")
def test_show_finds_an_event_of_which_only_the_conflict_is_left(station: Station) -> None:
    station.take(event(OK), second())
    key = {"pk": {"S": SUBJECT}, "sk": {"S": ENTRY}}
    station.dynamodb.delete_item(TableName="timeline", Key=key)
    assert "bus           published" in CliRunner().invoke(app, ["show", ID]).stdout


def test_replay_takes_entries_and_conflicts_in_their_order(
    station: Station, deployed: Deployed
) -> None:
    station.take(event(OK), second())
    for wanted in (Wanted(subject=SUBJECT), Wanted(event_id=ID), Wanted(event_type=OK)):
        found = kept(deployed.deployment, wanted)
        assert ["1:b" in one.detail for one in found] == [False, True]


def test_forget_erases_conflicts_and_what_their_deliveries_remember(
    station: Station, deployed: Deployed, door: Door
) -> None:
    door.dynamodb.put_item(
        TableName="deliveries",
        Item={
            **item_key(f"marosa#{ID}#1:b"),
            "contentHash": {"S": "1:b"},
            "data": {"S": f'{{"key": "any", "subject": "{SUBJECT}"}}'},
        },
    )
    released = second(receivedAt="2099-01-01T00:00:00.000000Z", flags=["id-conflict"])
    station.take(event(OK), released)
    assert traces(deployed.deployment, SUBJECT).entries == 2
    forget(deployed.deployment, SUBJECT)
    assert station.items().keys() == {"state"}
    remembered = door.dynamodb.scan(TableName="deliveries")["Items"]
    assert len(remembered) == 2
    assert [one for one in remembered if SUBJECT in one["data"]["S"]] == []


def test_key_of_a_conflict_holds_the_event_id_whatever_it_contains() -> None:
    key = conflict_key(SUBJECT, "a#b", "1:c")
    assert key["sk"] == {"S": "conflict#a#b#1:c"}
    assert event_id_of(key) == "a#b"


def test_powertools_still_has_the_methods_that_the_claims_extend() -> None:
    base = Claims.__mro__[1]
    for name in ("_put_record", "_delete_record", "_item_to_data_record", "_save_to_cache"):
        assert callable(getattr(base, name))

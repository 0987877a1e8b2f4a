"""Trusted payments have a life cycle: what goes another way is applied, and flagged."""

from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inlet.consumers import CONSUMERS
from inlet.providers import PROVIDERS
from tests.support.aws import Aws
from tests.support.faulty import Faulty, throttled, timed_out
from tests.support.station import Station, event
from tests.support.transfers import (
    COMPLETED,
    CREATED,
    RECEIVED,
    REIMBURSED,
    REIMBURSING,
    STARTED,
    SUBJECT,
    Before,
    step,
)


def flags(*statuses: str) -> tuple[str, ...]:
    """The flags of a trusted payment that went through these."""
    return CONSUMERS["transfers"].flags(statuses)


@pytest.fixture
def station(aws: Aws) -> Station:
    """The consumer of transfers on AWS in memory."""
    return Station(aws, "transfers")


@pytest.mark.parametrize(
    "life",
    [
        (),
        (CREATED, RECEIVED, STARTED, COMPLETED),
        (CREATED, RECEIVED, RECEIVED, STARTED, COMPLETED),
        (RECEIVED, STARTED, COMPLETED),
        (CREATED, STARTED, COMPLETED),
        (RECEIVED, REIMBURSING, REIMBURSED),
        (CREATED, RECEIVED, REIMBURSING, REIMBURSED),
        (CREATED, REIMBURSING, REIMBURSED),
    ],
)
def test_what_digiteal_says_of_trusted_payments_has_no_flag(life: tuple[str, ...]) -> None:
    for steps in range(len(life) + 1):
        assert flags(*life[:steps]) == ()


@pytest.mark.parametrize(
    ("life", "flagged"),
    [
        ((STARTED,), "begin>TRANSFER_PAYMENT_STARTED"),
        ((COMPLETED,), "begin>TRANSFER_PAYMENT_COMPLETED"),
        ((REIMBURSING,), "begin>TRANSFER_REIMBURSEMENT_STARTED"),
        ((REIMBURSED,), "begin>TRANSFER_REIMBURSEMENT_COMPLETED"),
        ((CREATED, CREATED), "TRANSFER_CREATED>TRANSFER_CREATED"),
        ((RECEIVED, CREATED), "TRANSFER_PAYMENT_RECEIVED>TRANSFER_CREATED"),
        ((CREATED, COMPLETED), "TRANSFER_CREATED>TRANSFER_PAYMENT_COMPLETED"),
        ((CREATED, REIMBURSED), "TRANSFER_CREATED>TRANSFER_REIMBURSEMENT_COMPLETED"),
        (
            (CREATED, STARTED, REIMBURSING),
            "TRANSFER_PAYMENT_STARTED>TRANSFER_REIMBURSEMENT_STARTED",
        ),
        (
            (CREATED, STARTED, COMPLETED, REIMBURSING),
            "TRANSFER_PAYMENT_COMPLETED>TRANSFER_REIMBURSEMENT_STARTED",
        ),
        (
            (CREATED, REIMBURSING, REIMBURSED, STARTED),
            "TRANSFER_REIMBURSEMENT_COMPLETED>TRANSFER_PAYMENT_STARTED",
        ),
    ],
)
def test_any_other_transition_is_flagged(life: tuple[str, ...], flagged: str) -> None:
    assert flags(*life) == (f"unexpected-transition:{flagged}",)


def test_after_a_flag_the_life_goes_on_from_where_the_transition_led() -> None:
    assert flags(CREATED, COMPLETED, REIMBURSING, REIMBURSED) == (
        "unexpected-transition:TRANSFER_CREATED>TRANSFER_PAYMENT_COMPLETED",
        "unexpected-transition:TRANSFER_PAYMENT_COMPLETED>TRANSFER_REIMBURSEMENT_STARTED",
    )


def test_a_transition_that_comes_again_is_flagged_once() -> None:
    assert flags(CREATED, STARTED, STARTED, STARTED) == (
        "unexpected-transition:TRANSFER_PAYMENT_STARTED>TRANSFER_PAYMENT_STARTED",
    )


def test_a_status_that_the_life_cycle_does_not_name_is_passed_over() -> None:
    assert flags("transfer.made", CREATED, "transfer.noted", RECEIVED) == ()


def test_the_life_cycle_names_every_type_of_trusted_payments() -> None:
    types = PROVIDERS["digiteal"].catalogue.items()
    assert {after for _, after in CONSUMERS["transfers"].life_cycle} == {
        name for name, known in types if known.kind == "transfer"
    }


def test_a_jump_is_applied_and_flagged_in_the_state_and_nobody_is_told(station: Station) -> None:
    assert station.take(step(CREATED, 0), step(COMPLETED, 5)) == []
    assert station.items(SUBJECT)["state"] == {
        "pk": "digiteal/transfer/1",
        "sk": "state",
        "upTo": "2025-03-27T09:05:00.000000Z#0040#2025-04-01T08:00:00.000000Z#id-94",
        "status": "TRANSFER_PAYMENT_COMPLETED",
        "eventType": "TRANSFER_PAYMENT_COMPLETED",
        "eventId": "id-94",
        "occurredAt": "2025-03-27T09:05:00.000000Z",
        "receivedAt": "2025-04-01T08:00:00.000000Z",
        "writes": 2,
        "flags": ["unexpected-transition:TRANSFER_CREATED>TRANSFER_PAYMENT_COMPLETED"],
    }
    assert station.sent == []


def test_a_step_that_comes_again_changes_nothing_and_mends_what_is_wrong(station: Station) -> None:
    station.take(step(CREATED, 0), step(COMPLETED, 5))
    before = station.items(SUBJECT)
    station.take(step(CREATED, 0))
    assert station.items(SUBJECT) == before
    key = {"pk": {"S": SUBJECT}, "sk": {"S": "state"}}
    station.dynamodb.update_item(TableName="timeline", Key=key, UpdateExpression="REMOVE flags")
    station.take(step(CREATED, 0))
    assert station.items(SUBJECT) == before


def test_the_flag_goes_when_what_was_missing_comes_late(station: Station) -> None:
    station.take(step(CREATED, 0), step(COMPLETED, 5), step(STARTED, 4))
    state = station.items(SUBJECT)["state"]
    assert (state["status"], state["writes"]) == ("TRANSFER_PAYMENT_COMPLETED", 3)
    assert "flags" not in state


def test_a_step_costs_one_call_more_than_another_event(station: Station) -> None:
    station.take(step(CREATED, 0))
    assert station.dynamodb.calls == ["put_item", "query", "update_item"]


def test_a_payment_that_is_linked_to_nothing_is_no_step(station: Station) -> None:
    station.take(event("TRANSFER_PAYMENT_RECEIVED__not_linked", "digiteal"))
    unlinked = step(REIMBURSING, 1)
    unlinked["detail"]["metadata"]["flags"] = ["no-subject-id"]
    station.take(unlinked)
    assert station.dynamodb.calls == ["put_item", "update_item"] * 2 + ["update_item"]
    assert "flags" not in station.items(SUBJECT)["state"]


def test_a_life_of_more_than_a_page_is_read_to_its_end(station: Station) -> None:
    for minute, event_type in enumerate([CREATED, *[RECEIVED] * 5, COMPLETED]):
        large = step(event_type, minute)
        noise = Random(minute).randbytes(150_000)  # noqa: S311 - no secret
        large["detail"]["data"]["note"] = noise.hex()
        station.take(large)
    assert station.dynamodb.calls[-4:] == ["put_item", "query", "query", "update_item"]
    state = station.items(SUBJECT)["state"]
    assert (state["status"], state["writes"]) == ("TRANSFER_PAYMENT_COMPLETED", 7)
    assert state["flags"] == [
        "unexpected-transition:TRANSFER_PAYMENT_RECEIVED>TRANSFER_PAYMENT_COMPLETED"
    ]


def test_a_state_from_before_there_was_a_life_cycle_is_taken_over(station: Station) -> None:
    station.consumer = "payments"
    station.take(step(CREATED, 0))
    station.consumer = "transfers"
    station.take(step(COMPLETED, 5))
    assert station.items(SUBJECT)["state"]["writes"] == 2


def test_a_slow_writer_who_read_fewer_entries_does_not_undo_a_fast_one(station: Station) -> None:
    """Two events of a payment at once: between the read and the write of one, all of the other."""
    calls: list[str] = []

    def happens(name: str, **_: Any) -> None:
        calls.append(name)
        if calls == ["put_item", "query", "update_item"]:
            assert station.take(step(STARTED, 4)) == []

    station.take(step(CREATED, 0))
    station.dynamodb = Faulty(Before(station.dynamodb, happens))
    assert station.take(step(COMPLETED, 5)) == []
    assert calls == ["put_item", "query", "update_item"] * 2
    state = station.items(SUBJECT)["state"]
    assert (state["status"], state["writes"]) == ("TRANSFER_PAYMENT_COMPLETED", 3)
    assert "flags" not in state


def test_the_entries_are_read_as_they_are_at_that_moment_and_without_their_events(
    station: Station,
) -> None:
    """DynamoDB's default, a read that may be late, is not to be seen in memory."""
    queries = []

    def happens(name: str, **arguments: Any) -> None:
        if name == "query":
            queries.append(arguments)

    station.dynamodb = Faulty(Before(station.dynamodb, happens))
    station.take(step(CREATED, 0))
    [query] = queries
    assert query["ConsistentRead"]
    assert query["ProjectionExpression"] == (
        "#pk, #sk, #eventType, #status, #occurredAt, #receivedAt, #rank, #consumer, #attention,"
        " #contentHash, #rewrites, #forgottenAt"
    )


@pytest.mark.parametrize("error", [throttled(), timed_out()])
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("takes_effect", [True, False])
def test_a_run_that_dies_anywhere_is_made_good_by_the_next(
    station: Station,
    error: Exception,
    nth: int,
    takes_effect: bool,  # noqa: FBT001
) -> None:
    original, calls = station.dynamodb, count(1)

    def happens(_: str, **__: Any) -> Exception | None:
        if next(calls) != nth:
            return None
        if takes_effect:
            return error
        raise error

    station.take(step(CREATED, 0))
    station.dynamodb = Faulty(Before(original, happens))
    assert station.take(step(COMPLETED, 5)) == ["0"]
    station.dynamodb = original
    assert station.take(step(COMPLETED, 5), attempt=2) == []
    state = station.items(SUBJECT)["state"]
    assert (state["status"], state["writes"]) == ("TRANSFER_PAYMENT_COMPLETED", 2)
    assert state["flags"] == ["unexpected-transition:TRANSFER_CREATED>TRANSFER_PAYMENT_COMPLETED"]


def test_what_a_dead_run_left_out_is_made_good_by_the_next_step_too(station: Station) -> None:
    station.take(step(CREATED, 0))
    station.dynamodb.fail("query", throttled())
    assert station.take(step(STARTED, 4)) == ["0"]
    station.take(step(COMPLETED, 5))
    state = station.items(SUBJECT)["state"]
    assert (state["writes"], "flags" in state) == (3, False)


LIFE = [(CREATED, 0), (RECEIVED, 1), (COMPLETED, 3), (REIMBURSING, 4), (REIMBURSED, 5)]
STATE = {
    "sk": "state",
    "upTo": "2025-03-27T09:05:00.000000Z#0060#2025-04-01T08:00:00.000000Z#id-94",
    "status": "TRANSFER_REIMBURSEMENT_COMPLETED",
    "eventType": "TRANSFER_REIMBURSEMENT_COMPLETED",
    "eventId": "id-94",
    "occurredAt": "2025-03-27T09:05:00.000000Z",
    "receivedAt": "2025-04-01T08:00:00.000000Z",
    "writes": 5,
    "flags": [
        "unexpected-transition:TRANSFER_PAYMENT_RECEIVED>TRANSFER_PAYMENT_COMPLETED",
        "unexpected-transition:TRANSFER_PAYMENT_COMPLETED>TRANSFER_REIMBURSEMENT_STARTED",
    ],
}

DELIVERIES = st.lists(st.sampled_from(LIFE), max_size=5).flatmap(
    lambda twice: st.permutations(LIFE + twice)
)
"""Every event of the life, some of them more than once, in any order."""

FATES = st.lists(
    st.sampled_from(["goes on", "goes on", "goes on", "waits", "fails", "is not answered"]),
    min_size=10,
    max_size=30,
)
"""What happens at each call to the table: `waits` lets all other deliveries run first."""

SUBJECTS = count()

in_memory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_memory
@given(deliveries=DELIVERIES)
def test_the_state_is_the_same_whatever_comes_in_whatever_order_and_however_often(
    station: Station, deliveries: list[tuple[str, int]]
) -> None:
    subject = f"digiteal/transfer/order-{next(SUBJECTS)}"
    for event_type, minute in deliveries:
        assert station.take(step(event_type, minute, subject)) == []
    assert station.items(subject)["state"] == {"pk": subject, **STATE}


@in_memory
@given(deliveries=DELIVERIES, fates=FATES)
def test_the_state_is_the_same_however_runs_interrupt_each_other_and_die(
    station: Station, deliveries: list[tuple[str, int]], fates: list[str]
) -> None:
    subject = f"digiteal/transfer/fate-{next(SUBJECTS)}"
    original, pending, fate = station.dynamodb, list(deliveries), iter(fates)

    def run() -> None:
        event_type, minute = pending.pop()
        if station.take(step(event_type, minute, subject)):
            pending.append((event_type, minute))

    def happens(_: str, **__: Any) -> Exception | None:
        match next(fate, "goes on"):
            case "waits":
                while pending:
                    run()
            case "fails":
                raise throttled()
            case "is not answered":
                return timed_out()
        return None

    station.dynamodb = Faulty(Before(original, happens))
    while pending:
        run()
    station.dynamodb = original
    assert station.items(subject)["state"] == {"pk": subject, **STATE}

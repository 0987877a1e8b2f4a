"""The journal of a simulation, and how a simulated provider retries."""

from itertools import islice

import pytest

from inlet.simulator.journal import (
    Answer,
    Entry,
    Planned,
    answered_line,
    entries,
    sent_line,
)
from inlet.simulator.plan import Shares, plan
from inlet.simulator.retries import delay_after
from inlet.simulator.sending import Sending

SENDING = Sending(
    number=3,
    at=0.5,
    provider="marosa",
    path="/webhooks/marosa",
    headers={"content-type": "application/json"},
    body=b'{"a": "\xc3\xa9\xff"}',
    kind="malformed",
    original=1,
)
NOTHING = Answer(at=0.5, seconds=30, status=None)
BUSY = Answer(at=31, seconds=0.1, status=503, outcome="Come again")
TAKEN = Answer(at=33, seconds=0.1, status=202, outcome="accepted", event_id="an-id")


def test_a_journal_is_read_as_it_was_written() -> None:
    lines = [sent_line(SENDING), *(answered_line(3, one) for one in (NOTHING, BUSY, TAKEN))]
    assert list(entries(lines)) == [Entry(sending=SENDING, answers=(NOTHING, BUSY, TAKEN))]


def test_entries_come_as_soon_as_they_are_final_and_the_others_at_the_end() -> None:
    other = Sending(number=4, at=1, provider="marosa", path="/", headers={}, body=b"{}")
    lines = [sent_line(SENDING), sent_line(other), answered_line(4, TAKEN), answered_line(3, BUSY)]
    found = list(entries(lines))
    assert [(entry.sending.number, entry.is_final) for entry in found] == [(4, True), (3, False)]
    assert [entry.is_taken for entry in found] == [True, False]


def test_what_was_sent_when_the_simulation_died_is_known() -> None:
    half = answered_line(3, TAKEN)[:20]
    assert list(entries([sent_line(SENDING), half])) == [Entry(sending=SENDING)]


@pytest.mark.parametrize("line", ["half\n", "{}\n", "[]\n", '{"number": 9, "answer": {}}\n'])
def test_what_is_no_line_of_a_journal_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no line of a journal"):
        list(entries([sent_line(SENDING), line]))


def test_the_plan_of_a_journal_can_be_gone_on_with() -> None:
    shares = Shares(duplicates=0.3, malformed=0.1)
    line = Planned(seed=7, total=100, rate=20, shares=shares).line()
    assert list(Planned.read(line).sendings()) == list(plan(7, 100, shares, rate=20))


@pytest.mark.parametrize("line", ["", "{}", '{"plan": {"seed": 1, "shares": {"fun": 1}}}'])
def test_a_journal_without_a_plan_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="no line of a journal"):
        Planned.read(line)


def test_an_answer_is_read_from_what_the_door_says() -> None:
    body = {"status": "duplicate", "eventId": "an-id"}
    assert Answer.read(202, body, at=1, seconds=0.2) == Answer(
        at=1, seconds=0.2, status=202, outcome="duplicate", event_id="an-id"
    )
    problem = {"title": "Come again", "status": 503}
    assert Answer.read(503, problem, at=1, seconds=0.2).outcome == "Come again"
    gateway = Answer.read(429, {"message": "Too Many Requests"}, at=1, seconds=0.2)
    assert (gateway.outcome, gateway.event_id) == ("Too Many Requests", None)
    assert Answer.read(200, "fine", at=1, seconds=0.2).outcome is None


@pytest.mark.parametrize(
    ("attempt", "status", "delay"),
    [
        (1, 202, None),
        (1, 204, None),
        (1, 400, None),
        (1, 401, None),
        (1, 422, None),
        (1, 408, 1),
        (1, 429, 1),
        (1, 503, 1),
        (1, 302, 1),
        (1, None, 1),
        (2, 503, 2),
        (3, None, 4),
        (7, 500, 64),
        (8, 503, None),
    ],
)
def test_a_provider_retries_what_may_still_be_taken_and_not_for_ever(
    attempt: int, status: int | None, delay: float | None
) -> None:
    assert delay_after(attempt, status) == delay


def test_retries_last_longer_than_a_claim_of_a_function_that_died() -> None:
    delays = [delay_after(attempt, 503) for attempt in range(1, 8)]
    assert sum(delay or 0 for delay in delays) == 127
    assert list(islice(delays, 3)) == [1, 2, 4]

"""The checker of a simulation: every way in which what is found can fail what was answered."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from inlet.simulator.checker import Excuses, Found, check
from inlet.simulator.journal import Answer, Entry
from inlet.simulator.sending import Kind, Sending

EMPTY = Found(timeline=(), queued=(), dead_letters=(), quarantine=(), attention=(), bus=())
BODY = {
    "eventId": "f47ac10b-0000-4000-8000-000000000001",
    "eventType": "DOCUMENT_STATUS_CHANGED",
    "occurredAt": "2025-03-30T12:15:00+02:00",
    "documentId": "INV-1",
    "currentStatus": "OK",
}
METADATA = {
    "eventId": "f47ac10b-0000-4000-8000-000000000001",
    "provider": "marosa",
    "eventType": "DOCUMENT_STATUS_CHANGED",
    "known": True,
    "subject": "marosa/document/INV-1",
    "occurredAt": "2025-03-30T10:15:00.000000Z",
    "receivedAt": "2025-04-01T08:00:00.000000Z",
    "flags": [],
    "body": None,
}
TAKEN = {"status": "accepted", "eventId": "f47ac10b-0000-4000-8000-000000000001"}


def answer(status: int | None, body: Mapping[str, Any] | None = None) -> Answer:
    if status is None:
        return Answer(at=0, seconds=0, status=None)
    return Answer.read(status, body, at=0, seconds=0)


YES = answer(202, TAKEN)
AGAIN = answer(503, {"title": "Come again"})


def sent(
    *answers: Answer,
    number: int = 0,
    kind: Kind = "new",
    path: str = "/webhooks/marosa",
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    **changes: Any,
) -> Entry:
    body = json.dumps({**BODY, **changes}).encode() if raw is None else raw
    return Entry(
        sending=Sending(
            number=number,
            at=0,
            provider=path.split("/")[2],
            path=path,
            headers=headers or {},
            body=body,
            kind=kind,
        ),
        answers=answers,
    )


def detail(data: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {"metadata": METADATA | metadata, "data": {**BODY, **(data or {})}}


def entry(of: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    event = of or detail()
    metadata = event["metadata"]
    return {
        "pk": metadata["subject"],
        "sk": f"event#{metadata['eventId']}",
        "eventType": metadata["eventType"],
        "status": event["data"]["currentStatus"],
        "occurredAt": metadata["occurredAt"],
        "receivedAt": metadata["receivedAt"],
        "consumer": "documents",
        "attention": "none",
        "detail": event,
        **attributes,
    }


def state(of: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    latest = of or entry()
    names = ("pk", "status", "eventType", "occurredAt", "receivedAt")
    event_id = latest["sk"].removeprefix("event#")
    return {"sk": "state", "eventId": event_id, **{n: latest[n] for n in names}, **attributes}


def found(*entries: dict[str, Any], **more: Any) -> Found:
    """Entries, the last of which is its subject's state, and all of which were on the bus."""
    timeline = [*entries, state(entries[-1])] if entries else []
    whole = {"timeline": timeline, "bus": [one["detail"] for one in entries]}
    return replace(EMPTY, **(whole | more))


def kept(of: Entry, outcome: str | None = None) -> dict[str, Any]:
    return {
        "provider": of.sending.provider,
        "pathType": None,
        "headers": dict(of.sending.headers),
        "body": base64.b64encode(of.sending.body).decode(),
        "outcome": None if outcome is None else {"status": outcome},
    }


def whats(*journal: Entry, found: Found, **more: Any) -> set[str]:
    return {violation.what for violation in check(journal, found, **more)}


def test_what_was_taken_and_is_there_is_in_order() -> None:
    assert check([sent(YES)], found(entry())) == []


def test_nothing_sent_and_nothing_found_is_in_order() -> None:
    assert check([], EMPTY) == []


def test_where_messages_and_bus_cannot_be_seen_the_timeline_is_enough() -> None:
    assert check([sent(YES)], found(entry(), attention=None, bus=None)) == []


@pytest.mark.parametrize("place", ["queued", "dead_letters"])
def test_what_is_still_on_its_way_is_not_lost(place: str) -> None:
    placed: dict[str, Any] = {place: [detail()]}
    there = replace(EMPTY, bus=[detail()], **placed)
    assert check([sent(YES)], there) == []


# Custody


def test_what_was_taken_and_is_nowhere_is_lost() -> None:
    (violation,) = check([sent(YES, number=7)], EMPTY)
    assert (violation.what, violation.number) == ("lost", 7)
    assert violation.about == "f47ac10b-0000-4000-8000-000000000001 is nowhere"


def test_what_was_taken_and_never_was_on_the_bus_is_lost() -> None:
    assert whats(sent(YES), found=found(entry(), bus=[])) == {"lost"}


def test_an_event_with_two_entries_is_there_twice() -> None:
    elsewhere = entry(detail(subject="marosa/document/INV-2"))
    there = found(entry(), timeline=[entry(), state(), elsewhere, state(elsewhere)])
    assert whats(sent(YES), found=there) == {"twice"}


def test_a_body_that_is_two_events_is_there_twice() -> None:
    body = {"changeType": "CREATED", "currentStatus": "CREATED"}
    path = "/webhooks/digiteal/COMPANY_CREATED"

    def one(event_id: str, *flags: str) -> dict[str, Any]:
        metadata = METADATA | {
            "provider": "digiteal",
            "eventType": "COMPANY_CREATED",
            "eventId": event_id,
            "subject": f"digiteal/company/{event_id}",
            "flags": list(flags),
        }
        return entry({"metadata": metadata, "data": body})

    def there(*flags: str) -> Found:
        first, second = one("a", *flags), one("b", *flags)
        return found(first, second, timeline=[first, state(first), second, state(second)])

    raw = json.dumps(body).encode()
    journal = [
        sent(answer(202, TAKEN | {"eventId": "a"}), path=path, raw=raw),
        sent(answer(202, TAKEN | {"eventId": "b"}), path=path, raw=raw, number=1),
    ]
    assert whats(*journal, found=there()) == {"twice"}
    assert whats(*journal, found=there("received-time")) == set()
    assert whats(*journal, found=there("unreadable-time", "received-time")) == {"twice"}
    assert whats(*journal, found=there("implausible-time", "received-time")) == {"twice"}


def test_event_id_that_was_taken_for_two_contents_is_a_violation() -> None:
    another = detail({"documentId": "INV-2"}, subject="marosa/document/INV-2")
    there = found(
        entry(),
        entry(another),
        timeline=[entry(), state(), entry(another), state(entry(another))],
    )
    rival = sent(YES, kind="reused-id", documentId="INV-2", number=1)
    assert whats(sent(YES), rival, found=there) == {"taken"}
    rejected = sent(answer(409), kind="reused-id", documentId="INV-2", number=1)
    there = replace(there, quarantine=[kept(rejected, "accepted")])
    assert whats(sent(YES), rejected, found=there) == {"taken"}
    flagged = detail(
        {"documentId": "INV-2"}, subject="marosa/document/INV-2", flags=["id-conflict"]
    )
    assert there.bus
    there = replace(there, bus=[there.bus[0], flagged])
    assert whats(sent(YES), rejected, found=there) == set()


def second(**changes: Any) -> dict[str, Any]:
    """Return a conflict: another content under the id of the usual entry."""
    of = detail({"externalStatus": "RIVAL"}, contentHash="1:b", flags=["id-conflict"])
    sort_key = f"conflict#{TAKEN['eventId']}#1:b"
    return entry(of) | {"sk": sort_key, "attention": "sent"} | changes


RIVAL = sent(answer(409), kind="reused-id", externalStatus="RIVAL", number=1)
TOLD_OF_IT = (
    "Marosa sent it with an event id that it had used for another content."
    f"\n\nSubject: marosa/document/INV-1\nEvent: {TAKEN['eventId']}"
)


def with_conflict(*conflicts: dict[str, Any], **more: Any) -> Found:
    released = kept(RIVAL, "accepted")
    released["outcome"]["eventId"] = TAKEN["eventId"]
    whole = {
        "timeline": [entry(), *conflicts, state()],
        "bus": [detail(), second()["detail"]],
        "quarantine": [released],
        "attention": [TOLD_OF_IT],
    }
    return replace(EMPTY, **(whole | more))


def test_released_conflict_beside_the_entry_is_in_order() -> None:
    assert check([sent(YES), RIVAL], with_conflict(second())) == []


def test_released_conflict_that_is_nowhere_is_lost() -> None:
    assert "lost" in whats(sent(YES), RIVAL, found=with_conflict(attention=[]))
    on_its_way = with_conflict(attention=[], queued=[second()["detail"]])
    assert check([sent(YES), RIVAL], on_its_way) == []


def test_conflict_without_its_own_notice_is_a_violation() -> None:
    usual = TOLD_OF_IT.replace("another content", "nothing else")
    found = with_conflict(second(attention="pending"), attention=[])
    assert whats(sent(YES), RIVAL, found=found) == {"attention"}
    assert "attention" in whats(sent(YES), RIVAL, found=with_conflict(second(), attention=[usual]))


def test_conflict_is_stored_under_its_own_key() -> None:
    misplaced = second(sk=f"conflict#{TAKEN['eventId']}#1:c")
    assert whats(sent(YES), RIVAL, found=with_conflict(misplaced)) == {"changed"}


# Answers


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (answer(418), "answer"),
        (answer(200, TAKEN), "answer"),
        (answer(202, {"status": "accepted"}), "answer"),
        (answer(202, TAKEN | {"status": "perhaps"}), "answer"),
        (answer(202, TAKEN | {"eventId": "another"}), "changed"),
    ],
)
def test_an_answer_is_one_of_the_contracts(given: Answer, what: str) -> None:
    assert what in whats(sent(YES, given), found=found(entry()))


def test_no_answer_is_none_that_is_wrong() -> None:
    assert whats(sent(answer(None), AGAIN, YES), found=found(entry())) == set()


@pytest.mark.parametrize("kind", ["malformed", "wrong-credentials"])
def test_what_is_wrong_is_not_to_be_taken(kind: Kind) -> None:
    assert "taken" in whats(sent(YES, kind=kind), found=found(entry()))


def test_another_body_is_not_a_duplicate() -> None:
    duplicate = answer(202, TAKEN | {"status": "duplicate"})
    reused = sent(duplicate, kind="reused-id", documentId="INV-2", number=1)
    assert whats(sent(YES), reused, found=found(entry())) == {"lost", "taken"}


def test_a_duplicate_of_what_was_taken_pending_or_released_is_one() -> None:
    copy = sent(answer(202, TAKEN | {"status": "duplicate"}), kind="duplicate", number=1)
    no = sent(answer(422, {"title": "No"}))
    assert whats(sent(YES), copy, found=found(entry())) == set()
    assert whats(sent(AGAIN), copy, found=found(entry()), excuses=None) == {"too few"}
    released = found(entry(), quarantine=[kept(no, "accepted")])
    assert whats(no, copy, found=released) == {"too few"}


def test_what_is_right_is_not_to_be_refused() -> None:
    no = sent(answer(409, {"title": "No"}))
    there = replace(EMPTY, quarantine=[kept(no)])
    assert whats(no, found=there, excuses=Excuses()) == {"refused", "kept", "too few"}
    assert whats(no, found=there, excuses=Excuses(refused=frozenset({0}))) == {"too few"}
    assert whats(no, found=there) == {"too few"}
    assert "refused" in whats(sent(answer(401)), found=EMPTY)


def test_a_stranger_is_told_that_they_are_not_known() -> None:
    assert whats(sent(answer(401), kind="wrong-credentials"), found=EMPTY) == set()
    no = sent(answer(422, {"title": "No"}), kind="wrong-credentials")
    assert "answer" in whats(no, found=EMPTY)


# Refusals


def test_a_refusal_is_in_quarantine() -> None:
    no = sent(answer(400, {"title": "No"}), kind="malformed", raw=b"[")
    assert whats(no, found=EMPTY) == {"not kept"}
    assert whats(sent(YES), no, found=found(entry(), quarantine=[kept(no)])) == set()


def test_a_refusal_of_a_body_is_not_the_quarantined_refusal_of_its_content_type() -> None:
    text = sent(
        answer(415, {"title": "No"}),
        kind="malformed",
        raw=b"[",
        headers={"content-type": "Text/Plain; charset=utf-8"},
    )
    json_type = {"content-type": "application/json; charset=utf-8", "content-encoding": "identity"}
    no = sent(answer(400, {"title": "No"}), kind="malformed", raw=b"[", headers=json_type, number=1)
    only_one = replace(EMPTY, quarantine=[kept(text)])
    assert whats(text, no, found=only_one) == {"not kept"}
    assert whats(text, no, found=replace(EMPTY, quarantine=[kept(text), kept(no)])) == set()
    zipped = sent(headers={"content-encoding": "gzip"}, raw=b"[")
    more = replace(EMPTY, quarantine=[kept(text), kept(no), kept(zipped)])
    assert whats(text, no, found=more) == {"kept"}


def test_what_api_gateway_refuses_comes_to_no_quarantine() -> None:
    assert (
        whats(sent(answer(404, {"message": "Not Found"}), kind="malformed"), found=EMPTY) == set()
    )


def test_what_nobody_refused_is_not_in_quarantine() -> None:
    there = found(entry(), quarantine=[kept(sent())])
    assert whats(sent(YES), found=there) == {"kept"}
    stranger = sent(answer(401), kind="wrong-credentials")
    assert whats(stranger, found=replace(EMPTY, quarantine=[kept(stranger)])) == {"kept"}


def test_a_refusal_has_no_effect() -> None:
    no = sent(answer(409, {"title": "No"}), kind="reused-id")
    assert whats(no, found=found(entry(), quarantine=[kept(no)])) == {"effect"}


def test_what_was_refused_and_released_counts() -> None:
    no = sent(answer(422, {"title": "No"}), kind="reused-id")
    there = found(entry(), quarantine=[kept(no)])
    assert whats(no, found=replace(there, quarantine=[kept(no, "duplicate")])) == set()
    assert whats(no, found=replace(there, quarantine=[kept(no, "wrong-contract")])) == {"effect"}
    assert whats(no, found=there, is_over=False) == set()
    assert whats(no, found=replace(there, quarantine=[]), is_over=False) == {"not kept", "effect"}


def test_what_may_have_had_an_effect_without_a_yes_may_count() -> None:
    assert whats(sent(AGAIN, number=1), found=found(entry())) == {"too few"}
    assert whats(sent(), found=found(entry()), is_over=False) == set()


def test_what_nobody_sent_is_not_there() -> None:
    assert whats(found=found(entry())) == {"changed"}


def test_a_body_that_is_kept_elsewhere_is_known_by_its_hash() -> None:
    digest = "d92237642706f50c15d4eb6fe956797fd1558c87edcf52604ec8f0460d85a452"
    there = detail(body={"sha256": digest}) | {"data": {"currentStatus": "OK"}}
    assert whats(sent(YES), found=found(entry(there))) == set()
    there = detail(body={"sha256": "another"}) | {"data": {"currentStatus": "OK"}}
    assert whats(sent(YES), found=found(entry(there))) == {"changed"}


def test_the_same_body_under_another_id_in_a_header_is_another_event() -> None:
    body = {"type": "invoice.paid", "currentStatus": "paid"}
    raw = json.dumps(body).encode()

    def one(event_id: str) -> dict[str, Any]:
        metadata = METADATA | {
            "provider": "standard",
            "eventType": "invoice.paid",
            "eventId": event_id,
            "subject": f"standard/unrecognised/{event_id}",
        }
        return entry({"metadata": metadata, "data": body})

    first, second = one("a"), one("b")
    journal = [
        sent(
            answer(202, TAKEN | {"eventId": event_id}),
            path="/webhooks/standard",
            raw=raw,
            headers={"webhook-id": event_id},
            number=number,
        )
        for number, event_id in enumerate(("a", "b"))
    ]
    there = found(first, second, timeline=[first, state(first), second, state(second)])
    assert whats(*journal, found=there) == set()


@pytest.mark.parametrize("name", ["pk", "sk", "eventType", "occurredAt", "receivedAt"])
def test_an_entry_says_what_its_event_does(name: str) -> None:
    wrong: dict[str, Any] = {name: "event#another"}
    assert "changed" in whats(sent(YES), found=found(entry(**wrong)))


@pytest.mark.parametrize("occurred_at", ["2025-03-30T10:15:00", "tomorrow"])
def test_a_time_that_says_no_zone_is_as_the_event_has_it(occurred_at: str) -> None:
    there = entry(detail({"occurredAt": occurred_at}))
    assert whats(sent(YES, occurredAt=occurred_at), found=found(there)) == set()


@pytest.mark.parametrize(
    ("occurred_at", "expected"),
    [
        ("9999-12-31T00:00:00Z", "2025-04-01T08:00:00.000000Z"),
        ("9999-12-31T23:59:59-14:00", "2025-04-01T08:00:00.000000Z"),
        ("2025-04-03T08:00:00.000001Z", "2025-04-01T08:00:00.000000Z"),
        ("2025-04-03T08:00:00Z", "2025-04-03T08:00:00.000000Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000000Z"),
        ("1999-12-31T23:59:59Z", "2025-04-01T08:00:00.000000Z"),
        ("0001-01-01T00:00:00+14:00", "2025-04-01T08:00:00.000000Z"),
    ],
)
def test_an_implausible_time_is_replaced_by_that_of_receipt(
    occurred_at: str, expected: str
) -> None:
    def there(occurred: str) -> Found:
        return found(entry(detail({"occurredAt": occurred_at}, occurredAt=occurred)))

    journal = sent(YES, occurredAt=occurred_at)
    assert whats(journal, found=there(expected)) == set()
    assert whats(journal, found=there("2025-03-31T00:00:00.000000Z")) == {"changed"}


def test_an_event_id_of_marosa_counts_in_lower_case() -> None:
    event_id = "F47AC10B-0000-4000-8000-000000000001"
    there = found(entry(detail({"eventId": event_id})))
    assert whats(sent(YES, eventId=event_id), found=there) == set()
    kept_as_sent = answer(202, TAKEN | {"eventId": event_id})
    assert "changed" in whats(sent(kept_as_sent, eventId=event_id), found=there)


# States

EARLIER = entry(
    detail(
        {"eventId": "earlier", "currentStatus": "CREATED", "occurredAt": "2025-03-30T09:00:00Z"},
        eventId="earlier",
        occurredAt="2025-03-30T09:00:00.000000Z",
    )
)
BOTH = (
    sent(YES),
    sent(
        answer(202, TAKEN | {"eventId": "earlier"}),
        number=1,
        eventId="earlier",
        currentStatus="CREATED",
        occurredAt="2025-03-30T09:00:00Z",
    ),
)


def test_the_state_is_that_of_the_last_entry() -> None:
    assert whats(*BOTH, found=found(EARLIER, entry())) == set()
    assert whats(*BOTH, found=found(entry(), EARLIER)) == {"state"}


@pytest.mark.parametrize(
    "wrong",
    [
        [entry()],
        [state()],
        [entry(), state(eventId="another")],
        [entry(), state(status="ERROR")],
        [entry(), state(flags=["unexpected-transition:A>B"])],
    ],
)
def test_a_state_is_there_and_says_what_its_entry_does(wrong: list[dict[str, Any]]) -> None:
    assert "state" in whats(sent(YES), found=found(entry(), timeline=wrong))


def test_what_a_consumer_has_yet_to_finish_may_lack_its_state() -> None:
    there = found(entry(), timeline=[entry()], queued=[detail()])
    assert whats(sent(YES), found=there) == set()
    late = found(EARLIER, entry(), timeline=[EARLIER, entry(), state(EARLIER)], queued=[detail()])
    assert whats(*BOTH, found=late) == set()


@pytest.mark.parametrize(
    ("metadata", "consumer"),
    [
        ({"provider": "nobody"}, "documents"),
        ({"eventType": "DOCUMENT_PONDERED"}, "of-a-later-release"),
    ],
)
def test_what_this_release_does_not_know_sorts_by_time(
    metadata: dict[str, Any], consumer: str
) -> None:
    event = detail(metadata and {"eventType": metadata.get("eventType", BODY["eventType"])})
    event["metadata"] |= metadata
    assert "state" not in whats(found=found(entry(event, consumer=consumer)))


def transfer(event_type: str, *flags: str) -> dict[str, Any]:
    metadata = METADATA | {
        "provider": "digiteal",
        "eventType": event_type,
        "subject": "digiteal/transfer/1",
        "flags": list(flags),
    }
    event = {"metadata": metadata, "data": {"currentStatus": event_type}}
    return entry(event, consumer="transfers")


def test_a_step_that_no_life_has_is_flagged_in_the_state() -> None:
    step = transfer("TRANSFER_PAYMENT_COMPLETED")
    flag = "unexpected-transition:begin>TRANSFER_PAYMENT_COMPLETED"
    assert "state" in whats(found=found(step))
    assert "state" not in whats(found=found(step, timeline=[step, state(step, flags=[flag])]))
    assert "state" not in whats(found=found(transfer("TRANSFER_CREATED")))
    alone = transfer("TRANSFER_PAYMENT_COMPLETED", "no-subject-id")
    assert "state" not in whats(found=found(alone))


# Attention

MESSAGE = "Look.\n\nSubject: s\nEvent: f47ac10b-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("changes", "metadata"),
    [
        ({"currentStatus": "ERROR"}, {}),
        ({"currentStatus": "PENDING_ACTION"}, {}),
        ({"eventType": "INVOICE_UNPAID"}, {"eventType": "INVOICE_UNPAID"}),
        ({"eventType": "NEW"}, {"eventType": "NEW", "known": False}),
        ({"currentStatus": "NEW"}, {"flags": ["unknown-value:currentStatus"]}),
    ],
)
def test_what_concerns_humans_was_told_to_them(
    changes: dict[str, Any], metadata: dict[str, Any]
) -> None:
    there = found(entry(detail(changes, **metadata), attention="sent"))
    journal = sent(YES, **changes)
    assert whats(journal, found=there) == {"attention"}
    assert whats(journal, found=replace(there, attention=[MESSAGE])) == set()
    assert whats(journal, found=replace(there, attention=None)) == set()
    pending = found(entry(detail(changes, **metadata), attention="pending"))
    assert whats(journal, found=replace(pending, attention=None)) == {"attention"}
    assert whats(journal, found=replace(pending, attention=[MESSAGE])) == {"attention"}
    assert whats(journal, found=replace(pending, queued=[pending.bus[0]])) == set()  # type: ignore[index]


def test_nobody_is_told_of_what_is_not_there() -> None:
    told = ["of nothing", MESSAGE]
    assert whats(found=replace(EMPTY, attention=told)) == {"attention"}


# All of them


def test_dead_letters_are_those_that_were_to_be() -> None:
    there = replace(EMPTY, bus=[detail()], dead_letters=[detail()])
    event_id = "f47ac10b-0000-4000-8000-000000000001"
    assert whats(sent(YES), found=there, excuses=Excuses()) == {"dead letter"}
    assert whats(sent(YES), found=there, excuses=Excuses(dead=frozenset({event_id}))) == set()


def test_nine_in_ten_of_what_is_valid_are_taken_in_the_end() -> None:
    journal = [sent(YES), *(sent(YES, number=n) for n in range(1, 9)), sent(AGAIN, number=9)]
    assert whats(*journal, found=found(entry())) == set()
    assert whats(*journal, sent(AGAIN, number=10), found=found(entry())) == {"too few"}
    assert whats(*journal, sent(number=10), found=found(entry()), is_over=False) == set()

"""What the simulated providers send: a seed repeats it, a door takes it, shares are as asked."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

import pytest

from inlet import delivery
from inlet.consumers.transfers import TRANSFERS
from inlet.delivery import Delivery
from inlet.document import Document
from inlet.providers import PROVIDERS
from inlet.refusals import Refusal
from inlet.request import Request
from inlet.simulator.plan import Shares, plan
from inlet.simulator.sending import Sending
from tests.support.gateway import NOW

EVERYTHING = Shares(
    duplicates=0.1,
    simultaneous=0.1,
    reordered=0.1,
    malformed=0.1,
    new_types=0.1,
    wrong_credentials=0.1,
)


@cache
def sent(total: int = 2000, shares: Shares = EVERYTHING, seed: int = 1) -> list[Sending]:
    return list(plan(seed, total, shares, rate=50))


def understood(sending: Sending) -> Delivery:
    """What the journey reads in a sending."""
    path_type = sending.path.removeprefix(f"/webhooks/{sending.provider}").strip("/") or None
    request = Request(
        body=sending.body,
        headers=sending.headers,
        received_at=NOW,
        correlation_id="",
        path_type=path_type,
    )
    return delivery.read(PROVIDERS[sending.provider], request)


def test_a_seed_repeats_every_byte() -> None:
    made, again = (list(plan(7, 500, EVERYTHING, rate=50)) for _ in range(2))
    assert made == again
    assert made != sent(500, seed=8)


def test_a_seed_stands_for_the_same_bytes_on_every_python() -> None:
    _, second, third = sent(3, Shares(), seed=7)
    assert second.path == "/webhooks/digiteal/PERSON_CREATED"
    assert second.body == (
        b'{"changeType": "CREATED", "executionTimestamp": "2025-03-31 00:32:31",'
        b' "id": 8481425167929698, "firstName": "Test", "lastName": "Person"}'
    )
    assert third == Sending(
        number=2,
        at=0.04,
        provider="marosa",
        path="/webhooks/marosa",
        headers={"content-type": "application/json"},
        body=b'{"eventId": "00000000-b2f1-44c2-8e05-319acb5c7427",'
        b' "eventType": "DOCUMENT_STATUS_CHANGED", "occurredAt": "2025-03-31T00:53:44Z",'
        b' "documentId": "SIM-4cbd5c90a958", "externalStatus": "SENT",'
        b' "currentStatus": "CREATED", "flowDetail": "VERIFACTU"}',
    )


def test_a_longer_plan_begins_as_a_shorter_one() -> None:
    assert sent(300)[:100] == sent(100)


def test_the_total_is_met_and_numbered_from_0() -> None:
    assert [sending.number for sending in sent(101)] == list(range(101))


def test_what_is_valid_is_read_and_is_about_its_own_subject() -> None:
    subjects = Counter(
        understood(sending).metadata.subject.rpartition("/")[0]
        for sending in sent()
        if sending.is_valid
    )
    assert set(subjects) == {
        "marosa/document",
        "marosa/invoice",
        "marosa/unrecognised",
        "digiteal/autopay",
        "digiteal/company",
        "digiteal/invoice",
        "digiteal/mandate",
        "digiteal/payment",
        "digiteal/person",
        "digiteal/transfer",
        "digiteal/unrecognised",
    }


def test_nothing_that_is_known_says_otherwise_than_the_documents_and_has_no_time_or_id() -> None:
    known = (understood(s).metadata for s in sent() if s.is_valid and s.kind != "new-type")
    assert {flag for one in known if one.known for flag in one.flags} == {"assumed-zone"}


def test_new_types_are_in_no_catalogue() -> None:
    of_new_types = [understood(s).metadata for s in sent() if s.kind == "new-type"]
    assert {metadata.known for metadata in of_new_types} == {False}
    assert {metadata.event_type for metadata in of_new_types} == {
        "DOCUMENT_PONDERED",
        "PAYMENT_PONDERED",
    }


def test_everything_malformed_is_refused_and_in_every_way() -> None:
    reasons: Counter[str] = Counter()
    for sending in sent():
        if sending.kind == "malformed":
            with pytest.raises(Refusal) as refused:
                understood(sending)
            reasons[refused.value.reason] += 1
    assert set(reasons) == {"not-json", "not-json-content", "no-type", "wrong-contract"}


def test_a_copy_is_the_same_event_as_its_original() -> None:
    everything = sent()
    copies = [s for s in everything if s.kind in {"duplicate", "simultaneous"}]
    for copy in copies:
        assert copy.original is not None
        original = everything[copy.original]
        assert original.original is None
        assert (copy.path, copy.headers) == (original.path, original.headers)
        assert Document.parse(copy.body).canonical == Document.parse(original.body).canonical
    rewritten = [s for s in copies if s.body != everything[s.original or 0].body]
    assert 0 < len(rewritten) < len(copies) / 2


def test_simultaneous_copies_are_sent_with_their_original_and_duplicates_later() -> None:
    everything = sent()
    for copy in everything:
        if copy.kind == "simultaneous":
            assert copy.at == everything[copy.original or 0].at
        if copy.kind == "duplicate":
            assert copy.at > everything[copy.original or 0].at


def test_events_of_their_own_are_never_the_same_event() -> None:
    own = [understood(s).key for s in sent() if s.is_valid and s.original is None]
    assert len(own) == len(set(own))


def test_wrong_credentials_are_wrong_or_none() -> None:
    proofs = Counter((s.kind == "wrong-credentials", s.credentials) for s in sent())
    assert set(proofs) == {(False, "right"), (True, "wrong"), (True, "none")}


def test_shares_are_as_asked() -> None:
    kinds = Counter(sending.kind for sending in sent(10_000))
    for kind in ("duplicate", "simultaneous", "malformed", "new-type", "wrong-credentials"):
        assert kinds[kind] == pytest.approx(1000, rel=0.15)


def test_without_shares_everything_is_new_and_in_the_order_in_which_it_happened() -> None:
    everything = sent(2000, Shares())
    assert {(s.kind, s.credentials) for s in everything} == {("new", "right")}
    assert late(everything) == 0


def test_reordered_events_come_after_what_happened_later() -> None:
    assert 100 < late(sent(2000, Shares(reordered=0.2))) < 400


def late(sendings: Iterable[Sending]) -> int:
    """How many came after one of the same subject that had happened later."""
    latest: dict[str, str] = {}
    count = 0
    for sending in sendings:
        metadata = understood(sending).metadata
        count += metadata.occurred_at < latest.get(metadata.subject, "")
        latest[metadata.subject] = max(metadata.occurred_at, latest.get(metadata.subject, ""))
    return count


def test_transfers_go_through_their_life_cycle() -> None:
    steps: dict[str, list[str]] = {}
    for sending in sent(5000, Shares()):
        if "/TRANSFER_" in sending.path:
            metadata = understood(sending).metadata
            steps.setdefault(metadata.subject, []).append(metadata.event_type)
    assert {flag for way in steps.values() for flag in TRANSFERS.flags(way)} == set()
    assert any(len(way) == 4 for way in steps.values())


def test_a_duplicate_of_nothing_is_new() -> None:
    first, second = sent(2, Shares(duplicates=1))
    assert (first.kind, first.original) == ("new", None)
    assert (second.kind, second.original) == ("duplicate", 0)


def test_sendings_are_due_at_the_rate() -> None:
    assert [s.at for s in plan(1, 4, Shares(), rate=4)] == [0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("shares", "complaint"),
    [
        ({"malformed": 1.1}, "malformed must be from 0 to 1"),
        ({"duplicates": -0.1}, "duplicates must be from 0 to 1"),
        ({"simultaneous": 0.4, "new_types": 0.3}, "more than all"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Shares(**shares)


def test_half_of_everything_may_be_simultaneous() -> None:
    kinds = [s.kind for s in sent(4, Shares(simultaneous=0.5))]
    assert kinds == ["new", "simultaneous", "new", "simultaneous"]

"""Claims: two contents under one event id are never merged, whatever fails in between.

The first content is A (`SEED`), the second B has the same event id and another body.
"""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from inlet.content_hash import content_hash, same_content
from inlet.remembered import delivery_key, item_key
from tests.support.door import Door, outcome
from tests.support.faulty import Faulty, throttled, timed_out
from tests.support.gateway import Context
from tests.support.samples import sample

A = sample("marosa", "DOCUMENT_STATUS_CHANGED")
B = sample("marosa", "DOCUMENT_STATUS_CHANGED__id_reused")
ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
KEY = item_key(delivery_key("marosa", ID))

ACCEPTED = (202, "accepted")
DUPLICATE = (202, "duplicate")
IN_PROGRESS = (503, "A delivery with this event id is in progress.")
NOT_PUBLISHED = (503, "The event could not be published at the moment.")
CONFLICT = (
    409,
    "This event id was used before, for another body. Send a new event with a new id.",
)
EXPIRED = Context(remaining_milliseconds=-1)
"""The context of a run whose claim has expired as soon as it is stored."""


def claim(door: Door) -> dict[str, Any] | None:
    """Return the claim on the event id, as it is stored."""
    found: dict[str, Any] = door.dynamodb.get_item(TableName="deliveries", Key=KEY)
    return found.get("Item")


def die_after_publishing(door: Door, context: Context = EXPIRED) -> None:
    """Publish A, and kill the run before the result is recorded."""
    door.dynamodb = Faulty(door.dynamodb, before={"update_item": [KeyboardInterrupt()]})
    with pytest.raises(KeyboardInterrupt):  # not an Exception: nothing is cleaned up
        door.post("/webhooks/marosa", A.body, context=context)
    door.restart()


def test_second_body_after_a_crash_is_a_conflict_and_quarantined(door: Door) -> None:
    die_after_publishing(door)
    assert outcome(door.send(B)) == CONFLICT
    assert [one["reason"] for one in door.kept().values()] == ["id-reused"]
    assert len(door.published) == 1


def test_first_body_after_a_crash_is_published_again(door: Door) -> None:
    die_after_publishing(door)
    assert outcome(door.send(B)) == CONFLICT
    assert outcome(door.send(A)) == ACCEPTED
    assert outcome(door.send(B)) == CONFLICT
    assert outcome(door.send(A)) == DUPLICATE


def test_second_body_is_asked_to_retry_while_the_claim_is_live(door: Door) -> None:
    die_after_publishing(door, Context(remaining_milliseconds=20_000))
    assert outcome(door.send(B)) == IN_PROGRESS
    assert outcome(door.send(A)) == IN_PROGRESS
    assert door.kept() == {}


@pytest.mark.parametrize(
    "error",
    [timed_out(), throttled(retries=1), ConnectTimeoutError(endpoint_url="x"), RuntimeError("bug")],
)
def test_claim_stays_expired_after_an_uncertain_publication(door: Door, error: Exception) -> None:
    door.events = Faulty(door, after={"put_events": [error]})
    assert door.send(A)["status"] == 503
    kept = claim(door)
    assert kept
    assert kept["in_progress_expiration"] == {"N": "0"}
    assert kept["contentHash"] == {
        "S": "1:aab91d118d03825d64a52792c1ebd2c28ec829edc3c798c6c7fa0a95c048e14e"
    }
    assert outcome(door.send(B)) == CONFLICT
    assert outcome(door.send(A)) == ACCEPTED
    assert len(door.published) == 2


@pytest.mark.parametrize("code", ["InternalFailure", "", "AccessDeniedException"])
def test_entry_that_failed_with_another_error_is_uncertain(door: Door, code: str) -> None:
    door.put_events_results = [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": code}]}]
    assert outcome(door.send(A)) == NOT_PUBLISHED
    assert outcome(door.send(B)) == CONFLICT


def test_claim_is_deleted_after_a_sure_failure(door: Door) -> None:
    door.events = Faulty(door, before={"put_events": [throttled()]})
    assert outcome(door.send(A)) == NOT_PUBLISHED
    assert claim(door) is None
    assert outcome(door.send(B)) == ACCEPTED


def test_throttled_entry_is_a_sure_failure_unless_it_was_a_retry(door: Door) -> None:
    failed = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
    door.put_events_results = [failed, failed | {"ResponseMetadata": {"RetryAttempts": 1}}]
    assert outcome(door.send(A)) == NOT_PUBLISHED
    assert claim(door) is None
    assert outcome(door.send(A)) == NOT_PUBLISHED
    assert claim(door) is not None


def test_sure_failure_does_not_delete_a_claim_that_was_taken_over(door: Door) -> None:
    """The run that died may have published A, so its claim must outlive the failure of this one."""
    die_after_publishing(door)
    door.events = Faulty(door, before={"put_events": [throttled()]})
    assert outcome(door.send(A)) == NOT_PUBLISHED
    assert outcome(door.send(B)) == CONFLICT
    assert outcome(door.send(A)) == ACCEPTED


def test_claim_that_another_run_has_taken_over_is_left_alone(door: Door) -> None:
    """It can happen where the clocks of two runs differ."""
    original = door.put_events

    def taken_over(**_: Any) -> Any:
        door.put_events = original  # type: ignore[method-assign]
        time.sleep(0.002)
        door.restart()
        assert outcome(door.send(A)) == ACCEPTED
        raise throttled()

    door.put_events = taken_over  # type: ignore[method-assign]
    answered = door.post("/webhooks/marosa", A.body, context=EXPIRED)
    assert outcome(answered) == NOT_PUBLISHED
    assert outcome(door.send(A)) == DUPLICATE


@pytest.mark.parametrize("in_memory", [0, 10])
def test_second_body_of_a_completed_delivery_is_a_conflict(door: Door, in_memory: int) -> None:
    door.remember_in_memory = in_memory
    assert outcome(door.send(A)) == ACCEPTED
    assert outcome(door.send(B)) == CONFLICT
    assert outcome(door.send(A)) == DUPLICATE


def test_expired_record_does_not_count(door: Door) -> None:
    door.send(A)
    door.dynamodb.update_item(
        TableName="deliveries",
        Key=KEY,
        UpdateExpression="SET expiration = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    assert outcome(door.send(B)) == ACCEPTED


def stored_with(door: Door, content_hash: str) -> None:
    """Change the content hash that is stored of the delivery."""
    item = claim(door)
    assert item
    item["contentHash"] = {"S": content_hash}
    if "data" in item:
        item["data"] = {"S": item["data"]["S"].replace('"1:', '"2:')}
    door.dynamodb.put_item(TableName="deliveries", Item=item)


def test_stored_hash_of_an_unknown_version_is_a_duplicate(door: Door) -> None:
    door.send(A)
    stored_with(door, "2:0")
    assert outcome(door.send(B)) == DUPLICATE


def test_expired_claim_of_an_unknown_version_is_taken_over(door: Door) -> None:
    die_after_publishing(door)
    stored_with(door, "2:0")
    assert outcome(door.send(B)) == ACCEPTED
    assert len(door.published) == 2


def test_store_that_fails_otherwise_is_unavailable(door: Door) -> None:
    door.dynamodb = Faulty(door.dynamodb, before={"put_item": [throttled()]})
    assert outcome(door.send(A)) == (503, "The idempotency store is unavailable. Retry later.")


def test_lost_answer_to_the_release_of_a_claim_is_not_an_error(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore repeats the call, and finds its condition unmet."""
    door.events = Faulty(door, before={"put_events": [timed_out()]})
    update = door.dynamodb.update_item

    def twice(**arguments: Any) -> Any:
        update(**arguments)
        return update(**arguments)

    monkeypatch.setattr(door.dynamodb, "update_item", twice, raising=False)
    assert outcome(door.send(A)) == NOT_PUBLISHED


def test_content_hash_covers_type_and_body_and_names_its_version() -> None:
    assert content_hash("T", "{}") == (
        "1:4028eb53b14cd9d420c81516c4486707377560517de1f433c44f48c7b9933274"
    )
    assert content_hash("T", "{}") != content_hash("U", "{}")
    assert content_hash("T", "{}") != content_hash("T", "[]")


@pytest.mark.parametrize(
    ("stored", "is_same"),
    [("1:a", True), ("1:b", False), ("2:b", True), ("10:b", True), ("", True), (None, True)],
)
def test_only_hashes_of_the_known_version_are_compared(stored: str | None, is_same: bool) -> None:  # noqa: FBT001
    assert same_content(stored, "1:a") is is_same


def test_event_id_of_marosa_in_another_case_is_the_same_delivery(door: Door) -> None:
    assert outcome(door.send(A)) == ACCEPTED
    body = A.body.replace(ID.encode(), ID.upper().encode())
    assert body != A.body
    assert outcome(door.post("/webhooks/marosa", body)) == DUPLICATE
    changed = body.replace(b"INV-2025-00123", b"INV-2025-00124")
    assert outcome(door.post("/webhooks/marosa", changed)) == CONFLICT


# An operator publishes a second content under the same id


def rejected(door: Door) -> str:
    """Let B be rejected as a conflict, and return the id under which it is quarantined."""
    assert outcome(door.send(A)) == ACCEPTED
    assert outcome(door.send(B)) == CONFLICT
    (key,) = door.kept()
    return key.removeprefix("marosa/").removesuffix(".json")


def test_release_of_a_conflict_is_rejected_unless_it_is_accepted(door: Door) -> None:
    identifier = rejected(door)
    assert door.release("marosa", identifier)["status"] == "id-reused"
    assert len(door.published) == 1


def test_accepted_conflict_is_published_once_under_the_same_id_with_a_flag(door: Door) -> None:
    identifier = rejected(door)
    accepted = {"eventId": ID, "status": "accepted"}
    assert door.release("marosa", identifier, acceptConflict=True) == accepted
    again = door.release("marosa", identifier, acceptConflict=True)
    assert again == accepted | {"status": "duplicate"}
    first, second = (json.loads(one["Detail"])["metadata"] for one in door.published)
    assert (first["eventId"], second["eventId"]) == (ID, ID)
    assert (first["flags"], second["flags"]) == ([], ["id-conflict"])
    assert first["contentHash"] != second["contentHash"]
    assert outcome(door.send(A)) == DUPLICATE


def test_accepting_a_conflict_that_is_none_is_a_usual_release(door: Door) -> None:
    identifier = rejected(door)
    door.dynamodb.delete_item(TableName="deliveries", Key=KEY)
    released = door.release("marosa", identifier, acceptConflict=True)
    assert released == {"eventId": ID, "status": "accepted"}
    assert json.loads(door.published[-1]["Detail"])["metadata"]["flags"] == []

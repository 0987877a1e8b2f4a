"""A body that is too large for its event: kept in S3 first, and read back with one call."""

import json
import string
from random import Random
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from inlet.body import BodyAltered, object_key, outline, whole
from inlet.entry import entry_key, packed
from inlet.event import Event, Metadata
from inlet.json_text import dumps
from inlet.subject import usable_id
from tests.support.door import Door
from tests.support.faulty import throttled, timed_out
from tests.support.gateway import Context
from tests.support.samples import sample

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")


def large(**more: Any) -> bytes:
    """A body just too large for its event, and those fields."""
    return json.dumps(SEED.request["body"] | {"file": "x" * 204_800, **more}).encode()


def published(door: Door) -> Event:
    """The one event on the bus."""
    (entry,) = door.published
    return Event.model_validate_json(entry["Detail"])


def test_a_large_body_is_kept_and_its_event_says_where(door: Door) -> None:
    body = large()
    assert door.post("/webhooks/marosa", body)["status"] == 202
    event = published(door)
    kept = event.metadata.body
    assert kept is not None
    assert kept.bucket == "bodies"
    assert kept.key == (
        "marosa/DOCUMENT_STATUS_CHANGED/f47ac10b-58cc-4372-a567-0e02b2c3d479/sample-request.json"
    )
    assert kept.bytes == len(body)
    stored = door.s3.get_object(Bucket="bodies", Key=kept.key)["Body"].read()
    assert stored == body
    assert event.data == SEED.request["body"]


@pytest.mark.parametrize(
    ("metadata", "key"),
    [
        (("a", "T", "1", "r"), "a/T/1/r.json"),
        (("a", "orders/create", "a b", "J="), "a/orders%2Fcreate/a%20b/J%3D.json"),
        (("a", "v2[x].y", "é:/?#%", "r"), "a/v2%5Bx%5D.y/%C3%A9%3A%2F%3F%23%25/r.json"),
        (("a", "..", ".", "..."), "a/%2E%2E/%2E/%2E%2E%2E.json"),
        (("a", "T", "x" * 300, "r"), f"a/T/{'x' * 300}/r.json"),
        (
            ("a", "T", "x" * 301, "r"),
            "a/T/sha256:e4c11e4fa5423893d1927ae29ada0b6e2da560b5fa44ddc2c09fcd4734a9d9a6/r.json",
        ),
    ],
)
def test_a_key_has_the_type_the_event_id_and_the_request_id(
    metadata: tuple[str, str, str, str], key: str
) -> None:
    assert object_key(metadata_of(*metadata)) == key


def metadata_of(provider: str, event_type: str, event_id: str, request_id: str) -> Metadata:
    """The metadata of an event with these names."""
    written = sample("marosa", SEED.name).event
    assert written
    names = {"eventType": event_type, "eventId": event_id, "correlationId": request_id}
    return Metadata.model_validate(written["detail"]["metadata"] | {"provider": provider} | names)


@given(event_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=512))
def test_a_key_is_short_enough_for_s3_and_no_other_id_has_it(event_id: str) -> None:
    usable = usable_id([event_id])
    assume(usable is not None)
    assert usable
    metadata = metadata_of("a" * 32, "[" * 128, usable, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef")
    provider, event_type, identifier, request = object_key(metadata).split("/")
    assert len(object_key(metadata)) <= 1024
    assert unquote(identifier) == usable or identifier.startswith("sha256:")
    assert (provider, unquote(event_type)) == ("a" * 32, "[" * 128)
    assert request == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef.json"


def test_the_longest_subject_fits_into_the_metadata_of_an_object(door: Door) -> None:
    body = large(documentId="é" * 256)
    assert door.post("/webhooks/marosa", body)["status"] == 202
    kept = published(door).metadata.body
    assert kept
    stored = door.s3.head_object(Bucket="bodies", Key=kept.key)["Metadata"]
    assert stored == {
        "received-at": "2025-04-01T08:00:00.000000Z",
        "subject": "marosa%2Fdocument%2F" + "%C3%A9" * 256,
    }
    assert sum(len(name) + len(value) for name, value in stored.items()) <= 2048


def test_the_whole_of_it_is_read_with_one_call(door: Door) -> None:
    door.post("/webhooks/marosa", large(lines=[{"amount": 1}]))
    data = whole(published(door), door.s3)  # type: ignore[arg-type]
    assert data["lines"] == [{"amount": 1}]
    assert len(data["file"]) == 204_800


def test_what_is_in_its_event_needs_no_bucket(door: Door) -> None:
    door.send(SEED)
    assert whole(published(door), door.s3) == SEED.request["body"]  # type: ignore[arg-type]
    assert door.s3.calls == []


def test_another_body_in_its_place_is_noticed(door: Door) -> None:
    door.post("/webhooks/marosa", large())
    event = published(door)
    assert event.metadata.body is not None
    door.s3.put_object(Bucket="bodies", Key=event.metadata.body.key, Body=b"{}")
    with pytest.raises(BodyAltered, match=f"of event {event.metadata.event_id}"):
        whole(event, door.s3)  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "is_kept"), [(204_800, False), (204_801, True)])
def test_up_to_200_kb_a_body_is_in_its_event(door: Door, size: int, *, is_kept: bool) -> None:
    shorter = large(file="")
    body = large(file="x" * (size - len(shorter)))
    assert len(body) == size
    door.post("/webhooks/marosa", body)
    assert (published(door).metadata.body is not None) == is_kept


def test_only_the_text_of_a_body_counts_and_not_what_its_numbers_could_become(door: Door) -> None:
    body = large(file="")[:-1] + b', "n": [' + b",".join([b"9e15"] * 40_000) + b"]}"
    assert len(body) < 204_800
    door.post("/webhooks/marosa", body)
    assert published(door).metadata.body is None


def test_the_entry_of_a_body_that_hardly_compresses_has_room_in_the_table(door: Door) -> None:
    shorter = large(file="")
    characters = "\u0101\u20ac\U0001f600" + string.printable[:95]
    noise = Random(1).choices(characters, k=250_000)  # noqa: S311 - nothing is secret
    text = "".join(noise).encode()[:190_000].decode(errors="ignore")
    body = shorter.replace(
        b'"file": ""', b'"file": ' + json.dumps(text, ensure_ascii=False).encode()
    )
    assert 190_000 < len(body) <= 204_800
    door.post("/webhooks/marosa", body)
    assert published(door).metadata.body is None
    for ensure_ascii in (False, True):  # EventBridge may write a character as its escape
        event = json.loads(door.published[0]["Detail"])
        text = json.dumps(event, ensure_ascii=ensure_ascii)
        assert len(packed(text, entry_key("a", "b"), "1:c")) < 350_000


def test_an_event_stays_small_whatever_its_body_is(door: Door) -> None:
    body = large(**{f"field-{n}": "y" * 1000 for n in range(1000)})
    assert door.post("/webhooks/marosa", body)["status"] == 202
    assert len(door.published[0]["Detail"]) < 64 * 1024 + 2000


def test_a_duplicate_is_not_kept_again(door: Door) -> None:
    for _ in range(2):
        assert door.post("/webhooks/marosa", large())["status"] == 202
    assert door.s3.calls == ["put_object"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [throttled(), timed_out()])
def test_a_body_that_cannot_be_kept_comes_again(
    door: Door, error: Exception, *, after: bool
) -> None:
    door.s3.fail("put_object", error, after=after)
    answered = door.post("/webhooks/marosa", large())
    assert (answered["status"], answered["body"]["detail"]) == (
        503,
        "The body could not be kept at the moment.",
    )
    assert door.published == []
    assert door.post("/webhooks/marosa", large())["body"]["status"] == "accepted"


def test_without_the_time_to_keep_and_publish_it_a_body_comes_again(door: Door) -> None:
    late = Context(remaining_milliseconds=3 * 1000 * LONGEST_CALL_SECONDS - 1)
    answered = door.post("/webhooks/marosa", large(), context=late)
    assert (answered["status"], answered["body"]["detail"]) == (
        503,
        "The body could not be kept in time.",
    )
    assert door.published == []


def test_once_its_time_is_over_the_body_is_said_not_to_be_there(door: Door) -> None:
    door.post("/webhooks/marosa", large())
    event = published(door)
    assert event.metadata.body is not None
    door.s3.delete_object(Bucket="bodies", Key=event.metadata.body.key)
    with pytest.raises(ClientError, match="NoSuchKey"):
        whole(event, door.s3)  # type: ignore[arg-type]


# The outline


def test_an_outline_has_the_scalars_and_neither_arrays_nor_long_strings() -> None:
    data = {
        "id": "1", "paid": True, "none": None, "amount": 1.5, "lines": [1, 2],
        "file": "x" * 1025, "note": "x" * 1024, "buyer": {"vat": "BE0", "tags": ["a"]},
    }  # fmt: skip
    assert outline(data) == {
        "id": "1", "paid": True, "none": None, "amount": 1.5, "note": "x" * 1024,
        "buyer": {"vat": "BE0"},
    }  # fmt: skip


def test_the_outline_of_a_large_body_has_its_numbers_digits(door: Door) -> None:
    numbers = b', "a": 1.10, "b": 30000000000000000.01, "c": 1e2, "d": -0.0, "e": {"f": 1e-400}}'
    assert door.post("/webhooks/marosa", large()[:-1] + numbers)["status"] == 202
    detail = door.published[0]["Detail"]
    assert (
        '"a": 1.10, "b": 30000000000000000.01, "c": 1E+2, "d": -0.0, "e": {"f": 1E-400}}' in detail
    )


def test_what_lies_deeper_is_left_out_first() -> None:
    deep = {f"field-{n}": "y" * 1000 for n in range(100)}
    kept = outline({"deep": deep, "status": "OK"})
    assert kept["status"] == "OK"
    assert 50 < len(kept["deep"]) < 100


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
)


@given(data=st.dictionaries(st.text(), JSON, max_size=20), copies=st.integers(1, 300))
def test_an_outline_is_never_larger_than_it_may_be(data: dict[str, Any], copies: int) -> None:
    many = {f"{n}{name}": value for n in range(copies) for name, value in data.items()}
    assert len(dumps(outline(many)).encode()) <= 64 * 1024

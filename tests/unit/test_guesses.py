"""What a recorded delivery seems to say, and where."""

from typing import Any

import pytest

from inlet.operations.errors import OperationError
from inlet.operations.guesses import Field, Header, Signature, guess
from inlet.operations.inferred import models
from inlet.operations.recorded import Recorded

TYPED = {"type": "parcel.lost"}
SHA_256 = "0123456789abcdef" * 4
BASE64 = "nOpaa8dNQ1xzmlvUvhUeRkFQfaiRVJkvqpFmlkyqDyQ="


def guessed(body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return guess(Recorded(headers=headers or {}, body=TYPED | body), None)


@pytest.mark.parametrize(
    ("body", "headers", "name", "place"),
    [
        ({}, {}, "parcel.lost", Field(("type",))),
        ({"eventType": "LOST"}, {}, "LOST", Field(("eventType",))),
        ({"event": {"type": "LOST"}}, {}, "parcel.lost", Field(("type",))),
        ({"type": 1, "event": {"name": "x", "type": "LOST"}}, {}, "LOST", Field(("event", "type"))),
        ({}, {"x-acme-event": "lost"}, "lost", Header("x-acme-event")),
        ({}, {"x-shop-topic": "orders/create"}, "parcel.lost", Field(("type",))),
    ],
)
def test_the_type_is_where_a_header_or_a_field_is_called_so(
    body: dict[str, Any], headers: dict[str, str], name: str, place: Field | Header
) -> None:
    found = guessed(body, headers)
    assert (found.event_type, found.type_place) == (name, place)


@pytest.mark.parametrize("body", [{}, {"type": "two words"}, {"parcel": {"type": "BOX"}}])
def test_a_delivery_that_names_no_type_is_told_one(body: dict[str, Any]) -> None:
    recorded = Recorded(headers={}, body=body)
    with pytest.raises(OperationError, match="say it with --type"):
        guess(recorded, None)
    found = guess(recorded, "LOST")
    assert (found.event_type, found.type_place) == ("LOST", None)
    with pytest.raises(OperationError, match="--type must match"):
        guess(recorded, "two words")


@pytest.mark.parametrize(
    ("body", "headers", "place"),
    [
        ({}, {}, None),
        ({"id": "1"}, {}, None),
        ({"id": "1", "parcel": {"id": "2"}}, {}, Field(("id",))),
        ({"id": "1", "parcelId": "2"}, {}, Field(("id",))),
        ({"id": "1", "paid": "yes", "VOID": "no"}, {}, None),
        ({"event_id": 7, "id": "1"}, {}, Field(("event_id",))),
        ({"event": {"id": "1"}}, {}, Field(("event", "id"))),
        ({"event_id": ""}, {}, None),
        ({"eventId": "1"}, {"webhook-id": "2"}, Header("webhook-id")),
        ({}, {"x-hub-delivery": "2", "x-acme-id": "3"}, Header("x-hub-delivery")),
        ({}, {"x-request-id": "2", "x-acme-id": "3"}, Header("x-acme-id")),
        ({}, {"x-account-id": "2"}, None),
    ],
)
def test_the_event_id_is_never_one_that_other_events_have_too(
    body: dict[str, Any], headers: dict[str, str], place: Field | Header | None
) -> None:
    assert guessed(body, headers).id_place == place


@pytest.mark.parametrize(
    ("body", "headers", "place"),
    [
        ({}, {}, None),
        ({"id": "1"}, {}, Field(("id",))),
        ({"id": "1", "data": {"object": {"id": "2"}}}, {}, Field(("data", "object", "id"))),
        ({"id": "1", "data": {"id": 2}}, {"webhook-id": "3"}, Field(("id",))),
        ({"accountId": "1", "parcel": {"id": "2"}}, {}, Field(("parcel", "id"))),
        ({"eventId": "1", "parcel_id": "2"}, {}, Field(("parcel_id",))),
        ({"event": {"id": "1"}, "parcels": [{"id": "2"}]}, {}, None),
        ({"a": {"b": {"c": {"id": "1"}}}, "x": {"id": True}}, {}, None),
    ],
)
def test_the_subject_is_the_outermost_id_that_is_not_the_events(
    body: dict[str, Any], headers: dict[str, str], place: Field | None
) -> None:
    assert guessed(body, headers).subject_place == place


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, None),
        ({"created": 1743413400}, None),
        ({"created": "yesterday", "sentAt": "2025-03-31T09:30:00Z"}, Field(("sentAt",))),
        ({"date": "2025-03-31", "occurred_at": "2025-03-31 09:30"}, Field(("occurred_at",))),
        ({"parcel": {"created": "2025-03-31"}}, None),
    ],
)
def test_the_time_is_a_field_that_is_called_so_and_holds_one(
    body: dict[str, Any], place: Field | None
) -> None:
    assert guessed(body).time_place == place


@pytest.mark.parametrize(
    ("headers", "signature"),
    [
        ({}, None),
        ({"x-acme-signature-version": "1"}, None),
        ({"x-acme-signature": SHA_256}, Signature("x-acme-signature", "", in_base64=False)),
        ({"x-acme-signature": "t=1,v1=2"}, Signature("x-acme-signature", "", in_base64=False)),
        (
            {"x-hub-signature": "sha1=0123", "x-hub-signature-256": f"sha256={SHA_256}"},
            Signature("x-hub-signature-256", "sha256=", in_base64=False),
        ),
        ({"x-shop-hmac-sha256": BASE64}, Signature("x-shop-hmac-sha256", "", in_base64=True)),
    ],
)
def test_a_signature_is_recognised_by_its_header(
    headers: dict[str, str], signature: Signature | None
) -> None:
    assert guessed({}, headers).signature == signature


def test_models_are_as_open_as_one_delivery_can_tell() -> None:
    body = {
        "id": 5,
        "lost": True,
        "note": None,
        "class": "x",
        "json": 1.5,
        "mixed": [1, "a"],
        "numbers": [1, None, 2.5],
        "none": [],
        "empty": {},
        "Parcels": [{"id": "1"}, {"id": "2", "box": {"w": [[1]]}}, None],
        "1st": {"_x": 1},
        "a-b": 1,
        "a.b": 2,
    }
    assert (
        models(body, "A body.", {("class",)})
        == '''\
class Box(Open):
    """The fields of `box`."""

    w: list[list[Number]] | None = None


class ParcelsFields(Open):
    """The fields of `Parcels`."""

    id: Sensitive[str | None] = None
    box: Box | None = None


class Field1st(Open):
    """The fields of `field_1st`."""

    field_x: Number | None = Field(default=None, alias='_x')


class Body(Open):
    """A body."""

    id: Number | None = None
    lost: bool | None = None
    note: Sensitive[Any] = None
    field_class: str | None = Field(default=None, alias='class')
    field_json: Number | None = Field(default=None, alias='json')
    mixed: Sensitive[list[Any] | None] = None
    numbers: list[Number | None] | None = None
    none: Sensitive[list[Any] | None] = None
    empty: Sensitive[Any] = None
    Parcels: list[ParcelsFields | None] | None = None
    field_1st: Field1st | None = Field(default=None, alias='1st')
    field_a_b: Number | None = Field(default=None, alias='a-b')
'''
    )


def test_an_empty_body_has_a_model_too() -> None:
    assert models({}, "A body.", ()) == 'class Body(Open):\n    """A body."""\n\n\n'

"""What a delivery is, beyond what the samples show."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from inlet.delivery import read
from inlet.document import Document
from inlet.event import Event, detail
from inlet.model import Number, Open, checked
from inlet.providers import PROVIDERS
from inlet.refusals import NotJsonContent, WrongContract
from inlet.request import Request
from inlet.subject import usable_id


def request(
    body: bytes,
    *,
    content_type: str | None = "application/json",
    path_type: str | None = None,
    received_at: datetime = datetime(2025, 4, 1, 8, tzinfo=UTC),
) -> Request:
    return Request(
        body=body,
        headers={"content-type": content_type} if content_type else {},
        received_at=received_at,
        correlation_id="request-1",
        path_type=path_type,
    )


def marosa(**fields: object) -> bytes:
    return json.dumps(
        {"eventId": "00000000-0000-4000-8000-000000000001", "eventType": "X"} | fields
    ).encode()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/cloudevents+json",
        "application/json,application/json",
        "application/json; charset=utf-8, Application/JSON",
        'application/json; note="a, \\", text/plain", application/json;charset="utf-8"',
        'application/json; charset="utf-8, text/plain',
        "application/json,",
    ],
)
def test_json_content_is_taken(content_type: str | None) -> None:
    delivery = read(PROVIDERS["marosa"], request(marosa(), content_type=content_type))
    assert delivery.key == "marosa#00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        ",",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "application/json, text/plain",
        "application/json; charset=utf-8, text/plain",
        "text/plain, application/cloudevents+json",
        "application/json, application/cloudevents+json",
        'application/json; a="b", text/plain',
        'appl"x"ication/json',
    ],
)
def test_other_content_is_refused(content_type: str) -> None:
    headers = {"content-type": content_type}
    odd = Request(
        body=marosa(),
        headers=headers,
        received_at=datetime(2025, 4, 1, tzinfo=UTC),
        correlation_id="request-1",
    )
    with pytest.raises(NotJsonContent):
        read(PROVIDERS["marosa"], odd)


def encoded(content_encoding: str) -> Request:
    """A request whose body has this content encoding."""
    return Request(
        body=marosa(),
        headers={"content-type": "application/json", "content-encoding": content_encoding},
        received_at=datetime(2025, 4, 1, tzinfo=UTC),
        correlation_id="request-1",
    )


@pytest.mark.parametrize(
    "content_encoding", ["identity", "Identity", "identity, identity", "", ","]
)
def test_a_body_without_content_encoding_is_accepted(content_encoding: str) -> None:
    delivery = read(PROVIDERS["marosa"], encoded(content_encoding))
    assert delivery.key == "marosa#00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("content_encoding", "named"),
    [
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("deflate,gzip", "deflate, gzip"),
        ("identity, br", "br"),
        ("secret-word", "an unknown encoding"),
        ("gzip, secret-word", "an unknown encoding"),
    ],
)
def test_an_encoded_body_is_rejected_and_a_known_encoding_named(
    content_encoding: str, named: str
) -> None:
    with pytest.raises(NotJsonContent) as rejection:
        read(PROVIDERS["marosa"], encoded(content_encoding))
    assert rejection.value.status == 415
    assert rejection.value.detail == f"The content encoding must be identity, not {named}."


@pytest.mark.parametrize("event_type", ["", "A B", "A/B", "\u00c9T\u00c9", "X" * 129, "A\n"])
def test_a_type_that_is_no_name_is_refused(event_type: str) -> None:
    with pytest.raises(WrongContract) as refusal:
        read(PROVIDERS["marosa"], request(marosa(eventType=event_type)))
    assert refusal.value.problems[0].field == "eventType"


@pytest.mark.parametrize("event_type", ["a", "A.b-c_9", "X" * 128])
def test_any_name_is_a_type(event_type: str) -> None:
    delivery = read(PROVIDERS["marosa"], request(marosa(eventType=event_type)))
    assert delivery.metadata.event_type == event_type
    assert delivery.metadata.known is False


def test_the_body_stands_in_the_event_as_it_was_sent() -> None:
    body = b'{ "eventId":"00000000-0000-4000-8000-000000000001","eventType":"X","n":1.50 ,"e":1E2}'
    delivery = read(PROVIDERS["marosa"], request(body))
    assert detail(delivery.metadata, delivery.text).endswith(f',"data":{body.decode()}}}')


def test_an_event_can_be_read_back_from_its_detail() -> None:
    delivery = read(PROVIDERS["marosa"], request(marosa(note="\u20ac")))
    event = Event.model_validate_json(detail(delivery.metadata, delivery.text))
    assert event.metadata == delivery.metadata
    assert event.data["note"] == "\u20ac"


def id_of_a_payment(body: bytes, received_at: datetime) -> str:
    """The event id of a body without one, by when it is received."""
    sent = request(body, path_type="PAYMENT_INITIATED", received_at=received_at)
    return read(PROVIDERS["digiteal"], sent).metadata.event_id


def test_without_a_time_of_its_own_a_body_is_another_event_on_another_day() -> None:
    evening = datetime(2025, 4, 1, 23, 59, tzinfo=UTC)
    same_utc_day = evening.astimezone(timezone(timedelta(hours=2)))
    assert id_of_a_payment(b"{}", evening) == id_of_a_payment(b"{}", same_utc_day)
    next_day = evening + timedelta(minutes=2)
    assert id_of_a_payment(b"{}", evening) != id_of_a_payment(b"{}", next_day)


@pytest.mark.parametrize("own", ["", None, [], {"a": 1}, "x" * 513])
def test_an_event_id_that_cannot_be_one_is_not_kept(own: object) -> None:
    sent = request(json.dumps({"eventId": own}).encode(), path_type="PAYMENT_INITIATED")
    assert len(read(PROVIDERS["digiteal"], sent).metadata.event_id) == 36


@pytest.mark.parametrize(
    ("event_type", "body", "flags"),
    [
        ("NEW_TYPE", {"executionTimestamp": True}, {"unreadable-time"}),
        ("NEW_TYPE", {"executionTimestamp": "31/12/2024 10:00"}, {"unreadable-time"}),
        ("INVOICE_PAID", {"executionTimestamp": [1]}, {"unreadable-time"}),
        ("INVOICE_PAID", {"invoiceId": 12.5}, set()),
        ("PERSON_CREATED", {"id": {"value": 1}}, set()),
        ("PERSON_CREATED", {"changeType": ["CREATED"]}, {"unknown-value:changeType"}),
        ("CUSTOMER_OPTIN", {"customerInternalId": True}, set()),
        ("TERMINAL_VALIDATED_BY_ACQUIRER", {"id": []}, set()),
    ],
)
def test_what_nobody_documented_refuses_nothing(
    event_type: str, body: dict[str, object], flags: set[str]
) -> None:
    sent = request(json.dumps(body).encode(), path_type=event_type)
    metadata = read(PROVIDERS["digiteal"], sent).metadata
    assert set(metadata.flags) == {"no-subject-id", "received-time"} | flags


@pytest.mark.parametrize(
    ("event_type", "body"),
    [
        ("PAYMENT_INITIATED", {"paymentStatus": 1}),
        ("COMPANY_CREATED", {"id": True, "canSendFunds": 1}),
        ("COMPANY_CREATED", {"id": 12.5, "canSendFunds": "true"}),
        ("AUTOPAY_CONFIGURATION_CREATED", {"clientID": {}, "maxAmount": 1.5}),
        ("AUTOPAY_CONFIGURATION_CREATED", {"clientID": False, "maxAmount": True}),
        ("AUTOPAY_CONFIGURATION_CREATED", {"clientID": [1], "maxAmount": "100"}),
    ],
)
def test_what_is_documented_is_checked(event_type: str, body: dict[str, object]) -> None:
    with pytest.raises(WrongContract) as refusal:
        read(PROVIDERS["digiteal"], request(json.dumps(body).encode(), path_type=event_type))
    assert [problem.field for problem in refusal.value.problems] == list(body)


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"], ids=ascii)
def test_no_header_and_no_path_carries_a_character_that_no_queue_takes(character: str) -> None:
    path = request(b"{}", path_type=f"PAYMENT{character}")
    with pytest.raises(WrongContract, match="not a name that Inlet can publish"):
        read(PROVIDERS["digiteal"], path)
    header = replace(request(b'{"type": "a"}'), headers={"webhook-id": f"a{character}"})
    with pytest.raises(WrongContract, match="The header webhook-id cannot be an event id"):
        read(PROVIDERS["standard"], header)
    assert usable_id([f"a{character}"]) is None


@pytest.mark.parametrize(
    ("body", "subject", "flags"),
    [
        (b'{"id": 1.10}', None, {"received-time"}),
        (
            b'{"id": 123456789012345678901234567890}',
            "123456789012345678901234567890",
            {"received-time"},
        ),
        (b'{"executionTimestamp": 1.7e9}', None, {"unusual-time"}),
        (b'{"changeType": 1.50}', None, {"received-time", "unknown-value:changeType"}),
        (b'{"person": {"a": [1.10, 1e2]}, "b": 1.10}', None, {"received-time"}),
    ],
)
def test_a_number_with_a_fraction_is_taken_where_nothing_is_documented(
    body: bytes, subject: str | None, flags: set[str]
) -> None:
    metadata = read(PROVIDERS["digiteal"], request(body, path_type="PERSON_CREATED")).metadata
    assert metadata.subject == f"digiteal/person/{subject or metadata.event_id}"
    no_id = set() if subject else {"no-subject-id"}
    assert set(metadata.flags) == no_id | flags


@pytest.mark.parametrize("amount", [b"100", b"100000000000000000000000000"])
def test_an_integer_field_takes_an_integer_of_any_length(amount: bytes) -> None:
    body = b'{"maxAmount": %b}' % amount
    delivery = read(PROVIDERS["digiteal"], request(body, path_type="AUTOPAY_CONFIGURATION_CREATED"))
    assert delivery.document.data == {"maxAmount": int(amount)}


def test_an_integer_field_takes_no_fraction() -> None:
    sent = request(b'{"maxAmount": 100.5}', path_type="AUTOPAY_CONFIGURATION_CREATED")
    with pytest.raises(WrongContract) as refusal:
        read(PROVIDERS["digiteal"], sent)
    assert [problem.field for problem in refusal.value.problems] == ["maxAmount"]


class Numbers(Open):
    """A model of a provider's, as `inlet new-provider` writes it."""

    amount: Number | None = None


@pytest.mark.parametrize(("amount", "text"), [(b"1.10", "1.10"), (b"7", "7"), (b"1e2", "1E+2")])
def test_a_number_field_has_the_digits_as_sent(amount: bytes, text: str) -> None:
    document = Document.parse(b'{"amount": %b}' % amount)
    assert str(checked(Numbers, document).amount) == text


@pytest.mark.parametrize("amount", [b'"1.5"', b"true", b"[1]"])
def test_a_number_field_takes_nothing_else(amount: bytes) -> None:
    with pytest.raises(WrongContract):
        checked(Numbers, Document.parse(b'{"amount": %b}' % amount))


def test_the_schema_of_a_number_field_is_a_number() -> None:
    schema = Numbers.model_json_schema()["properties"]["amount"]
    assert schema["anyOf"] == [{"type": "number"}, {"type": "null"}]


@pytest.mark.parametrize(
    ("sent", "occurred_at", "flags"),
    [
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000000Z", ()),
        ("2025-04-03T08:00:00Z", "2025-04-03T08:00:00.000000Z", ()),
        *(
            (sent, "2025-04-01T08:00:00.000000Z", ("implausible-time", "received-time"))
            for sent in (
                *("1999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"),
                *("2025-04-03T08:00:00.000001Z", "9999-12-31T23:59:59Z"),
            )
        ),
        (7, "2025-04-01T08:00:00.000000Z", ("unusual-time", "implausible-time", "received-time")),
        ("noon", "2025-04-01T08:00:00.000000Z", ("unreadable-time", "received-time")),
        ({}, "2025-04-01T08:00:00.000000Z", ("unreadable-time", "received-time")),
        (None, "2025-04-01T08:00:00.000000Z", ("received-time",)),
    ],
)
def test_the_receipt_time_replaces_a_time_that_cannot_be_right(
    sent: object, occurred_at: str, flags: tuple[str, ...]
) -> None:
    body = marosa(occurredAt=sent, documentId="INV-1")
    delivery = read(PROVIDERS["marosa"], request(body))
    assert delivery.metadata.occurred_at == occurred_at
    assert delivery.metadata.flags == flags
    assert delivery.document.data["occurredAt"] == sent


@pytest.mark.parametrize(
    ("sent", "is_same"),
    [
        ("2025-03-28 20:39:28", True),
        # A time that is not used keeps the day out of the event id all the same.
        ("noon", True),
        ("9999-12-31 00:00:00", True),
        (True, True),
        ({"at": 1}, True),
        (1743408600, True),
        (None, False),
    ],
)
def test_with_a_time_of_its_own_a_body_is_the_same_event_on_any_day(
    sent: object,
    is_same: bool,  # noqa: FBT001
) -> None:
    body = json.dumps({"executionTimestamp": sent}).encode()
    ids = {id_of_a_payment(body, datetime(2025, 4, day, tzinfo=UTC)) for day in (1, 2)}
    assert (len(ids) == 1) is is_same


@pytest.mark.parametrize(
    ("sent", "event_id", "flags"),
    [
        (
            "F47AC10B-58CC-4372-A567-0E02B2C3D479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            (),
        ),
        (
            "{F47AC10B-58CC-4372-A567-0E02B2C3D479}",
            "{f47ac10b-58cc-4372-a567-0e02b2c3d479}",
            ("unusual-id:eventId",),
        ),
        (
            "F47AC10B58CC4372A5670E02B2C3D479",
            "f47ac10b58cc4372a5670e02b2c3d479",
            ("unusual-id:eventId",),
        ),
        ("Evt/1", "evt/1", ("unusual-id:eventId",)),
        (7, "7", ("unusual-id:eventId",)),
        (1e3, "1000", ("unusual-id:eventId",)),
        ("x" * 512, "x" * 512, ("unusual-id:eventId",)),
    ],
)
def test_any_id_identifies_an_event_of_marosa_whatever_its_case(
    sent: object, event_id: str, flags: tuple[str, ...]
) -> None:
    body = marosa(eventId=sent, documentId="INV-1", occurredAt="2025-03-30T10:15:00Z")
    delivery = read(PROVIDERS["marosa"], request(body))
    assert delivery.metadata.event_id == event_id
    assert delivery.metadata.flags == flags
    assert delivery.document.data["eventId"] == sent


@pytest.mark.parametrize(
    "sent", [None, "", " ", "a b", "\u00e9", "x" * 513, 10**512, True, 1.5, {}, ["a"]]
)
def test_an_event_of_marosa_that_cannot_be_identified_is_refused(sent: object) -> None:
    with pytest.raises(WrongContract) as refusal:
        read(PROVIDERS["marosa"], request(marosa(eventId=sent)))
    assert [(one.field, one.problem) for one in refusal.value.problems] == [
        ("eventId", "Input should be 1 to 512 printable ASCII characters without spaces")
    ]


def test_an_event_of_marosa_without_an_id_is_refused() -> None:
    with pytest.raises(WrongContract) as refusal:
        read(PROVIDERS["marosa"], request(b'{"eventType": "X"}'))
    assert [problem.field for problem in refusal.value.problems] == ["eventId"]


def test_a_document_of_marosa_may_have_a_number() -> None:
    body = marosa(documentId=2025, occurredAt="2025-03-30T10:15:00Z")
    metadata = read(PROVIDERS["marosa"], request(body)).metadata
    assert metadata.subject == "marosa/unrecognised/2025"
    assert metadata.flags == ("unusual-id:documentId",)


@pytest.mark.parametrize(
    ("provider", "event_type", "flags"),
    [
        ("digiteal", "payment_initiated", ["case-of:PAYMENT_INITIATED"]),
        ("digiteal", "Payment_Initiated", ["case-of:PAYMENT_INITIATED"]),
        ("digiteal", "PAYMENT-INITIATED", []),
        ("digiteal", "PAYMENT_INITIATED", []),
        ("marosa", "document_status_changed", ["case-of:DOCUMENT_STATUS_CHANGED"]),
    ],
)
def test_an_unknown_type_that_differs_from_a_known_one_by_case_is_flagged(
    provider: str, event_type: str, flags: list[str]
) -> None:
    sent = request(marosa(eventType=event_type), path_type=event_type)
    metadata = read(PROVIDERS[provider], sent).metadata
    assert metadata.event_type == event_type
    assert metadata.known is (event_type == "PAYMENT_INITIATED")
    assert [flag for flag in metadata.flags if flag.startswith("case-of:")] == flags


def test_a_requests_body_and_headers_are_not_shown() -> None:
    assert "secret" not in repr(request(b"secret", content_type="secret"))


def standard(headers: dict[str, str]) -> Request:
    """A message of Standard Webhooks with these headers."""
    return Request(
        body=b'{"type": "a"}',
        headers=headers,
        received_at=datetime(2025, 4, 1, tzinfo=UTC),
        correlation_id="request-1",
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": "msg_1"},
        {"svix-id": "msg_1"},
        {"webhook-id": "", "svix-id": "msg_1"},
        {"webhook-id": "msg_1", "svix-id": ""},
        {"webhook-id": "msg_1", "svix-id": "msg_1"},
    ],
)
def test_the_event_id_is_in_either_header(headers: dict[str, str]) -> None:
    assert read(PROVIDERS["standard"], standard(headers)).metadata.event_id == "msg_1"


@pytest.mark.parametrize(
    ("headers", "detail", "fields"),
    [
        ({}, "The header webhook-id cannot be an event id.", ["webhook-id"]),
        ({"svix-id": "x" * 513}, "The header svix-id cannot be an event id.", ["svix-id"]),
        (
            {"webhook-id": "msg_1", "svix-id": "msg_2"},
            "The headers webhook-id and svix-id hold different event ids.",
            ["webhook-id", "svix-id"],
        ),
    ],
)
def test_without_one_usable_event_id_a_message_is_rejected(
    headers: dict[str, str], detail: str, fields: list[str]
) -> None:
    with pytest.raises(WrongContract) as rejection:
        read(PROVIDERS["standard"], standard(headers))
    assert rejection.value.detail == detail
    assert [problem.field for problem in rejection.value.problems] == fields

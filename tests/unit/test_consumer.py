"""A consumer: entry, state and attention, right after any fault, duplicate and order."""

import json
from itertools import permutations
from random import Random
from string import printable

import pytest

from functions.consumer.handler import CALLS_PER_EVENT, handler, taker
from functions.consumer.queue import delay_seconds
from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from inlet.provider import EventType
from inlet.providers import with_types
from tests.support.faulty import Faulty, throttled, timed_out
from tests.support.gateway import Context
from tests.support.settings import CONSUMER
from tests.support.station import ERROR, LATE, OK, SUBJECT, Station, Told, detail_in, event, message


def test_an_event_becomes_an_entry_and_a_state(station: Station) -> None:
    assert station.take(event(OK)) == []
    items = station.items()
    entry = items["event#f47ac10b-58cc-4372-a567-0e02b2c3d479"]
    detail = detail_in(entry)
    del entry["detail"]
    assert json.loads(detail) == event(OK)["detail"]
    position = (
        "2025-03-30T10:15:00.000000Z#0010#2025-04-01T08:00:00.000000Z"
        "#f47ac10b-58cc-4372-a567-0e02b2c3d479"
    )
    assert entry == {
        "pk": SUBJECT,
        "sk": "event#f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "eventType": "DOCUMENT_STATUS_CHANGED",
        "status": "OK",
        "occurredAt": "2025-03-30T10:15:00.000000Z",
        "receivedAt": "2025-04-01T08:00:00.000000Z",
        "rank": 10,
        "consumer": "documents",
        "attention": "none",
        "contentHash": "1:aab91d118d03825d64a52792c1ebd2c28ec829edc3c798c6c7fa0a95c048e14e",
    }
    assert items["state"] == {
        "pk": SUBJECT,
        "sk": "state",
        "upTo": position,
        "status": "OK",
        "eventType": "DOCUMENT_STATUS_CHANGED",
        "eventId": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "occurredAt": "2025-03-30T10:15:00.000000Z",
        "receivedAt": "2025-04-01T08:00:00.000000Z",
    }
    assert station.sent == []


NUMBERS = '{ "n":1.10 , "e":[1e2,1E+2], "d":0.123456789012345678901234567890, "z":-0 }'


def test_an_entry_has_the_text_of_its_event_as_it_came(station: Station) -> None:
    written = event(OK)
    metadata = json.dumps(written["detail"]["metadata"])
    detail = f'{{"metadata":{metadata} ,\n"data":{NUMBERS}}}'
    assert station.take(f'{{"version":"0", "detail" : {detail}, "detail-type":"x"}}') == []
    entry = station.items()["event#f47ac10b-58cc-4372-a567-0e02b2c3d479"]
    assert detail_in(entry) == detail


def test_an_event_without_attention_costs_two_calls_and_one_with_it_four(station: Station) -> None:
    station.take(event(OK))
    assert station.dynamodb.calls == ["put_item", "update_item"]
    station.dynamodb.calls.clear()
    station.take(event(ERROR))
    assert station.dynamodb.calls == ["put_item", "update_item", "update_item"]
    assert station.sns.calls == ["publish"]


def test_the_longest_id_and_the_largest_body_fit_into_the_table(station: Station) -> None:
    longest = "\U0001f600" * 128
    large = event(OK, eventId=longest, subject=f"marosa/document/{longest}")
    # The largest body there is, and nothing that is smaller when compressed.
    letters = Random(1).choices(printable, k=200_000)  # noqa: S311 - no secret
    large["detail"]["data"]["note"] = "".join(letters)
    assert station.take(large) == []
    assert len(station.items(f"marosa/document/{longest}")) == 2


def test_a_duplicate_changes_nothing(station: Station) -> None:
    station.take(event(ERROR))
    before = station.items()
    assert station.take(event(ERROR, receivedAt="2025-04-01T09:00:00.000000Z")) == []
    assert station.items() == before
    assert len(station.sent) == 1


def test_a_late_duplicate_of_an_earlier_event_does_not_move_the_state(station: Station) -> None:
    same_time = {"occurredAt": "2025-03-30T10:15:00.000000Z"}
    station.take(event(LATE, **same_time))
    station.take(event(OK, receivedAt="2025-04-01T08:00:01.000000Z"))
    station.take(event(LATE, **same_time, receivedAt="2025-04-01T08:00:02.000000Z"))
    assert station.items()["state"]["status"] == "OK"


@pytest.mark.parametrize("order", list(permutations([OK, ERROR, LATE])))
def test_the_state_is_the_same_in_any_order_of_arrival(
    station: Station, order: tuple[str, ...]
) -> None:
    for name in order:
        station.take(event(name))
    items = station.items()
    assert len(items) == 4
    # OK and ERROR have one time and were received together: the greater event id is later.
    assert items["state"]["status"] == "OK"


def test_of_two_types_with_one_time_the_one_later_in_life_is_the_state(station: Station) -> None:
    station.consumer = "transfers"
    subject = "digiteal/transfer/00000000-0000-4000-8000-000000000211"
    for name in ("TRANSFER_PAYMENT_COMPLETED", "TRANSFER_PAYMENT_STARTED", "TRANSFER_CREATED"):
        station.take(event(name, "digiteal"))
    assert station.items(subject)["state"]["status"] == "TRANSFER_PAYMENT_COMPLETED"


def test_types_that_only_the_stage_knows_have_their_rank_too(station: Station) -> None:
    station.consumer = "payments"
    types = {
        name: EventType("A payment.", kind="payment", rank=rank)
        for rank, name in enumerate(("payment.made", "payment.booked"))
    }
    station.providers = with_types({"standard": types})
    for name in ("payment.booked", "payment.made"):
        paid = event(OK, eventType=name, eventId=f"id-of-{name}")
        paid["detail"]["metadata"]["provider"] = "standard"
        station.take(paid)
    assert station.items()["state"]["eventType"] == "payment.booked"


def test_an_event_of_a_provider_that_this_release_does_not_know_is_kept(station: Station) -> None:
    station.consumer = "unrecognised"
    odd = event("DOCUMENT_ARCHIVED__unknown_type", provider="marosa")
    odd["detail"]["metadata"] |= {"provider": "newcomer", "subject": "newcomer/unrecognised/1"}
    assert station.take(odd) == []
    assert len(station.items("newcomer/unrecognised/1")) == 2


def test_attention_is_a_plain_sentence_and_where_to_read_on(station: Station) -> None:
    station.take(event(ERROR))
    assert station.sent == [
        {
            "TopicArn": "topic",
            "Subject": "Inlet (documents): please look",
            "Message": (
                "Marosa could not process document INV-2025-00123. Open it at Marosa, see what is"
                " wrong with it, and send it again.\n\n"
                "Subject: marosa/document/INV-2025-00123\n"
                "Event: 00000000-0000-4000-8000-000000000001"
            ),
            "MessageAttributes": {
                "consumer": {"DataType": "String", "StringValue": "documents"},
                "provider": {"DataType": "String", "StringValue": "marosa"},
            },
        }
    ]
    entry = station.items()["event#00000000-0000-4000-8000-000000000001"]
    assert entry["attention"] == "sent"


@pytest.mark.parametrize("error", [throttled(), timed_out()])
@pytest.mark.parametrize(
    ("client", "call", "nth", "sends"),
    [
        ("dynamodb", "put_item", 1, 1),
        ("dynamodb", "update_item", 1, 1),
        ("dynamodb", "update_item", 2, 1),
        ("sns", "publish", 1, 2),
    ],
)
def test_a_run_that_fails_after_any_write_is_made_good_by_the_next(  # noqa: PLR0913, PLR0917
    station: Station, client: str, call: str, nth: int, sends: int, error: Exception
) -> None:
    original = getattr(station, client)
    setattr(station, client, Faulty(original, after={call: [None] * (nth - 1) + [error]}))

    assert station.take(event(ERROR)) == ["0"]
    setattr(station, client, original)
    assert station.take(event(ERROR), attempt=2) == []

    assert len(station.sent) == sends
    items = station.items()
    assert items["event#00000000-0000-4000-8000-000000000001"]["attention"] == "sent"
    assert items["state"]["status"] == "ERROR"


def test_attention_whose_mark_fails_is_sent_again_rather_than_never(station: Station) -> None:
    original = station.dynamodb
    station.dynamodb = Faulty(original, before={"update_item": [None, throttled()]})
    assert station.take(event(ERROR)) == ["0"]
    station.dynamodb = original
    assert station.take(event(ERROR), attempt=2) == []
    assert len(station.sent) == 2


def test_only_the_messages_that_failed_come_back(station: Station) -> None:
    failed = station.take(event(OK), "not json", event(ERROR), '{"detail": {}}', "[]")
    assert failed == ["1", "3", "4"]
    assert len(station.items()) == 3
    assert [delay["ReceiptHandle"] for delay in station.delays] == [
        "handle-1",
        "handle-3",
        "handle-4",
    ]


def test_a_whole_batch_that_failed_comes_back_message_by_message(station: Station) -> None:
    assert station.take("not json", "not json", attempt=3) == ["0", "1"]
    assert [delay["VisibilityTimeout"] for delay in station.delays] == [40, 40]


def test_the_delay_between_attempts_grows_to_a_quarter_of_an_hour() -> None:
    delays = [delay_seconds(attempt) for attempt in (1, 2, 3, 6, 7, 8, 30, 1000)]
    assert delays == [10, 20, 40, 320, 640, 900, 900, 900]


def test_an_outage_of_an_hour_uses_up_few_of_the_attempts_and_one_of_hours_not_all() -> None:
    waited, attempts = 0, 0
    while waited < 3600:
        attempts += 1
        waited += delay_seconds(attempts)
    assert attempts == 10
    assert sum(delay_seconds(attempt) for attempt in range(1, 30)) == 21_070  # nearly six hours


def test_a_delay_that_cannot_be_set_leaves_the_message_failed_and_told(
    station: Station, told: Told
) -> None:
    station.sqs = Faulty(station, before={"change_message_visibility": [throttled()]})
    assert station.take("not json", event(OK)) == ["0"]
    log = told()[0]
    assert log["outcome"] == "failed"
    assert "retry_in" not in log
    assert log["causes"][0]["type"] == "JSONDecodeError"


def test_a_message_that_might_be_cut_off_is_left_to_the_next_run(
    station: Station, told: Told
) -> None:
    needed = 1000 * CALLS_PER_EVENT * LONGEST_CALL_SECONDS
    assert needed == 49_000
    assert station.take(event(OK), context=Context(needed - 1)) == ["0"]
    assert station.dynamodb.calls == []
    assert [line["outcome"] for line in told()] == ["postponed"]
    assert station.take(event(OK), context=Context(needed)) == []


def test_an_event_is_logged_once(station: Station, told: Told) -> None:
    station.take(event(OK))
    (log,) = told()
    wanted = ("consumer", "outcome", "provider", "event_type", "event_id", "correlation_id")
    assert {key: log[key] for key in wanted} == {
        "consumer": "documents",
        "outcome": "consumed",
        "provider": "marosa",
        "event_type": "DOCUMENT_STATUS_CHANGED",
        "event_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "correlation_id": "sample-request",
    }


def test_a_failure_is_logged_with_its_place_and_without_what_was_in_the_message(
    station: Station, told: Told
) -> None:
    station.take('{"detail": {"metadata": "a secret"}}')
    log = told()[0]
    assert log["message_id"] == "0"  # all that names a message that cannot be parsed
    assert (log["level"], log["outcome"], log["retry_in"]) == ("ERROR", "failed", 10)
    assert log["causes"][0]["type"] == "ValidationError"
    assert "a secret" not in json.dumps(log)


def test_the_handler_takes_its_settings_from_the_environment(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CONSUMER.environment().items():
        monkeypatch.setenv(name, value)
    taker.cache_clear()
    batch = {"Records": [message(0, event(OK), 1)]}
    answered = handler(batch, Context(60_000))  # type: ignore[arg-type]
    taker.cache_clear()
    assert answered == {"batchItemFailures": []}
    assert station.items()["state"]["status"] == "OK"

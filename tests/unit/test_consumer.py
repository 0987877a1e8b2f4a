"""A consumer: entry, state and attention, right after any fault, duplicate and order."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from itertools import permutations
from random import Random
from string import printable
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from functions.aws import LONGEST_CALL_SECONDS
from functions.consumer.attention import AttentionTopic
from functions.consumer.consume import Stations
from functions.consumer.handler import CALLS_PER_EVENT, Taker, answer, handler, taker
from functions.consumer.queue import Queue, delay_seconds
from functions.consumer.settings import ConsumerSettings
from functions.consumer.timeline import Timeline
from inlet.consumers import CONSUMERS
from inlet.entry import detail_of
from inlet.provider import EventType, Provider
from inlet.providers import PROVIDERS, with_types
from tests.conftest import Aws, make_timeline
from tests.faulty import Faulty, throttled, timed_out
from tests.gateway import Context
from tests.samples import sample

Told = Callable[[], list[dict[str, Any]]]

OK = "DOCUMENT_STATUS_CHANGED"
ERROR = "DOCUMENT_STATUS_CHANGED__error"
LATE = "DOCUMENT_STATUS_CHANGED__late"
SUBJECT = "marosa/document/INV-2025-00123"


class Station:
    """A consumer on AWS in memory."""

    def __init__(self, aws: Aws, consumer: str = "documents") -> None:
        dynamodb = aws("dynamodb")
        make_timeline(dynamodb)
        self.sent: list[dict[str, Any]] = []
        self.delays: list[dict[str, Any]] = []
        self.dynamodb = Faulty(dynamodb)
        self.sns = Faulty(self)
        self.sqs = Faulty(self)
        self.consumer = consumer
        self.providers: Mapping[str, Provider] = PROVIDERS

    def publish(self, **message: Any) -> None:
        """Take an attention message."""
        self.sent.append(message)

    def change_message_visibility(self, **change: Any) -> None:
        """Take note of when a message comes back."""
        self.delays.append(change)

    def take(
        self, *events: dict[str, Any] | str, attempt: int = 1, context: Context | None = None
    ) -> list[str]:
        """Take a batch; the ids of the messages that failed, numbered from 0."""
        batch = {"Records": [message(n, e, attempt) for n, e in enumerate(events)]}
        answered = answer(batch, context or Context(60_000), self.taker())  # type: ignore[arg-type]
        return [failed["itemIdentifier"] for failed in answered["batchItemFailures"]]

    def taker(self) -> Taker:
        """The taker of a warm function."""
        return Taker(
            consumer=CONSUMERS[self.consumer],
            stations=Stations(
                providers=self.providers,
                timeline=Timeline(self.dynamodb, "timeline"),  # type: ignore[arg-type]
                attention=AttentionTopic(lambda: self.sns, "topic"),  # type: ignore[arg-type, return-value]
            ),
            queue=Queue(lambda: self.sqs, "queue-url"),  # type: ignore[arg-type, return-value]
        )

    def items(self, subject: str = SUBJECT) -> dict[str, dict[str, Any]]:
        """The timeline of a subject: its items by sort key."""
        pages = self.dynamodb.get_paginator(operation_name="query").paginate(
            TableName="timeline",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": subject}},
        )
        plain = TypeDeserializer().deserialize
        return {
            item["sk"]["S"]: {name: plain(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        }


def message(number: int, event: dict[str, Any] | str, attempt: int) -> dict[str, Any]:
    """A message of the consumer's queue."""
    return {
        "messageId": str(number),
        "receiptHandle": f"handle-{number}",
        "body": event if isinstance(event, str) else json.dumps(event),
        "attributes": {"ApproximateReceiveCount": str(attempt)},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
        "awsRegion": "eu-west-1",
    }


def event(name: str, provider: str = "marosa", **metadata: Any) -> dict[str, Any]:
    """The event of a sample, as EventBridge delivers it, with some of its metadata changed."""
    written = deepcopy(sample(provider, name).event)
    assert written
    written["detail"]["metadata"] |= metadata
    return {"version": "0", "id": "any", **written}


def detail_in(item: Mapping[str, Any]) -> str:
    """Return the JSON text of the event in an item whose values are plain."""
    names = ("pk", "sk", "contentHash")
    stored = {name: {"S": item[name]} for name in names}
    return detail_of({**stored, "detail": {"B": item["detail"].value}})


@pytest.fixture
def station(aws: Aws) -> Station:
    """The consumer of documents on AWS in memory."""
    return Station(aws)


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
    settings = ConsumerSettings(
        consumer="documents",
        queue_url="queue-url",
        timeline_table="timeline",
        attention_topic="topic",
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    taker.cache_clear()
    batch = {"Records": [message(0, event(OK), 1)]}
    answered = handler(batch, Context(60_000))  # type: ignore[arg-type]
    taker.cache_clear()
    assert answered == {"batchItemFailures": []}
    assert station.items()["state"]["status"] == "OK"

"""The journey through both functions: on their own clients of AWS, and on boto3's.

Both call moto's server through a socket. As long as this passes, boto3's clients can take the place
of the functions' own.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer
from moto.sns.models import sns_backends

from functions.consumer import handler as consumer
from functions.ingest import handler as ingest
from functions.runtime import aws as own
from functions.runtime.endpoint import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS, disconnect, pool
from inlet.consumers import CONSUMERS
from tests.support.aws import Aws
from tests.support.door import make_door
from tests.support.faulty import Faulty, throttled
from tests.support.gateway import RIGHT, Context, basic, http_event
from tests.support.samples import sample
from tests.support.settings import CONSUMER, INGEST
from tests.support.station import ERROR, OK, Told, event, message
from tests.support.transfers import CREATED, step

BOTO3 = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
)


def of_boto3(service: str, **_: str) -> Any:
    """Return boto3's client of a service."""
    return boto3.client(service, config=BOTO3)  # type: ignore[call-overload]


@pytest.fixture
def environment(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """AWS behind a socket, with what the functions need, and the variables that say so."""
    secrets = aws.prepared("door", lambda: make_door(aws))
    topic = aws("sns").create_topic(Name="topic")["TopicArn"]
    queue = aws("sqs").create_queue(QueueName="queue")["QueueUrl"]
    settings = INGEST.model_copy(
        update={
            "deliveries_table": "deliveries",
            "quarantine_bucket": "quarantine",
            "quarantine_bytes_per_day": 10_000_000,
            "secrets": json.dumps(secrets),
        }
    )
    consuming = {"timeline_table": "timeline", "attention_topic": topic, "queue_url": queue}
    variables = settings.environment() | CONSUMER.model_copy(update=consuming).environment()
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield variables
    disconnect()
    server.stop()


@pytest.mark.parametrize(
    "make", [own.client, pytest.param(of_boto3, marks=pytest.mark.exhaustive)], ids=["own", "boto3"]
)
def test_every_step_works(
    make: Callable[..., Any], environment: dict[str, str], aws: Aws, told: Told
) -> None:
    made: dict[str, Faulty] = {}

    def client(service: str, **options: str) -> Faulty:
        return made.setdefault(service, Faulty(make(service, **options)))

    with ExitStack() as patches:
        patches.enter_context(patch("functions.runtime.endpoint.pool", pool))  # not in memory
        for handler in (ingest, consumer):
            patches.enter_context(patch.object(handler, "client", client))
        stations = ingest.stations.__wrapped__()
        taker = consumer.taker.__wrapped__()

        def post(body: Any, provider: str = "marosa") -> tuple[int, str]:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"content-type": "application/json"} | basic(*RIGHT[provider])
            sent = http_event(f"/webhooks/{provider}", text, headers)
            answer = ingest.answer(sent, Context(), stations)  # type: ignore[arg-type]
            found = json.loads(answer["body"])
            return answer["statusCode"], found.get("status", found.get("title", ""))

        ingest.connect(stations)
        body = sample("marosa", OK).request["body"]
        assert post(body) == (202, "accepted")
        assert post(body) == (202, "duplicate")
        made["events"].fail("put_events", throttled())
        assert post(body | {"eventId": "0" * 36})[0] == 503  # its claim is deleted
        assert post(body | {"eventId": "1" * 36, "note": "é" * 150_000}) == (202, "accepted")
        [stored] = aws("s3").list_objects_v2(Bucket="bodies")["Contents"]
        assert stored["Size"] > 300_000
        for _ in range(2):
            assert post(b'{"eventId"')[0] == 400
        aws("dynamodb").update_item(
            TableName="deliveries",
            Key=_count(aws),
            UpdateExpression="REMOVE keptUntil",
        )
        assert post(b'{"eventId"')[0] == 400  # its object is there already, and is read
        [kept] = aws("s3").list_objects_v2(Bucket="quarantine")["Contents"]
        assert kept["Key"].startswith("marosa/")

        def take(consuming: consumer.Taker, *records: dict[str, Any]) -> list[str]:
            context: Any = Context(60_000)
            answer = consumer.answer({"Records": list(records)}, context, consuming)
            return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

        events = [event(OK), event(OK), event(ERROR)]
        assert take(taker, *(message(n, one, 1) for n, one in enumerate(events))) == []
        with_lifecycle = replace(taker, consumer=CONSUMERS["transfers"])
        assert take(with_lifecycle, message(0, step(CREATED, 1), 1)) == []
        aws("sqs").send_message(QueueUrl=environment["QUEUE_URL"], MessageBody="{")
        [received] = aws("sqs").receive_message(QueueUrl=environment["QUEUE_URL"])["Messages"]
        told()
        failing = message(0, "{", 1) | {"receiptHandle": received["ReceiptHandle"]}
        assert take(taker, failing) == ["0"]
        assert told()[0]["retry_in"] == 10

    items = aws("dynamodb").scan(TableName="timeline")["Items"]
    assert sorted((item["pk"]["S"], item["sk"]["S"][:5]) for item in items) == EXPECTED
    topic = sns_backends["123456789012"]["eu-west-1"].topics[environment["ATTENTION_TOPIC"]]
    [(_, text, subject, attributes, _)] = topic.sent_notifications
    assert attributes
    assert (subject, attributes["provider"]["Value"]) == (PLEASE_LOOK, "marosa")
    assert text.endswith(f"\n\nSubject: {MAROSA}\nEvent: 00000000-0000-4000-8000-000000000001")
    operations = {
        name for each in own.CLIENTS.values() for name in vars(each) if not name.startswith("_")
    } - {"target", "version"}
    assert {name for each in made.values() for name in each.calls} == operations


PLEASE_LOOK = "Inlet (documents): please look"
MAROSA, TRANSFER = "marosa/document/INV-2025-00123", "digiteal/transfer/1"
EXPECTED = [
    (TRANSFER, "event"),
    (TRANSFER, "state"),
    (MAROSA, "event"),
    (MAROSA, "event"),
    (MAROSA, "state"),
]


def _count(aws: Aws) -> dict[str, Any]:
    """Return the key of the count of the one request in quarantine."""
    items = aws("dynamodb").scan(TableName="deliveries")["Items"]
    [key] = [item["id"] for item in items if "keptUntil" in item]
    return {"id": key}

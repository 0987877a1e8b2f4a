"""The data planes do one thing at a time, and follow a secret's current version."""

import threading
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.table import Table
from moto.sqs.models import SQSBackend, sqs_backends

from local.data_planes import asleep, legal, legal_batch, narrow, one_at_a_time
from tests.support.aws import Aws
from tests.support.door import make_timeline


def test_only_one_request_is_worked_on_at_a_time() -> None:
    at_work, most = 0, 0
    both = threading.Event()

    def application(*_: Any) -> list[bytes]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        both.wait(0.05)
        at_work -= 1
        return []

    def most_of(target: str) -> int:
        nonlocal most
        most = 0
        environ = {"HTTP_X_AMZ_TARGET": target}
        locked = one_at_a_time(application)
        threads = [threading.Thread(target=locked, args=[environ, None]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return most

    assert most_of("DynamoDB_20120810.PutItem") == 1
    assert most_of("AmazonSQS.ReceiveMessage") == 3


def test_wait_for_messages_does_not_look_at_a_queue_before_it_has_one(aws: Aws) -> None:
    client = aws("sqs")
    url = client.create_queue(QueueName="queue")["QueueUrl"]
    backend = sqs_backends["123456789012"][client.meta.region_name]
    looks: list[tuple[str, bool]] = []

    def look(backend: SQSBackend, name: str, count: int, wait: float, visibility: int) -> list[Any]:
        bodies = [message.body for message in backend.get_queue(name).messages]
        looks.append((f"{name} {count} {visibility} {bodies}", wait > 0))
        return []

    lock = backend.get_queue("queue")._messages_lock  # noqa: SLF001
    with patch.object(lock, "wait_for", wraps=lock.wait_for) as waited:
        asleep(look)(backend, "queue", 10, 0, 30)
    assert waited.call_args.args[1] == 0  # seconds
    waiting = threading.Thread(target=asleep(look), args=(backend, "queue", 10, 20, 30))
    waiting.start()
    client.send_message(QueueUrl=url, MessageBody="a")
    waiting.join(10)
    assert looks == [("queue 10 30 []", False), ("queue 10 30 ['a']", True)]


def test_a_secrets_value_is_that_of_the_version_that_was_made_the_current_one(aws: Aws) -> None:
    client = aws("secretsmanager")
    old = client.create_secret(Name="a", SecretString="old")["VersionId"]
    new = client.put_secret_value(SecretId="a", SecretString="new", VersionStages=["AWSPENDING"])
    assert client.get_secret_value(SecretId="a")["SecretString"] == "old"
    client.update_secret_version_stage(
        SecretId="a",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=old,
        MoveToVersionId=new["VersionId"],
    )
    assert client.get_secret_value(SecretId="a")["SecretString"] == "new"
    client.put_secret_value(SecretId="a", SecretString="newest")
    current = client.get_secret_value(SecretId="a", VersionStage="AWSCURRENT")
    assert current["SecretString"] == "newest"


class Items:
    """A table, as far as a query looks at it."""

    def __init__(self) -> None:
        self.items = {"a": {"1": "an item"}, "b": {"1": "another"}}


def _query(table: Items, hash_key: str, index_name: str | None = None) -> list[str]:  # noqa: ARG001
    if hash_key == "wrong":
        raise ValueError(hash_key)
    return [item for of_key in table.items.values() for item in of_key.values()]


def test_a_query_looks_at_the_items_of_its_key_alone() -> None:
    table, query = Items(), narrow(_query)
    assert query(table, "a") == ["an item"]
    assert query(table, hash_key="c") == []
    assert query(table, "a", "an-index") == ["an item", "another"]
    with pytest.raises(ValueError, match="wrong"):
        query(table, "wrong")
    assert list(table.items) == ["a", "b"]


def test_a_narrow_query_finds_what_any_does(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "query", narrow(Table.query))
    dynamodb = aws("dynamodb")
    make_timeline(dynamodb)
    for subject, place in (("a", "2"), ("a", "1"), ("b", "1")):
        item = {"pk": {"S": subject}, "sk": {"S": place}}
        dynamodb.put_item(TableName="timeline", Item=item)
    found = dynamodb.query(
        TableName="timeline",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "a"}},
    )
    assert [item["sk"]["S"] for item in found["Items"]] == ["1", "2"]
    assert dynamodb.scan(TableName="timeline")["Count"] == 3


@pytest.fixture
def queue(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """A queue that rejects what SQS rejects, by its URL."""
    monkeypatch.setattr(SQSBackend, "send_message", legal(SQSBackend.send_message))
    monkeypatch.setattr(
        SQSBackend, "send_message_batch", legal_batch(SQSBackend.send_message_batch)
    )
    return str(aws("sqs").create_queue(QueueName="a")["QueueUrl"])


LEGAL = "\t\n\r ~\x7f\x80\ud7ff\ue000\ufffd\U00010000\U0001fffe\U0010ffff"


def bodies(aws: Aws, queue: str) -> list[str]:
    answer = aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"], ids=ascii)
def test_a_queue_rejects_a_character_that_sqs_rejects(aws: Aws, queue: str, character: str) -> None:
    with pytest.raises(ClientError) as error:
        aws("sqs").send_message(QueueUrl=queue, MessageBody=f"a{character}")
    assert error.value.response["Error"]["Code"] == "InvalidMessageContents"
    assert bodies(aws, queue) == []


def test_a_queue_takes_every_legal_character(aws: Aws, queue: str) -> None:
    aws("sqs").send_message(QueueUrl=queue, MessageBody=LEGAL)
    assert bodies(aws, queue) == [LEGAL]


def test_a_batch_is_rejected_message_by_message(aws: Aws, queue: str) -> None:
    sent = {"a": "a", "b": "b\ufffe", "c": "c"}
    entries = [{"Id": name, "MessageBody": body} for name, body in sent.items()]
    answer = aws("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["a", "c"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("b", "InvalidMessageContents", True)
    ]
    assert sorted(bodies(aws, queue)) == ["a", "c"]

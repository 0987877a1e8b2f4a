"""The data planes refuse what EventBridge refuses, and do one thing at a time."""

import threading
from typing import Any, cast

import pytest
from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend

from local.data_planes import one_at_a_time, refusing, size
from tests.conftest import Aws

GOOD = {"Source": "inlet.test", "DetailType": "ORDERED", "Detail": "{}"}


def put(*entries: dict[str, Any]) -> list[dict[str, Any]]:
    def accept(_: EventsBackend, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"EventId": str(number)} for number, _ in enumerate(entries)]

    return refusing(accept)(cast("EventsBackend", None), list(entries))


@pytest.mark.parametrize("detail", ["[]", '"text"', "1", "{", '{"a": NaN}', '{"a": -Infinity}'])
def test_a_detail_that_is_no_json_object_is_refused_and_the_rest_is_not(detail: str) -> None:
    assert put(GOOD, GOOD | {"Detail": detail}, GOOD) == [
        {"EventId": "0"},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."},
        {"EventId": "1"},
    ]


def test_a_detail_type_over_128_characters_is_refused() -> None:
    [answer] = put(GOOD | {"DetailType": "x" * 129})
    assert answer["ErrorCode"] == "InvalidArgument"


def test_a_megabyte_is_the_most_that_a_request_may_have() -> None:
    room = 1_048_576 - size(GOOD)
    fitting = GOOD | {"Detail": '{"a":"é%s"}' % ("x" * (room - 8))}
    assert size(fitting) == 1_048_576
    assert put(fitting) == [{"EventId": "0"}]
    with pytest.raises(ValidationException):
        put(fitting | {"Resources": ["x"]})


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

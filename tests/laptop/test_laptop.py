"""A small stack runs whole: from the door to a function, from the bus to queues and back."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from inlet.operations import deployment
from inlet.operations.deployment import Deployment
from local.console import Console
from local.errors import LaptopError
from local.laptop import Laptop, listen
from tests.laptop.stack import template, write_assembly


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laptop")


@pytest.fixture(scope="module")
def console() -> StringIO:
    return StringIO()


@pytest.fixture(scope="module")
def laptop(folder: Path, console: StringIO) -> Iterator[Laptop]:
    assembly = write_assembly(folder / "assembly", template(seen=folder / "seen"))
    with Laptop(assembly, port=0, state=folder / "state", console=Console(console)) as laptop:
        yield laptop


def soon(look: Callable[[], Any], seconds: float = 8) -> Any:
    """What `look` finds, as soon as that is something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


def put(laptop: Laptop, detail_type: str, **detail: Any) -> str:
    """Put an event on the bus, and tell its id there."""
    answer = laptop.client("events").put_events(
        Entries=[
            {
                "EventBusName": "inlet",
                "Source": "inlet.test",
                "DetailType": detail_type,
                "Resources": ["test/order/1"],
                "Detail": json.dumps(detail),
            }
        ]
    )
    return str(answer["Entries"][0]["EventId"])


def taken(laptop: Laptop, output: str) -> list[dict[str, Any]]:
    """The messages that are in a queue."""
    answer = laptop.client("sqs").receive_message(
        QueueUrl=laptop.outputs[output], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


def dead(laptop: Laptop, output: str, event_id: str) -> Any:
    """The dead letter of an event."""
    letters = taken(laptop, output)
    return next((one for one in letters if json.loads(one["Body"])["id"] == event_id), None)


def seen(folder: Path, event_id: str) -> list[dict[str, Any]]:
    """What the consumer was given for an event, one for each attempt."""
    path = folder / "seen"
    lines = path.read_text().splitlines() if path.exists() else []
    records = [record for line in lines for record in json.loads(line)["Records"]]
    return [one for one in records if json.loads(one["body"])["id"] == event_id]


def test_a_request_goes_through_the_door_to_its_function(laptop: Laptop) -> None:
    answer = httpx.post(f"{laptop.door_url}/echo/a%20b?x=1", json={"n": 1}, cookies={"c": "1"})
    assert answer.status_code == 200
    event = answer.json()
    assert event["pathParameters"] == {"name": "a b"}
    assert event["cookies"] == ["c=1"]
    assert event["body"] == '{"n":1}'
    assert laptop.environments()["small-Echo"] == 1
    assert event["headers"]["host"] == laptop.door_url.removeprefix("http://")


def test_headers_do_not_replace_the_address_of_the_connection(laptop: Laptop) -> None:
    headers = {
        "forwarded": "for=203.0.113.9",
        "host": "elsewhere.example:1",
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-port": "2",
        "x-forwarded-proto": "https",
    }
    event = httpx.post(f"{laptop.door_url}/echo/a", headers=headers).json()
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert event["headers"]["x-forwarded-port"] == laptop.door_url.rpartition(":")[2]
    assert event["headers"]["x-forwarded-proto"] == "http"


def test_bytes_go_through_the_door_as_base64(laptop: Laptop) -> None:
    answer = httpx.post(f"{laptop.door_url}/echo/a", content=b"\x00\xff")
    assert base64.b64decode(answer.json()["body"]) == b"\x00\xff"


def test_a_token_of_the_run_opens_a_guarded_route(laptop: Laptop) -> None:
    client = laptop.clients["sender"]
    granted = httpx.post(
        client.token_endpoint,
        data={"grant_type": "client_credentials"},
        auth=(client.client_id, client.client_secret),
    ).json()
    url = f"{laptop.door_url}/echo/guarded/a"
    headers = {"authorization": f"Bearer {granted['access_token']}"}
    event = httpx.post(url, headers=headers).json()
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "sender"
    assert httpx.post(url).text == '{"message":"Unauthorized"}'


def test_what_api_gateway_answers_the_door_answers(laptop: Laptop) -> None:
    url = laptop.door_url
    assert httpx.get(f"{url}/echo/a").text == '{"message":"Not Found"}'
    assert httpx.post(f"{url}/echo/raise").status_code == 500
    too_large = httpx.post(f"{url}/echo/a", content=b"x" * 11_000_000, timeout=20)
    assert too_large.status_code == 413


def test_an_event_reaches_its_consumer_as_eventbridge_and_sqs_have_it(
    laptop: Laptop, folder: Path
) -> None:
    event_id = put(laptop, "ORDERED", wish="none", amount=12.5, name="é")
    [record] = soon(lambda: seen(folder, event_id))
    event = json.loads(record["body"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("time"))
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "ORDERED",
        "source": "inlet.test",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": ["test/order/1"],
        "detail": {"wish": "none", "amount": 12.5, "name": "é"},
    }
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    del record["body"], record["attributes"]
    assert re.fullmatch("[0-9a-f]{32}", record.pop("md5OfBody"))
    assert record.pop("messageId")
    assert record.pop("receiptHandle")
    assert record == {
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:small-Queue",
        "awsRegion": "eu-west-1",
    }


@pytest.mark.parametrize("wish", ["fail", "raise"])
def test_a_message_that_fails_comes_back_and_ends_as_a_dead_letter(
    laptop: Laptop, folder: Path, wish: str
) -> None:
    event_id = put(laptop, "ORDERED", wish=wish)
    soon(lambda: dead(laptop, "DeadLettersUrl", event_id))
    counts = [one["attributes"]["ApproximateReceiveCount"] for one in seen(folder, event_id)]
    assert counts == ["1", "2"]


def test_the_others_of_a_batch_are_done_with(laptop: Laptop, folder: Path) -> None:
    events = [put(laptop, "ORDERED", wish=wish) for wish in ("none", "fail", "none")]
    soon(lambda: dead(laptop, "DeadLettersUrl", events[1]))
    assert [len(seen(folder, event_id)) for event_id in events] == [1, 2, 1]


def test_an_event_for_a_queue_that_keeps_the_rule_out_is_a_dead_letter(laptop: Laptop) -> None:
    event_id = put(laptop, "CLOSED")
    letter = soon(lambda: dead(laptop, "BusDeadLettersUrl", event_id))
    said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert said == {
        "RULE_ARN": "arn:aws:events:eu-west-1:123456789012:rule/inlet/small-RuleToClosed",
        "TARGET_ARN": "arn:aws:sqs:eu-west-1:123456789012:small-Closed",
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "The policy of arn:aws:sqs:eu-west-1:123456789012:small-Closed does not "
        "allow it.",
        "RETRY_ATTEMPTS": "0",
    }


def test_an_event_for_a_queue_that_is_gone_is_a_dead_letter(laptop: Laptop) -> None:
    laptop.client("sqs").delete_queue(QueueUrl=laptop.outputs["GoneUrl"])
    event_id = put(laptop, "GONE")
    letter = soon(lambda: dead(laptop, "BusDeadLettersUrl", event_id))
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"


def test_a_function_is_invoked_as_on_aws(laptop: Laptop, folder: Path) -> None:
    functions = deployment.laptop(folder / "state" / "laptop.json").client("lambda")
    answer = functions.invoke(FunctionName=laptop.outputs["EchoName"], Payload=b'{"name": "a"}')
    assert (answer["StatusCode"], "FunctionError" in answer) == (200, False)
    assert json.load(answer["Payload"]) == {"name": "a"}
    live = laptop.outputs["EchoLive"]
    answer = functions.invoke(FunctionName=live, Payload=b'{"name": "raise"}')
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.load(answer["Payload"])["errorMessage"] == "as asked"
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match="small-Nobody"):
        functions.invoke(FunctionName="small-Nobody")


@pytest.fixture(scope="module")
def operator(laptop: Laptop, folder: Path) -> Deployment:
    """What an operator's commands work on."""
    del laptop  # it runs
    return deployment.laptop(folder / "state" / "laptop.json")


def test_what_a_function_says_is_in_its_log_group(operator: Deployment, laptop: Laptop) -> None:
    begun, word = int(time.time() * 1000), uuid4().hex
    httpx.post(f"{laptop.door_url}/echo/{word}")
    logs = operator.client("logs")

    def found(group: str, pattern: str, since: int = begun) -> list[str]:
        asked = {"logGroupName": group, "filterPattern": pattern, "startTime": since}
        return [one["message"] for one in logs.filter_log_events(**asked)["events"]]

    group = operator.output("EchoLogs")
    assert soon(lambda: found(group, f'"{word}"')) == [f"echoed {word}"]
    assert found(group, f'"{word}"', int(time.time() * 1000) + 1000) == []
    assert soon(lambda: found("/aws/vendedlogs/small/api", '{ $.route = "POST /echo/*" }'))
    assert found("/aws/lambda/small-Keep", '"nothing"') == []


def test_a_mapping_is_disabled_and_enabled(
    operator: Deployment, laptop: Laptop, folder: Path
) -> None:
    functions = operator.client("lambda")
    [mapping] = functions.list_event_source_mappings(FunctionName="small-Consume")[
        "EventSourceMappings"
    ]

    def state() -> str:
        return str(functions.get_event_source_mapping(UUID=mapping["UUID"])["State"])

    assert mapping["State"] == "Enabled"
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    soon(lambda: state() == "Disabled")
    event_id = put(laptop, "ORDERED")
    time.sleep(0.5)
    assert seen(folder, event_id) == []
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert soon(lambda: seen(folder, event_id))
    assert state() == "Enabled"


def test_a_replay_gives_an_event_again_to_the_rules_named(
    operator: Deployment, laptop: Laptop, folder: Path
) -> None:
    event_id = put(laptop, "ORDERED")
    [first] = soon(lambda: seen(folder, event_id))
    events = operator.client("events")
    archive = events.describe_archive(ArchiveName="small-Archive")
    assert archive["ArchiveArn"] == operator.output("ArchiveArn")
    now = datetime.now(UTC)
    rule = events.describe_rule(Name="small-RuleToQueue", EventBusName="inlet")["Arn"]
    started = events.start_replay(
        ReplayName="again",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=now - timedelta(minutes=1),
        EventEndTime=now + timedelta(seconds=1),
        Destination={"Arn": archive["EventSourceArn"], "FilterArns": [rule]},
    )
    assert started["State"] == "STARTING"
    again = soon(lambda: seen(folder, event_id)[1:])
    assert json.loads(again[0]["body"]) == json.loads(first["body"]) | {"replay-name": "again"}
    replay = soon(lambda: _completed(events.describe_replay(ReplayName="again")))
    assert replay["Destination"]["FilterArns"] == [rule]
    assert replay["EventLastReplayedTime"] <= now
    [listed] = events.list_replays(State="COMPLETED")["Replays"]
    assert listed["ReplayName"] == "again"


def _completed(replay: Any) -> Any:
    return replay if replay["State"] == "COMPLETED" else None


def test_rules_and_their_targets_are_listed(operator: Deployment) -> None:
    events = operator.client("events")
    listed = events.list_rules(EventBusName="inlet", NamePrefix="small-")["Rules"]
    assert {rule["Name"] for rule in listed} == {
        "small-RuleToQueue",
        "small-RuleToClosed",
        "small-RuleToGone",
    }
    queue = "arn:aws:sqs:eu-west-1:123456789012:small-Queue"
    targets = events.list_targets_by_rule(Rule="small-RuleToQueue", EventBusName="inlet")
    assert targets["Targets"] == [
        {
            "Id": "Target0",
            "Arn": queue,
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:small-BusDeadLetters"},
            "RetryPolicy": {"MaximumRetryAttempts": 185},
        }
    ]
    names = events.list_rule_names_by_target(TargetArn=queue, EventBusName="inlet")
    assert names["RuleNames"] == ["small-RuleToQueue"]


def test_someone_is_subscribed_to_a_topic(operator: Deployment) -> None:
    sns, topic = operator.client("sns"), operator.output("TopicArn")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="someone@example.com")
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(one["Protocol"], one["Endpoint"]) for one in listed] == [
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:laptop-attention"),
        ("email", "someone@example.com"),
    ]


def test_an_operator_is_someone_of_the_account(operator: Deployment) -> None:
    assert operator.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_function_writes_to_a_bucket(laptop: Laptop) -> None:
    event = {"packages": str(Path(boto3.__file__).parents[1]), "key": "of/a function", "text": "é"}
    answer = laptop.client("lambda").invoke(
        FunctionName=laptop.outputs["KeepName"],
        InvocationType="Event",
        Payload=json.dumps(event).encode(),
    )
    assert answer["StatusCode"] == 202
    s3, bucket = laptop.client("s3"), laptop.outputs["BucketName"]
    soon(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="of/").get("Contents"))
    assert s3.get_object(Bucket=bucket, Key="of/a function")["Body"].read().decode() == "é"


def test_a_secret_is_made_as_the_template_says(laptop: Laptop) -> None:
    secret = laptop.client("secretsmanager").get_secret_value(SecretId=laptop.outputs["SecretArn"])
    value = json.loads(secret["SecretString"])
    assert value["basic"] == []
    assert re.fullmatch("[A-Zd-z0-9]{20}", value["generated"])


def test_an_object_is_kept_in_a_bucket_with_its_versions(laptop: Laptop) -> None:
    s3, bucket = laptop.client("s3"), laptop.outputs["BucketName"]
    for body in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="marosa/a b%2Fé.json", Body=body)
    assert s3.get_object(Bucket=bucket, Key="marosa/a b%2Fé.json")["Body"].read() == b"second"
    found = s3.list_object_versions(Bucket=bucket, Prefix="marosa/")["Versions"]
    assert [(one["Key"], one["Size"]) for one in found] == [
        ("marosa/a b%2Fé.json", 6),
        ("marosa/a b%2Fé.json", 5),
    ]


def test_of_many_that_write_an_object_at_once_the_first_one_keeps_it(laptop: Laptop) -> None:
    s3, bucket = laptop.client("s3"), laptop.outputs["BucketName"]
    written: list[bytes] = []

    def write(number: int) -> str:
        body = str(number).encode() * 100_000
        try:
            s3.put_object(Bucket=bucket, Key="once", Body=body, IfNoneMatch="*")
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        written.append(body)
        return "written"

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(write, range(8)))
    assert answers == ["PreconditionFailed"] * 7 + ["written"]
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == written[0]


def test_what_is_published_on_a_topic_is_shown(
    laptop: Laptop, folder: Path, console: StringIO
) -> None:
    text = f"a document is in error {uuid4()}"
    laptop.client("sns").publish(TopicArn=laptop.outputs["TopicArn"], Message=text, Subject="Look")
    log = folder / "state" / "logs" / "attention.log"
    soon(lambda: log.exists() and f"Look · {text}\n" in log.read_text())
    soon(lambda: f"attention: Look · {text}\n" in console.getvalue())


def test_it_says_where_everything_is(laptop: Laptop, folder: Path) -> None:
    where = json.loads((folder / "state" / "laptop.json").read_text())
    assert where == {
        "endpointUrl": laptop.endpoint_url,
        "lambdaUrl": laptop.lambda_url,
        "region": "eu-west-1",
        "door": laptop.door_url,
        "outputs": laptop.outputs,
        "oauth2": {"sender": asdict(laptop.clients["sender"])},
        "pid": os.getpid(),
    }
    assert where["outputs"]["DoorUrl"] == f"{laptop.door_url}/echo"


def test_it_takes_nothing_from_the_callers_own_account(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "my-company")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://nowhere.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://nowhere.invalid")
    assert laptop.client("sqs").list_queues()["QueueUrls"]


def test_a_port_that_is_in_use_is_a_sentence(laptop: Laptop, folder: Path) -> None:
    port = int(laptop.door_url.rpartition(":")[2])
    second = Laptop(folder / "assembly", port=port, state=folder / "second")
    with pytest.raises(LaptopError, match=f"Port {port} is in use"):
        second.__enter__()


def test_an_answer_waits_for_no_acknowledgement() -> None:
    with (
        listen(0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_it_ends_quickly_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = template()
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Timeout"] = 60  # so that none ends by itself meanwhile
    assembly = write_assembly(tmp_path / "assembly", body)
    answers = []

    def wait_for_an_answer() -> None:
        answers.append(httpx.post(f"{url}/echo/sleep").status_code)

    with Laptop(assembly, port=0, state=tmp_path / "state") as laptop:
        url = laptop.door_url
        httpx.post(f"{url}/echo/a")
        waiting = threading.Thread(target=wait_for_an_answer)
        waiting.start()
        time.sleep(1)
        begun = time.monotonic()
    assert time.monotonic() - begun < 30
    waiting.join()
    assert answers == [500]
    # The laptop of the other tests goes on meanwhile with what one of them lets fail.
    assert not [one for one in caplog.records if "small-Consume failed" not in one.getMessage()]
    assert not (tmp_path / "state" / "laptop.json").exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_laptop_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path / "assembly", template())
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from local.laptop import Laptop\n"
        "with Laptop(Path(sys.argv[1]), port=0, state=Path(sys.argv[2])) as laptop:\n"
        "    print(laptop.endpoint_url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(assembly), str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        endpoint = process.stdout.readline().strip()
        process.kill()

    def gone() -> bool:
        try:
            httpx.get(endpoint)
        except httpx.TransportError:
            return True
        return False

    soon(gone)


def test_a_template_that_is_not_honoured_starts_nothing(tmp_path: Path) -> None:
    body = template()
    body["Resources"]["Mapping"]["Properties"]["FilterCriteria"] = {}
    assembly = write_assembly(tmp_path / "assembly", body)
    with (
        pytest.raises(LaptopError, match=r"Mapping .*: FilterCriteria"),
        Laptop(assembly, port=0, state=tmp_path / "state"),
    ):
        pass
    assert not (tmp_path / "state" / "laptop.json").exists()

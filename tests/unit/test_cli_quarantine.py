"""`inlet quarantine`, on a deployment in memory whose ingest function is called directly."""

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from functions.telemetry import Failed, last_resort
from inlet.cli.commands import app
from inlet.operations.deployment import Deployment
from tests.support.deployed import write_laptop
from tests.support.door import Door
from tests.support.gateway import RIGHT, basic, http_event
from tests.support.samples import sample

Inlet = Callable[..., Result]

WRONG = sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract")
NOT_JSON = sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json_content")


@pytest.fixture
def inlet(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inlet:
    """Runs the command on the door of the test."""
    monkeypatch.chdir(tmp_path)
    outputs = {
        "QuarantineBucket": "quarantine",
        "DeliveriesTable": "deliveries",
        "IngestFunctionArn": "ingest",
    }
    write_laptop(tmp_path, outputs)

    class Lambda:
        def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803
            assert FunctionName == "ingest"
            named = json.loads(Payload)["release"]
            try:
                with redirect_stdout(io.StringIO()), last_resort():  # it writes metrics
                    outcome = door.release(named.pop("provider"), named.pop("id"), **named)
            except Failed as error:
                failed = {"errorType": type(error).__name__, "errorMessage": str(error)}
                return {"FunctionError": "Unhandled", "Payload": io.StringIO(json.dumps(failed))}
            return {"Payload": io.StringIO(json.dumps(outcome))}

    original = Deployment.client
    monkeypatch.setattr(
        Deployment,
        "client",
        lambda self, service: Lambda() if service == "lambda" else original(self, service),
    )
    return lambda *arguments: CliRunner().invoke(app, ["quarantine", *arguments])


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Mends what refuses requests without JSON's content type."""
    return lambda: monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)


def ids(door: Door) -> list[str]:
    """The ids under which requests are kept."""
    return [Path(key).stem for key in door.kept() if ".outcome." not in key]


def ids_of(door: Door, reason: str) -> list[str]:
    """The ids of the requests that are kept for a reason."""
    return [Path(key).stem for key, kept in door.kept().items() if kept.get("reason") == reason]


def test_what_is_kept_is_listed_with_its_count(door: Door, inlet: Inlet) -> None:
    door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")
    door.send(WRONG)
    door.send(WRONG)
    first, second, total = re.findall(r"^\w.*", inlet("list").output, re.MULTILINE)
    assert re.fullmatch(
        r"\w{32}-2025-04-01  \S+  digiteal PAYMENT_INITIATED  wrong-contract", first
    )
    assert re.fullmatch(r"\w{32}  \S+  marosa  wrong-contract", second)
    assert "2 times, first " in inlet("list").output
    assert total == "2 kept"


def test_a_script_gets_the_list_as_json(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    (kept,) = json.loads(inlet("list", "--json").output)
    assert (kept.pop("first_at"), kept.pop("identifier")) == (kept.pop("last_at"), ids(door)[0])
    assert kept == {
        "provider": "marosa",
        "reason": "wrong-contract",
        "path_type": None,
        "times": 1,
        "outcome": None,
    }


def test_one_can_ask_for_some_of_it(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    door.send(NOT_JSON)
    door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")
    asked = {
        "--provider digiteal": 1,
        "--reason not-json-content": 1,
        "--reason not-json-content --provider digiteal": 0,
        "--since 2025-01-01T12:00:00+02:00": 3,
        "--since 2125-01-01": 0,
        "--until 2025-01-01": 0,
        "--until 2125-01-01T00:00:00": 3,
    }
    for options, kept in asked.items():
        assert inlet("list", *options.split()).output.splitlines()[-1] == f"{kept} kept", options


def test_more_than_one_call_of_counts_is_listed(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    named = {"TableName": "deliveries", "Key": {"id": {"S": f"quarantine#marosa#{ids(door)[0]}"}}}
    counted = door.dynamodb.get_item(**named)["Item"]
    for number in range(100):
        other = {"id": {"S": f"quarantine#marosa#{number:032}"}}
        door.dynamodb.put_item(TableName="deliveries", Item=counted | other)
        door.s3.put_object(Bucket="quarantine", Key=f"marosa/{number:032}.json", Body=b"{}")
    assert inlet("list").output.splitlines()[-1] == "101 kept"


def test_requests_of_an_event_are_found_in_their_stored_bodies(door: Door, inlet: Inlet) -> None:
    by_id = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    body = json.dumps({"eventId": by_id}).encode()
    headers = {"content-type": "application/json", **basic(*RIGHT["marosa"])}
    door.answer(http_event("/webhooks/marosa", body, headers, request_id="another-request"))
    for number in range(11):
        door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[%d]" % number)
    for event_id in (by_id, by_id.upper(), "another-request"):
        lines = inlet("list", "--event", event_id).stdout.splitlines()
        assert [line[:1] and line[61:] for line in lines] == ["  marosa  wrong-contract", "", ""]
        assert lines[-1] == "1 kept, 12 stored requests read"
        other = inlet("list", "--provider", "digiteal", "--event", event_id).stdout
        assert other == "0 kept, 11 stored requests read\n"


def test_request_of_an_event_with_a_derived_id_is_found(door: Door, inlet: Inlet) -> None:
    body = sample("digiteal", "PAYMENT_INITIATED").body
    path = "/webhooks/digiteal/PAYMENT_INITIATED"
    wrong = {"content-type": "text/plain", **basic(*RIGHT["digiteal"])}
    door.post(path, body, wrong)
    assert [kept["reason"] for kept in door.kept().values()] == ["not-json-content"]
    event_id = "8dd168ba-c87b-5ee0-b9ea-abe6cc308270"
    assert door.post(path, body)["body"] == {"eventId": event_id, "status": "accepted"}
    found = inlet("list", "--event", event_id, "--json")
    assert [one["reason"] for one in json.loads(found.stdout)] == ["not-json-content"]
    assert found.stderr == "1 stored requests read\n"


def test_what_nothing_counts_any_more_is_listed_all_the_same(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    (identifier,) = ids(door)
    key = {"id": {"S": f"quarantine#marosa#{identifier}"}}
    door.dynamodb.delete_item(TableName="deliveries", Key=key)
    (kept,) = json.loads(inlet("list", "--json").output)
    assert (kept["reason"], kept["times"], kept["last_at"]) == (
        "wrong-contract", 1, "2025-04-01T08:00:00.000000Z",
    )  # fmt: skip


def test_one_is_shown_with_why_and_without_its_body(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    shown = inlet("show", *ids(door)).output
    assert "Some fields are not what the provider documents." in shown
    assert "currentStatus: Input should be a valid string" in shown
    assert "content-type: application/json" in shown
    assert "INV-2025-00123" not in shown
    as_json = json.loads(inlet("show", *ids(door), "--json").output)
    assert as_json["headers"] == {"content-type": "application/json"}
    assert as_json["correlationId"] == "sample-request"
    assert "body" not in as_json


def test_the_body_is_shown_as_it_came(door: Door, inlet: Inlet) -> None:
    door.post("/webhooks/marosa", b"\xff{\r\n")
    assert inlet("show", *ids(door), "--body").stdout_bytes == b"\xff{\r\n"


def test_one_is_released(door: Door, inlet: Inlet, mended: Callable[[], None]) -> None:
    door.send(WRONG)
    door.send(NOT_JSON)
    (identifier,) = set(ids(door)) - set(ids_of(door, "wrong-contract"))
    mended()
    released = inlet("release", identifier)
    assert released.exit_code == 0
    assert released.output == (
        f"{identifier}  accepted  f47ac10b-58cc-4372-a567-0e02b2c3d479\n1 released\n"
    )
    assert "released: accepted" in inlet("list").output


def test_what_is_still_refused_says_why_and_is_no_success(door: Door, inlet: Inlet) -> None:
    door.send(WRONG)
    released = inlet("release", *ids(door))
    assert released.exit_code == 1
    assert "wrong-contract  Some fields are not what the provider documents." in released.output


def test_many_are_released_and_what_was_delivered_is_left_out(
    door: Door, inlet: Inlet, mended: Callable[[], None]
) -> None:
    door.send(NOT_JSON)
    door.post("/webhooks/digiteal/PAYMENT_INITIATED", b"[]")
    mended()
    _, told = inlet("release", "--reason", "not-json-content").output.splitlines()
    assert told == "1 released"
    assert inlet("release", "--reason", "not-json-content").output == "0 released\n"
    assert "wrong-contract" in inlet("release", "--since", "2025-01-01").output


def test_a_script_gets_a_line_of_json_for_each_release(
    door: Door, inlet: Inlet, mended: Callable[[], None]
) -> None:
    door.send(NOT_JSON)
    (identifier,) = ids(door)
    mended()
    (planned,) = json.loads(inlet("release", identifier, "--dry-run", "--json").output)
    assert (planned["identifier"], planned["outcome"]) == (identifier, None)
    (line,) = inlet("release", identifier, "--json").output.splitlines()
    assert json.loads(line) == {
        "identifier": identifier,
        "status": "accepted",
        "eventId": "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    }


def test_a_dry_run_releases_nothing(door: Door, inlet: Inlet, mended: Callable[[], None]) -> None:
    door.send(NOT_JSON)
    mended()
    planned = inlet("release", "--provider", "marosa", "--dry-run")
    assert planned.output.splitlines()[-1] == "1 would be released"
    assert door.published == []
    assert planned.exit_code == 0


def test_another_content_type_is_released_as_json_if_asked(door: Door, inlet: Inlet) -> None:
    door.send(NOT_JSON)
    (identifier,) = ids(door)
    refused = inlet("release", identifier)
    assert refused.exit_code == 1
    assert "not-json-content  The content type must be application/json" in refused.output
    released = inlet("release", identifier, "--as-json")
    assert (released.exit_code, released.output) == (
        0,
        f"{identifier}  accepted  f47ac10b-58cc-4372-a567-0e02b2c3d479\n1 released\n",
    )


def test_conflict_is_published_if_asked_and_named(door: Door, inlet: Inlet) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED"))
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__id_reused"))
    (identifier,) = ids(door)
    assert "id-reused" in inlet("release", identifier).output
    unnamed = inlet("release", "--reason", "id-reused", "--accept-conflict")
    assert (unnamed.exit_code, len(door.published)) == (2, 1)
    assert "Name the request for --accept-conflict by its id." in unnamed.output
    released = inlet("release", identifier, "--accept-conflict")
    assert released.exit_code == 0, released.output
    assert len(door.published) == 2


def test_many_are_released_as_json_if_asked(door: Door, inlet: Inlet) -> None:
    door.send(NOT_JSON)
    released = inlet("release", "--reason", "not-json-content", "--as-json")
    assert released.output.splitlines()[-1] == "1 released"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["release"], "Name one by its id, or say which by"),
        (["release", "an-id", "--provider", "marosa"], "Name one by its id, or say which by"),
        (["show", "an-id"], "Nothing is kept under an-id"),
        (["list", "--provider", "nobody"], "There is no provider nobody: say marosa or digiteal"),
    ],
)
def test_a_mistake_is_named(inlet: Inlet, arguments: list[str], sentence: str) -> None:
    result = inlet(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_function_that_failed_is_no_outcome(door: Door, inlet: Inlet) -> None:
    door.send(NOT_JSON)
    (identifier,) = ids(door)
    door.s3.fail("get_object", RuntimeError("INV-2025-00123"))
    result = inlet("release", identifier)
    assert result.exit_code == 2
    assert "could not be released: RuntimeError." in result.output
    assert "INV-2025-00123" not in result.output

"""What must never leak does not: dye goes through the laptop run, and its logs are read."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inlet.operations import quarantine
from inlet.operations.catalogue import catalogue
from inlet.operations.samples import Sample
from inlet.providers import PROVIDERS
from tests.journey.conftest import Journey, eventually
from tests.support import dye
from tests.support.dye import NESTED, NUMBER, TEXT, WORD, filled

HEADERS = {"content-type": "application/json", "x-api-key": WORD, f"x-{WORD}": WORD,
           "user-agent": WORD, "cookie": WORD, "x-amzn-trace-id": f"Root={WORD}"}  # fmt: skip
QUERY = {"token": TEXT, WORD: str(NUMBER)}


LISTED = [listed for listed in catalogue() if listed.provider in {"marosa", "digiteal"}]


def leaks(folder: Path) -> Iterator[str]:
    """The files in a folder that hold the dye."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and dye.found(file.read_bytes().decode(errors="replace")):
            yield file.name


def test_dye_goes_everywhere_and_is_in_no_log(journey: Journey) -> None:
    answers = [*_accepted(journey), *_refused(journey)]
    _fail(journey)

    accepted = [a.json()["eventId"] for a in answers if a.status_code == 202]
    assert len(accepted) > len(LISTED)
    logs = journey.run.folder / ".inlet" / "logs"
    assert eventually(lambda: _all_consumed(logs, accepted), 60)
    assert eventually(lambda: "on hold" in (logs / "attention.log").read_text())
    assert {a.status_code for a in answers} == {202, 400, 401, 404, 415, 422}
    assert {file.name for file in logs.iterdir() if file.stat().st_size} >= {
        "IngestFunction.log", "DocumentsFunction.log", "access.log", "attention.log",
    }  # fmt: skip

    assert list(leaks(journey.run.folder / ".inlet")) == []
    assert not dye.found(journey.run.printed)
    assert not dye.found("\n".join(f"{a.text} {a.headers}" for a in answers))


def test_the_credentials_of_the_run_are_in_no_log(journey: Journey) -> None:
    for provider in journey.credentials:
        journey.post(f"/webhooks/{provider}", "{}")
    logs = journey.run.folder / ".inlet" / "logs"
    written = "\n".join(file.read_text() for file in logs.iterdir())
    for provider, credentials in journey.credentials.items():
        (signing,) = credentials.signing
        user, password = journey.users[provider]
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        for secret in (password, pair, signing.secret.get_secret_value()):
            assert secret not in written


@pytest.mark.parametrize("form", dye.forms())
def test_dye_that_was_planted_in_a_log_is_found(tmp_path: Path, form: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "access.log").write_text("nothing")
    (tmp_path / "logs" / "aws.log").write_text(f"a line with {dye.forms()[form]} in it\n")
    assert list(leaks(tmp_path)) == ["aws.log"]


def _accepted(journey: Journey) -> Iterator[httpx.Response]:
    """Every type, with the dye in all that is sensitive and all that nobody names."""
    for listed in LISTED:
        model = PROVIDERS[listed.provider].models[listed.kind]
        body = {
            name: value
            for name, value in filled(model).items()
            if name in listed.sensitive or name not in model.model_fields
        }
        path = f"/webhooks/{listed.provider}"
        if listed.provider == "digiteal":
            path = f"{path}/{listed.event_type}"
        else:
            body |= {"eventId": str(uuid4()), "eventType": listed.event_type, "documentId": "1"}
            body |= {"currentStatus": "ERROR"}
        yield journey.post(path, json.dumps(body), headers=HEADERS, params=QUERY)
    yield _signed(journey, {"type": "unheard.of", "data": NESTED})


def _refused(journey: Journey) -> Iterator[httpx.Response]:
    """What is refused at every station, with the dye in it."""
    for path in ("/webhooks/marosa", "/webhooks/digiteal/COMPANY_CREATED", "/webhooks/digiteal"):
        for body in (TEXT, json.dumps(NESTED), json.dumps({"eventId": TEXT, "id": [TEXT]})):
            yield journey.post(path, body, headers=HEADERS, params=QUERY)
            yield journey.post(path, body, headers=HEADERS, auth=(WORD, TEXT.encode()))
    yield journey.post("/webhooks/marosa", "{}", headers={"content-type": f"text/{WORD}"})
    yield journey.post(
        "/oauth2/marosa", "{}", headers={"authorization": f"Bearer {WORD}"}, auth=None
    )
    yield journey.post(f"/webhooks/digiteal/{WORD};{NUMBER}", json.dumps(NESTED))
    yield journey.post(f"/{WORD}/{WORD}", json.dumps(NESTED), auth=None)
    yield _signed(journey, {"type": TEXT})


def _signed(journey: Journey, body: Any) -> httpx.Response:
    """A message of Standard Webhooks."""
    headers = {"content-type": "application/json", "webhook-id": str(uuid4()), f"x-{WORD}": WORD}
    request = {"path": "/webhooks/standard", "headers": headers, "body": body}
    return journey.send(Sample("standard", "any", "invented", request, {}, None, ()))


def _fail(journey: Journey) -> None:
    """Let a consumer fail, and releases."""
    sqs = journey.deployment.client("sqs")
    url = next(u for u in sqs.list_queues()["QueueUrls"] if "PersonsQueue" in u)
    for body in (TEXT, json.dumps({"detail": {"metadata": NESTED, "data": NESTED}})):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert eventually(lambda: journey.log("PersonsFunction").count('"failed"') >= 2)
    for kept in quarantine.listed(journey.deployment):
        quarantine.release(journey.deployment, kept)
    for named in ({"provider": TEXT, "id": TEXT}, {"provider": "marosa", "id": TEXT}):
        answered = journey.deployment.client("lambda").invoke(
            FunctionName=journey.deployment.output("IngestFunctionArn"),
            Payload=json.dumps({"release": named}),
        )
        assert json.load(answered["Payload"])["errorType"] == "Failed"


def _all_consumed(logs: Path, event_ids: list[str]) -> bool:
    consumed = "".join(f.read_text() for f in logs.glob("*Function.log") if "Ingest" not in f.name)
    return all(event_id in consumed for event_id in event_ids)

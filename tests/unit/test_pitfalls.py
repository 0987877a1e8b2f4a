"""Pitfalls of what Inlet stands on, as docs/proof.md lists them, each with its tests."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.ingest.deduplicate import Deliveries
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.gateway import RIGHT, basic
from tests.support.samples import sample

PROJECT = Path(__file__).parents[2]
PROOF = PROJECT / "docs" / "proof.md"
SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")


def test_every_test_that_the_proof_names_is_there() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", PROOF.read_text())
    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (PROJECT / file).read_text(), f"{file} has no {test}"


def test_two_functions_in_one_process_keep_their_own_configuration(door: Door, aws: Aws) -> None:
    def remember(days: int, in_memory: int) -> Any:
        return Deliveries(
            aws("dynamodb"), "deliveries", remember_days=days, remember_in_memory=in_memory
        )

    first, second = remember(1, 0), remember(30, 0)
    for number, deliveries in enumerate((first, second, first)):
        door._deliveries = deliveries  # noqa: SLF001 - as if it were that function's
        body = SEED.body.replace(b"f47ac10b", f"0000000{number}".encode())
        assert door.post("/webhooks/marosa", body)["status"] == 202
    ends = sorted(
        int(item["expiration"]["N"])
        for item in aws("dynamodb").scan(TableName="deliveries")["Items"]
    )
    assert ends[1] - ends[0] < 60
    assert ends[2] - ends[1] > 28 * 86_400


def test_one_event_id_of_two_providers_is_two_deliveries(door: Door) -> None:
    event_id = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    assert door.send(SEED)["body"] == {"eventId": event_id, "status": "accepted"}
    body = b'{"eventId": "f47ac10b-58cc-4372-a567-0e02b2c3d479", "changeType": "CREATED", "id": 1}'
    path = "/webhooks/digiteal/COMPANY_CREATED"
    sent = {"content-type": "application/json"} | basic(*RIGHT["digiteal"])
    answered = door.post(path, body, sent)["body"]
    assert answered == {"eventId": event_id, "status": "accepted"}


def test_the_table_of_deliveries_opens_no_session_of_its_own(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_session(*_: Any, **__: Any) -> None:
        raise AssertionError("a second session")

    monkeypatch.setattr(boto3, "Session", no_session)
    monkeypatch.setattr(boto3.session, "Session", no_session)
    monkeypatch.setattr(boto3, "client", no_session)
    monkeypatch.setattr(boto3, "resource", no_session)
    assert door.send(SEED)["status"] == 202

"""How often AWS is called by the bundle that is deployed, under AWS's own runtime client."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.candidates import (
    CONSUMER,
    INGEST,
    Candidate,
    batch,
    consumer,
    ingest,
    request,
    unhurried,
    variables_of_lambda,
)
from benchmarks.certificates import make_certificates
from benchmarks.measured import Laboratory
from benchmarks.stub import SERVICES
from functions import start
from tests.benchmarks.conftest import BUILDER, started
from tests.support.samples import sample

FIRST = {"PutItem": 1, "PutEvents": 1, "UpdateItem": 1}


def since(laboratory: Laboratory) -> dict[str, int]:
    """What was called since this was last asked."""
    calls = dict(laboratory.stub.calls)
    laboratory.stub.calls.clear()
    return calls


def test_a_start_opens_each_connection_and_reads_each_secret(laboratory: Laboratory) -> None:
    with started(laboratory, ingest(BUILDER)) as life:
        life.call(request(str(uuid.uuid4())), says=b"accepted")
        assert since(laboratory) == FIRST  # and nothing that the start has read


def test_a_benchmark_lifts_the_limit_so_that_a_slow_start_makes_every_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(start, "TOUCH_SECONDS", -1)  # already over, as under a slow meter
    candidate = Candidate("inlet", tmp_path, "functions.ingest.handler.handler", {})
    assert unhurried(candidate, tmp_path).handler == "unhurried.handler"
    done: list[str] = []
    start.touch(lambda: done.append("before"))
    exec((tmp_path / "unhurried.py").read_text(), {})  # noqa: S102 - it is ours
    start.touch(lambda: done.append("first"), lambda: done.append("second"))
    assert done == ["first", "second"]


def test_a_first_delivery_is_three_calls_and_a_duplicate_one(laboratory: Laboratory) -> None:
    delivery = request(str(uuid.uuid4()))
    with started(laboratory, ingest(BUILDER)) as life:
        life.call(delivery, says=b"accepted")
        assert since(laboratory) == FIRST
        life.call(delivery, says=b"duplicate")
        assert since(laboratory) == {"PutItem": 1}


def test_a_large_body_is_one_call_more(laboratory: Laboratory) -> None:
    delivery = request(str(uuid.uuid4()), note="x" * 250_000)
    with started(laboratory, ingest(BUILDER)) as life:
        life.call(delivery, says=b"accepted")
        assert since(laboratory) == {**FIRST, "PutObject": 1}


def test_a_delivery_in_progress_is_one_call(laboratory: Laboratory) -> None:
    delivery = request(str(uuid.uuid4()))
    with laboratory.life(ingest(BUILDER)) as life:
        life.call(delivery, says=b"accepted")
        for item in laboratory.stub.tables["deliveries"].values():
            item["status"] = {"S": "INPROGRESS"}
        since(laboratory)
        life.call(delivery, says=b"503")
        assert since(laboratory) == {"PutItem": 1}


def test_a_duplicate_in_the_same_warm_environment_is_none(laboratory: Laboratory) -> None:
    delivery = request(str(uuid.uuid4()))
    remembering = INGEST.model_copy(update={"remember_in_memory": 256})
    with laboratory.life(ingest(BUILDER, remembering)) as life:
        life.call(delivery, says=b"accepted")
        since(laboratory)
        life.call(delivery, says=b"duplicate")
        assert since(laboratory) == {}


def events(status: str, count: int = 10) -> list[dict[str, Any]]:
    """Events of documents that have a status."""
    event = sample("marosa", "DOCUMENT_STATUS_CHANGED").event
    made = []
    for _ in range(count):
        one = json.loads(json.dumps(event))["detail"]
        one["metadata"]["eventId"] = str(uuid.uuid4())
        one["data"]["currentStatus"] = status
        made.append(one)
    return made


NONE_FAILED = b'{"batchItemFailures": []}'


@pytest.mark.parametrize(
    ("status", "calls"),
    [
        ("DELIVERED", {"PutItem": 10, "UpdateItem": 10}),
        ("ERROR", {"PutItem": 10, "UpdateItem": 20, "Publish": 10}),
    ],
)
def test_a_message_of_ten_is_two_calls_and_four_with_attention(
    laboratory: Laboratory, status: str, calls: dict[str, int]
) -> None:
    with laboratory.life(consumer(BUILDER, CONSUMER)) as life:
        since(laboratory)
        life.call(batch(events(status)), says=NONE_FAILED)
        assert since(laboratory) == calls


def test_a_start_that_reaches_nothing_still_gets_ready(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    nowhere = variables_of_lambda(
        dict.fromkeys(SERVICES, "https://127.0.0.1:9"), make_certificates(tmp_path)
    )
    with replace(laboratory, variables=nowhere).life(ingest(BUILDER)) as life:
        life.call(request(str(uuid.uuid4())), says=b"503")

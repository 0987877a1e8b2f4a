"""In Lambda, what is slow happens before the first call; elsewhere an import does nothing."""

import gc
import json
import random
import runpy
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
import snapshot_restore_py  # type: ignore[import-untyped]

import functions
from functions import start
from functions.canary.settings import CanarySettings
from functions.consumer.handler import taker
from functions.consumer.settings import ConsumerSettings
from functions.ingest.handler import stations
from functions.ingest.settings import IngestSettings
from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from inlet.provider import EventType
from tests.support.aws import Aws
from tests.support.settings import CANARY, CONSUMER, INGEST


@pytest.mark.parametrize(
    ("name", "made", "settings"),
    [
        ("ingest", "stations", INGEST),
        ("consumer", "taker", CONSUMER),
        ("canary", "stations", CANARY),
    ],
)
@pytest.mark.parametrize("in_lambda", [True, False])
@pytest.mark.usefixtures("aws", "start_undone")
def test_a_function_makes_its_stations_at_start_in_lambda_only(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    made: str,
    settings: IngestSettings | ConsumerSettings | CanarySettings,
    in_lambda: bool,  # noqa: FBT001
) -> None:
    for variable, value in settings.environment().items():
        monkeypatch.setenv(variable, value)
    if in_lambda:
        monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:0")
    monkeypatch.delitem(sys.modules, f"functions.{name}.handler", raising=False)

    fresh = runpy.run_module(f"functions.{name}.handler")

    assert fresh[made].cache_info().currsize == (1 if in_lambda else 0)


@pytest.mark.parametrize(
    ("made", "settings", "providers"),
    [(stations, INGEST, "providers"), (taker, CONSUMER, "stations.providers")],
    ids=["ingest", "consumer"],
)
@pytest.mark.usefixtures("aws")
def test_a_function_reads_the_own_types_of_its_stage_from_its_bundle(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    made: Any,
    settings: IngestSettings | ConsumerSettings,
    providers: str,
) -> None:
    paid = '{"description": "An order was paid.", "kind": "payment", "rank": 1}'
    types = tmp_path / "stage-types.json"
    types.write_text(f'{{"standard": {{"order.paid": {paid}}}}}')
    monkeypatch.setattr("functions.settings.STAGE_TYPES", types)
    for variable, value in settings.environment().items():
        monkeypatch.setenv(variable, value)
    assert attrgetter(providers)(made.__wrapped__())["standard"].catalogue == {
        "order.paid": EventType("An order was paid.", kind="payment", rank=1)
    }


@pytest.fixture
def hooks_of_lambda() -> Iterator[list[Any]]:
    """What Lambda's runtime was asked to do after a restore, in this order."""
    hooks: list[Any] = snapshot_restore_py.get_after_restore()
    hooks.clear()
    yield hooks
    hooks.clear()


@pytest.mark.parametrize(("start_of", "steps"), [("snap-start", 3), ("on-demand", 0)])
@pytest.mark.usefixtures("start_undone")
def test_what_a_snapshot_makes_old_is_renewed_after_it_where_there_is_one(
    aws: Aws,
    monkeypatch: pytest.MonkeyPatch,
    hooks_of_lambda: list[Any],
    start_of: str,
    steps: int,
) -> None:
    secret = aws("secretsmanager").create_secret(
        Name="marosa", SecretString='{"apiKey": [{"label": "k", "header": "X-Old", "value": "v"}]}'
    )["ARN"]
    settings = INGEST.model_copy(update={"secrets": json.dumps({"marosa": secret})})
    told = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:0", "AWS_LAMBDA_INITIALIZATION_TYPE": start_of}
    for variable, value in (settings.environment() | told).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delitem(sys.modules, "functions.ingest.handler", raising=False)
    credentials = runpy.run_module("functions.ingest.handler")["stations"]().credentials
    assert credentials.key_headers("marosa") == {"x-old"}
    aws("secretsmanager").put_secret_value(SecretId=secret, SecretString="{}")

    assert len(hooks_of_lambda) == steps
    for step, arguments, named in hooks_of_lambda:
        step(*arguments, **named)

    assert credentials.key_headers("marosa") == (set() if steps else {"x-old"})


def test_each_restored_environment_draws_random_numbers_of_its_own(
    hooks_of_lambda: list[Any],
) -> None:
    start.after_restore(lambda: None)
    snapshot = random.getstate()
    drawn: set[Any] = set()
    for _ in range(2):
        random.setstate(snapshot)
        for step, _, _ in hooks_of_lambda:
            step()
        drawn.add(random.getstate())
    assert len(drawn) == 2


@pytest.mark.usefixtures("start_undone")
def test_nothing_is_collected_while_a_function_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:0")
    runpy.run_path(str(Path(functions.__file__)))
    assert not gc.isenabled()
    with start.starting():
        made: list[dict[str, str]] = [{} for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() > len(made)


def test_a_read_that_fails_hinders_neither_the_others_nor_the_start() -> None:
    done: list[str] = []

    def fails() -> None:
        done.append("failed")
        raise OSError

    start.touch(fails, lambda: done.append("read"))
    assert done == ["failed", "read"]


def test_when_aws_is_slow_the_rest_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("functions.start.time.monotonic", lambda: clock[0])
    done: list[str] = []

    def slow() -> None:
        done.append("slow")
        clock[0] += 1.1

    start.touch(slow, lambda: done.append("left"))
    assert done == ["slow"]


def test_a_start_ends_before_lambda_stops_waiting_for_it() -> None:
    assert start.TOUCH_SECONDS + LONGEST_CALL_SECONDS < 10

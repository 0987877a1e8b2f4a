"""In Lambda, what is slow happens before the first call; elsewhere an import does nothing."""

import runpy
import sys
from typing import Any

import boto3
import pytest

from functions.canary.settings import CanarySettings
from functions.consumer.settings import ConsumerSettings
from functions.ingest.settings import IngestSettings

INGEST = IngestSettings(
    bus_name="bus",
    deliveries_table="table",
    bodies_bucket="bodies",
    quarantine_bucket="quarantine",
    quarantine_days=14,
    quarantine_bytes_per_day=1000,
    timeline_table="timeline",
    remember_days=1,
    remember_in_memory=0,
    secrets="{}",
)
CONSUMER = ConsumerSettings(
    consumer="documents", queue_url="url", timeline_table="table", attention_topic="topic"
)
CANARY = CanarySettings(url="https://door.example", secret="arn", timeline_table="table")


@pytest.mark.parametrize(
    ("name", "made", "settings"),
    [
        ("ingest", "stations", INGEST),
        ("consumer", "taker", CONSUMER),
        ("canary", "stations", CANARY),
    ],
)
@pytest.mark.parametrize("in_lambda", [True, False])
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
    ("name", "made", "settings", "services"),
    [
        ("ingest", "stations", INGEST, {"secretsmanager", "dynamodb", "events"}),
        ("consumer", "taker", CONSUMER, {"dynamodb", "sns", "sqs"}),
        ("canary", "stations", CANARY, {"dynamodb", "secretsmanager"}),
    ],
)
def test_every_client_of_a_function_has_the_time_budget(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    made: str,
    settings: IngestSettings | ConsumerSettings | CanarySettings,
    services: set[str],
) -> None:
    budgets = {}
    original = boto3.Session.client

    def client(session: boto3.Session, service: str, **options: Any) -> Any:
        created = original(session, service, **options)  # type: ignore[call-overload]
        config = created.meta.config
        budgets[service] = (config.connect_timeout, config.read_timeout, config.retries)
        return created

    monkeypatch.setattr(boto3.Session, "client", client)
    for variable, value in settings.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delitem(sys.modules, f"functions.{name}.handler", raising=False)
    stations = runpy.run_module(f"functions.{name}.handler")[made]()

    retries = {"total_max_attempts": 2, "mode": "standard"}
    assert budgets == dict.fromkeys(services, (1, 2, retries))
    if name == "ingest":  # this one takes long to make, and is seldom needed
        assert stations.quarantine.s3() is stations.quarantine.s3()
        assert budgets["s3"] == (1, 2, retries)

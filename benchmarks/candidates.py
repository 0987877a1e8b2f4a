"""Candidates: the bundles that are measured side by side, and what each is sent."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.certificates import Certificates
from functions.consumer.settings import ConsumerSettings
from functions.ingest.settings import IngestSettings
from infrastructure.bundle import Builder, compile_ahead, for_host
from infrastructure.stages import DEV, Stage
from inlet.operations.samples import read
from local.mappings import record
from tests.support.gateway import basic, http_event

PROJECT = Path(__file__).parents[1]
BASELINE = Path(__file__).parent / "baseline"
SAMPLE = read(PROJECT / "events/marosa/DOCUMENT_STATUS_CHANGED.json")
USER, PASSWORD = "marosa", "a-password-of-the-benchmark"
SECRET = json.dumps({"generated": PASSWORD})
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"

INGEST = IngestSettings(
    url_suffix="amazonaws.com",
    bus_name="bus",
    deliveries_table="deliveries",
    timeline_table="timeline",
    bodies_bucket="bodies",
    quarantine_bucket="quarantine",
    quarantine_days=14,
    quarantine_bytes_per_day=100_000_000,
    remember_days=30,
    remember_in_memory=0,
    secrets=json.dumps({name: ARN + name for name in ("marosa", "digiteal", "standard")}),
)
CONSUMER = ConsumerSettings(
    url_suffix="amazonaws.com",
    consumer="documents",
    queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/documents",
    timeline_table="timeline",
    attention_topic="arn:aws:sns:eu-west-1:123456789012:attention",
)


@dataclass(frozen=True)
class Candidate:
    """A bundle with the function in it that is run, and the function's own environment."""

    name: str
    bundle: Path
    handler: str
    variables: Mapping[str, str]


def baseline(builder: Builder, to: Path) -> Candidate:
    """The baseline, with the same distributions as Inlet, as they are."""
    shutil.copytree(builder.packages(for_host()), to, dirs_exist_ok=True)
    shutil.copyfile(BASELINE / "handler.py", to / "handler.py")
    compile_ahead(for_host(), to, "handler.py")
    variables = {"TABLE": "deliveries", "BUS": "bus", "CREDENTIALS": f"{USER}:{PASSWORD}"}
    return Candidate("baseline", to, "handler.handler", variables)


def ingest(builder: Builder, settings: IngestSettings = INGEST, stage: Stage = DEV) -> Candidate:
    """Inlet's ingest function, in the bundle of a stage."""
    bundle = builder.build(for_host(), stage.all_types)
    return Candidate("inlet", bundle, "functions.ingest.handler.handler", settings.environment())


def consumer(builder: Builder, settings: ConsumerSettings = CONSUMER) -> Candidate:
    """Inlet's consumer function."""
    bundle = builder.build(for_host())
    variables = settings.environment()
    return Candidate("consumer", bundle, "functions.consumer.handler.handler", variables)


UNHURRIED = """import functions.start
functions.start.TOUCH_SECONDS = float("inf")
from {module} import {name}
"""


def unhurried(candidate: Candidate, runtime: Path) -> Candidate:
    """Return a candidate of Inlet whose start makes all of its calls, however slow it is.

    A start stops making calls after a second. Under callgrind, which is 50 times slower, it would
    make one of five, and the first invocation would be charged for the others. The module that
    lifts the limit is written to the folder of the runtime client.
    """
    module, _, name = candidate.handler.rpartition(".")
    (runtime / "unhurried.py").write_text(UNHURRIED.format(module=module, name=name))
    return replace(candidate, handler=f"unhurried.{name}")


def variables_of_lambda(urls: Mapping[str, str], certificates: Certificates) -> dict[str, str]:
    """What Lambda tells every function, with each service of AWS at an address."""
    return {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "an-id",
        "AWS_SECRET_ACCESS_KEY": "a-key",
        "AWS_SESSION_TOKEN": "a-token",
        "AWS_CA_BUNDLE": str(certificates.trusted),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "METRICS_NAMESPACE": "benchmark",
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        **{f"AWS_ENDPOINT_URL_{service}": url for service, url in urls.items()},
    }


def request(event_id: str, **fields: str) -> bytes:
    """What the HTTP API hands to an ingest function: the documents' own sample, with an id."""
    body = json.dumps(SAMPLE.request["body"] | {"eventId": event_id, **fields}).encode()
    headers = {"content-type": "application/json", **basic(USER, PASSWORD)}
    return json.dumps(http_event("/webhooks/marosa", body, headers)).encode()


def batch(events: Sequence[Mapping[str, Any]]) -> bytes:
    """What SQS hands to a consumer: events as a rule has put them in a queue."""
    return json.dumps(
        {"Records": [_message(place, one) for place, one in enumerate(events)]}
    ).encode()


def _message(place: int, detail: Mapping[str, Any]) -> dict[str, Any]:
    body = {
        "version": "0",
        "id": f"event-{place}",
        "detail-type": detail["metadata"]["eventType"],
        "source": f"inlet.{detail['metadata']['provider']}",
        "account": "123456789012",
        "time": "2025-03-30T10:15:01Z",
        "region": "eu-west-1",
        "resources": [detail["metadata"]["subject"]],
        "detail": detail,
    }
    return record(
        {
            "MessageId": f"message-{place}",
            "ReceiptHandle": f"handle-{place}",
            "Body": json.dumps(body),
            "Attributes": {"ApproximateReceiveCount": "1"},
            "MD5OfBody": "",
        },
        "arn:aws:sqs:eu-west-1:123456789012:documents",
    )

"""New documents to post, and rejected requests."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from inlet.providers import PROVIDERS
from inlet.quarantined import Quarantined
from inlet.refusals import WrongContract
from inlet.request import Request
from tests.journey.conftest import Journey
from tests.support.samples import sample

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")


def fresh(**fields: object) -> tuple[str, str, bytes]:
    """A new document: its event id, its subject, and the body that tells of it."""
    body = dict(SEED.request["body"], eventId=str(uuid4()), documentId=f"INV-{uuid4()}") | fields
    return body["eventId"], f"marosa/document/{body['documentId']}", json.dumps(body).encode()


def refused_earlier(journey: Journey, event_id: str, body: bytes) -> None:
    """Leave a request in quarantine that a release before this one refused, under its event id."""
    request = Request(
        body=body,
        headers={"content-type": "application/json"},
        received_at=datetime(2025, 4, 1, 8, tzinfo=UTC),
        correlation_id="an-earlier-request",
    )
    refused = Quarantined.of(PROVIDERS["marosa"], request, WrongContract("It was strict."), ())
    journey.deployment.client("s3").put_object(
        Bucket=journey.deployment.output("QuarantineBucket"),
        Key=f"marosa/{event_id}.json",
        Body=refused.json_text(),
    )

"""Whatever is sent to the door is answered as its OpenAPI document says.

Schemathesis makes what the document allows, and what it does not, and checks every answer.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.specs.openapi import checks

from inlet.operations.oauth2 import token
from inlet.providers import PROVIDERS
from inlet.providers.standard.signature import WEBHOOK
from inlet.request import Request
from tests.journey.conftest import Journey, eventually
from tests.support.processes import PROJECT

pytestmark = pytest.mark.exhaustive

DOCUMENT = schemathesis.openapi.from_path(
    PROJECT / "docs/reference/openapi.json",
    config=schemathesis.Config.from_dict(
        # Each field of each of Digiteal's models, one after the other, would take a minute.
        {
            "operations": [
                {
                    "include-path": "/webhooks/digiteal/{type}",
                    "phases": {"coverage": {"enabled": False}},
                }
            ]
        }
    ),
).exclude(path_regex="^/oauth2/(?!marosa$)")
"""Without the routes that the laptop's stage does not have."""

bounded = settings(max_examples=20)

API_GATEWAYS = [checks.unsupported_method]
"""What the door answers as API Gateway does: 404 instead of 405."""
PROVEN = [checks.ignored_auth]
"""What does not apply where every request is proven."""
SIGNED = [checks.missing_required_header, checks.negative_data_rejection]
"""What does not apply where the proof is in headers of the document, and mends what was wrong."""


class Proof(requests.auth.AuthBase):
    """Proves a request as its provider does, once it is made."""

    def __init__(self, journey: Journey) -> None:
        self._credentials = journey.credentials
        self._token = token(journey.deployment, "marosa")

    def __call__(self, sent: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the headers."""
        _, door, name, *_ = sent.path_url.split("/")
        if door == "oauth2":
            sent.headers["authorization"] = f"Bearer {self._token}"
            return sent
        request = Request(
            body=sent.body if isinstance(sent.body, bytes) else str(sent.body or "").encode(),
            headers={WEBHOOK.event_id: str(sent.headers.get(WEBHOOK.event_id, "an-id"))},
            received_at=datetime.now(UTC),
            correlation_id="",
        )
        prove = PROVIDERS[name].authentication.prove
        sent.headers.update(prove(request, self._credentials[name]))
        return sent


@pytest.fixture(scope="session")
def proof(journey: Journey) -> Proof:
    """The right credentials of every provider."""
    return Proof(journey)


@pytest.fixture(scope="module", autouse=True)
def _no_consumer_stumbles_over_what_was_accepted(journey: Journey) -> Iterator[None]:
    """At the end of these tests, on each worker that took some of them."""
    yield
    sqs = journey.deployment.client("sqs")
    url = next(url for url in sqs.list_queues()["QueueUrls"] if "UnrecognisedQueue" in url)

    def waiting() -> list[str]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return [attributes[name] for name in names]

    assert eventually(lambda: waiting() == ["0", "0"])
    assert "retry_in" not in journey.log("UnrecognisedFunction")


@DOCUMENT.parametrize()
@bounded
def test_with_the_right_credentials(case: Case[Any], journey: Journey, proof: Proof) -> None:
    signed = SIGNED if case.path == "/webhooks/standard" else []
    case.call_and_validate(
        base_url=journey.door, auth=proof, excluded_checks=API_GATEWAYS + PROVEN + signed
    )


@DOCUMENT.parametrize()
@bounded
def test_without_credentials(case: Case[Any], journey: Journey) -> None:
    answered = case.call_and_validate(base_url=journey.door, excluded_checks=API_GATEWAYS)
    assert answered.status_code in {401, 404}

"""Receive: the journey of a request, from the door to the bus."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.ingest.credentials import ProviderCredentials
from functions.ingest.deduplicate import Deliveries
from functions.ingest.publish import Bus
from inlet.authentication import authenticate
from inlet.delivery import read
from inlet.providers.provider import Provider
from inlet.request import Request

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.ingest.telemetry import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """What a request passes on its way."""

    credentials: ProviderCredentials
    deliveries: Deliveries
    bus: Bus


def receive(
    provider: Provider,
    request: Request,
    stations: Stations,
    trail: "Trail",
    context: "LambdaContext",
) -> dict[str, str]:
    """Take a request into custody: authenticate, read, deduplicate, publish.

    Returns what the sender is told; raises Refusal. The trail learns what is known on the way.
    """
    trail.credential = authenticate(request.headers, stations.credentials.of(provider.name))
    delivery = read(provider, request)
    trail.metadata = delivery.metadata
    accepted = stations.deliveries.once(delivery, stations.bus.publish, context)
    trail.outcome = "accepted" if accepted else "duplicate"
    return {"eventId": delivery.metadata.event_id, "status": trail.outcome}

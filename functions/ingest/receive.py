"""Receive: the journey of a request, from the door to the bus."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.ingest.addresses import Addresses
from functions.ingest.bodies import Bodies
from functions.ingest.credentials import ProviderCredentials
from functions.ingest.deduplicate import Deliveries
from functions.ingest.publish import Bus
from functions.ingest.quarantine import Quarantine
from functions.ingest.tombstones import Tombstones
from inlet.delivery import Delivery, read
from inlet.provider import Provider
from inlet.refusals import NotAuthenticated, Refusal, Unavailable
from inlet.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.ingest.telemetry import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """What a request passes on its way.

    `oauth2` names the providers that may send with a token: the HTTP API checks those only.
    """

    providers: "Mapping[str, Provider]"
    addresses: Addresses
    oauth2: frozenset[str] = frozenset()
    credentials: ProviderCredentials
    deliveries: Deliveries
    bodies: Bodies
    bus: Bus
    quarantine: Quarantine
    tombstones: Tombstones


def receive(
    provider: Provider,
    request: Request,
    stations: Stations,
    trail: "Trail",
    context: "LambdaContext",
) -> dict[str, str]:
    """Take a request into custody: authenticate, read, deduplicate, publish.

    Returns what the sender is told; raises Refusal, and what is refused for good after it was
    authenticated is in quarantine by then. The trail learns what is known on the way.
    """
    trail.credential = authenticate(provider, request, stations)
    try:
        return deliver(read(provider, request), stations, trail, context)
    except Unavailable:
        raise
    except Refusal as refusal:
        trail.quarantined = stations.quarantine.keep(
            provider,
            request,
            refusal,
            key_headers=stations.credentials.key_headers(provider.name),
            context=context,
        )
        raise


def deliver(
    delivery: Delivery, stations: Stations, trail: "Trail", context: "LambdaContext"
) -> dict[str, str]:
    """Deduplicate and publish what is authenticated and read. Raises Refusal."""
    trail.metadata = delivery.metadata

    def publish(delivery: Delivery) -> None:
        stations.bus.publish(stations.bodies.keep(delivery, context))

    accepted = stations.deliveries.once(delivery, publish, context)
    trail.outcome = "accepted" if accepted else "duplicate"
    return {"eventId": delivery.metadata.event_id, "status": trail.outcome}


def authenticate(provider: Provider, request: Request, stations: Stations) -> str:
    """The label of what proves that the request is the provider's.

    Raises NotAuthenticated, or Unavailable where that cannot be told.
    """
    stations.addresses.check(provider.name, request)
    if request.authorized is None:
        return stations.credentials.check(provider, request)
    if provider.name not in stations.oauth2:
        raise NotAuthenticated("This stage has no OAuth2 for the provider.")
    if not request.authorized:
        raise NotAuthenticated("The request carries no token that the authorizer let in.")
    return "oauth2"

"""The entry of the ingest function."""

import json
import os
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from functions.ingest.addresses import Addresses
from functions.ingest.bodies import Bodies
from functions.ingest.credentials import ProviderCredentials
from functions.ingest.deduplicate import Deliveries
from functions.ingest.gateway import accepted, provider_of, refused, request_id_of, request_of
from functions.ingest.publish import Bus
from functions.ingest.quarantine import Quarantine
from functions.ingest.receive import Stations, receive
from functions.ingest.release import release
from functions.ingest.settings import IngestSettings
from functions.ingest.telemetry import Trail
from functions.ingest.tombstones import Tombstones
from functions.runtime.aws import client
from functions.settings import stage_types
from functions.start import after_restore, starting, touch
from functions.telemetry import last_resort
from inlet.providers import TYPES, with_types
from inlet.refusals import Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext


def answer(
    event: "Mapping[str, Any]", context: "LambdaContext", stations: Stations
) -> dict[str, Any]:
    """Answer one request: every way that its journey can end is a planned answer."""
    trail = Trail(request_id_of(event, otherwise=context.aws_request_id))
    try:
        trail.provider = provider_of(event)
        provider = stations.providers[trail.provider]
        request = request_of(event, trail.correlation_id)
        receipt = receive(provider, request, stations, trail, context)
    except Refusal as refusal:
        trail.outcome = refusal.reason
        trail.tell(refusal)
        return refused(refusal, trail.correlation_id)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not be final for the sender
        trail.tell(error)
        return refused(Unavailable("Something went wrong here."), trail.correlation_id)
    trail.tell()
    return accepted(receipt)


@cache
def stations() -> Stations:
    """The stations as the settings in the environment say, made once in a function's life."""
    settings = IngestSettings.from_environment(os.environ)
    aws = partial(client, url_suffix=settings.url_suffix)
    dynamodb = aws("dynamodb")
    s3 = aws("s3")
    return Stations(
        providers=with_types(TYPES.validate_json(stage_types())),
        addresses=Addresses(settings.addresses),
        oauth2=frozenset(json.loads(settings.oauth2)),
        credentials=ProviderCredentials(aws("secretsmanager"), settings.secrets),
        deliveries=Deliveries(
            dynamodb,
            settings.deliveries_table,
            remember_days=settings.remember_days,
            remember_in_memory=settings.remember_in_memory,
        ),
        bodies=Bodies(s3=s3, bucket=settings.bodies_bucket),
        bus=Bus(aws("events"), settings.bus_name),
        quarantine=Quarantine(
            s3=s3,
            bucket=settings.quarantine_bucket,
            dynamodb=dynamodb,
            table=settings.deliveries_table,
            keep_for=timedelta(days=settings.quarantine_days),
            bytes_per_day=settings.quarantine_bytes_per_day,
        ),
        tombstones=Tombstones(dynamodb=dynamodb, table=settings.timeline_table),
    )


def handler(event: "Mapping[str, Any]", context: "LambdaContext") -> dict[str, Any]:
    """Answer one request of the HTTP API, or an operator who releases one from quarantine."""
    with last_resort():
        if "release" in event:
            return release(event["release"], stations(), context)
        return answer(event, context, stations())


def connect(stations: Stations) -> None:
    """Open a connection to each service, and read the secrets."""
    touch(stations.bus.look, stations.tombstones.look, *stations.credentials.reads())


def restored(stations: Stations) -> None:
    """Be as after a start: a secret in the snapshot may have been retired long ago.

    No delivery is in it: none came before it was taken.
    """
    stations.credentials.forget()
    connect(stations)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: what is slow happens before the first call
    with starting():
        ready = stations()
        connect(ready)
        if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
            after_restore(partial(restored, ready))

"""Release: a quarantined request travels again, now that what refused it may be mended."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from functions.ingest.receive import Stations, deliver
from functions.ingest.telemetry import Trail
from inlet.delivery import read
from inlet.quarantined import ReleaseOptions
from inlet.refusals import IdReused, Refusal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext


def release(
    named: "Mapping[str, Any]", stations: Stations, context: "LambdaContext"
) -> dict[str, Any]:
    """Deliver what is stored under `provider` and `id`, and store the outcome beside it.

    `named` also holds the `ReleaseOptions`. The body is decoded before anything else. A request
    whose event id has another content is published under the same id only if that is asked for.

    It was authenticated when it came, and counts as received then. Its event id makes it count
    once, so that it may be released again after a run that died, and while its provider sends it
    again. Where its subject was forgotten since, it is refused. What is unavailable is not written
    down: nothing was decided.
    """
    options = ReleaseOptions.model_validate(named)
    provider = stations.providers[named["provider"]]
    kept = stations.quarantine.read(provider.name, named["id"])
    trail = Trail(kept.correlation_id, provider.name, journey="release", quarantined=named["id"])
    try:
        delivery = read(provider, kept.to_release(as_json=options.as_json))
        stations.tombstones.check(delivery.metadata)
        try:
            outcome: dict[str, Any] = dict(deliver(delivery, stations, trail, context))
        except IdReused:
            if not options.accept_conflict:
                raise
            outcome = dict(deliver(delivery.as_conflict(), stations, trail, context))
    except Refusal as refusal:
        trail.outcome = refusal.reason
        trail.tell(refusal)
        outcome = {
            "status": refusal.reason,
            "detail": refusal.detail,
            "errors": [asdict(problem) for problem in refusal.problems],
        }
        if isinstance(refusal, Unavailable):
            return outcome
    else:
        trail.tell()
    stations.quarantine.write_outcome(provider.name, named["id"], outcome)
    return outcome

"""The trail of one request: what becomes known on its way, told once at its end."""

from dataclasses import dataclass
from typing import Any, Literal

from functions.telemetry import failure, logger
from inlet.event import Metadata
from inlet.refusals import Refusal


@dataclass(slots=True)
class Trail:
    """What is known of a request so far. It holds no body, header or credential."""

    correlation_id: str
    provider: str = "unknown"
    journey: Literal["request", "release"] = "request"
    credential: str | None = None
    metadata: Metadata | None = None
    outcome: str = "failed"
    quarantined: str | None = None

    def tell(self, error: BaseException | None = None) -> None:
        """Write the one log line of this request; `infrastructure.metrics` counts it."""
        line: dict[str, Any] = {
            "provider": self.provider,
            "correlation_id": self.correlation_id,
            "outcome": self.outcome,
            "credential": self.credential,
            "quarantined": self.quarantined,
        }
        if self.metadata:
            line |= {
                "event_type": self.metadata.event_type,
                "event_id": self.metadata.event_id,
                "known": self.metadata.known,
                "flags": self.metadata.flags or None,
            }
        if isinstance(error, Refusal):
            line |= {"detail": error.detail, "fields": [p.field for p in error.problems]}
        if error and self.outcome in ("failed", "unavailable"):
            line |= failure(error)
        log = logger.error if self.outcome in ("failed", "unavailable") else logger.info
        log(self.journey, extra=line)

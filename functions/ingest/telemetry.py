"""The trail of one request: what becomes known on its way, told once at its end."""

from dataclasses import dataclass
from typing import Any

from functions.telemetry import count, failure, logger
from inlet.event import Metadata
from inlet.refusals import Refusal


@dataclass(slots=True)
class Trail:
    """What is known of a request so far. It holds no body, header or credential."""

    correlation_id: str
    provider: str = "unknown"
    credential: str | None = None
    metadata: Metadata | None = None
    outcome: str = "failed"

    def tell(self, error: BaseException | None = None) -> None:
        """Write the one log line and the one count of this request."""
        line: dict[str, Any] = {
            "provider": self.provider,
            "correlation_id": self.correlation_id,
            "outcome": self.outcome,
            "credential": self.credential,
        }
        if self.metadata:
            line |= {
                "event_type": self.metadata.event_type,
                "event_id": self.metadata.event_id,
                "known": self.metadata.known,
                "flags": self.metadata.flags,
            }
        if isinstance(error, Refusal):
            line |= {"detail": error.detail, "fields": [p.field for p in error.problems]}
        if error and self.outcome in ("failed", "unavailable"):
            line |= failure(error)
        log = logger.error if self.outcome in ("failed", "unavailable") else logger.info
        log("request", extra=line)
        count("Requests", provider=self.provider, outcome=self.outcome)

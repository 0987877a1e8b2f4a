"""Event ids: the provider's own, or one derived from the body where it sends none."""

import hashlib
from datetime import date
from uuid import UUID

NAMESPACE = UUID("6f2d2c1e-3d0c-5b7a-9a51-5f1d3c7b8e42")
"""The namespace of derived ids. Changing it would make every retry under way a new event."""


def derived(provider: str, event_type: str, canonical: str, day: date | None) -> str:
    """A UUIDv5 over provider, type and canonical body.

    `day`, the UTC day of receipt, takes part where the body has no time of its own: without it
    the second of two equal changes, days apart, would pass for a retry of the first.
    """
    # As `uuid5` makes it, but for the copies of a large body that it would make.
    digest = hashlib.sha1(NAMESPACE.bytes, usedforsecurity=False)
    digest.update(f"{provider}\n{event_type}\n".encode())
    digest.update(canonical.encode())
    if day:
        digest.update(f"\n{day.isoformat()}".encode())
    return str(UUID(bytes=digest.digest()[:16], version=5))

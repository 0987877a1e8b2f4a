"""Content hashes: decide whether two deliveries with one event id have the same content."""

import hashlib

VERSION = "1:"
"""How hashes of today's definition begin. Another definition must get another version, or else a
retry under way during an upgrade becomes a conflict."""


def content_hash(event_type: str, canonical: str) -> str:
    """Return the content hash of a delivery: the version and 64 hexadecimal digits.

    It covers the event type, which some providers send in the path, and the canonical body.
    """
    # Hashed in two steps, because joining the texts would copy a large body.
    digest = hashlib.sha256(f"{event_type}\n".encode())
    digest.update(canonical.encode())
    return f"{VERSION}{digest.hexdigest()}"


def same_content(stored: str | None, received: str) -> bool:
    """Return whether a stored content hash and that of a new delivery stand for one content.

    A stored hash of an unknown version cannot be compared. It counts as the same content, because
    a false conflict would be final for the sender and a repeated delivery is harmless.
    """
    return stored is None or not stored.startswith(VERSION) or stored == received

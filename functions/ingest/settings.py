"""What the ingest function is told by its construct."""

from functions.settings import Settings


class IngestSettings(Settings):
    """The ingest function's settings."""

    bus_name: str
    """The bus that events are published on."""
    deliveries_table: str
    """The table that remembers which deliveries were seen."""
    remember_days: int
    """How long a delivery is remembered, in days."""
    remember_in_memory: int
    """How many deliveries a warm function remembers without asking the table; 0 is none."""
    secrets: str
    """A JSON object: each provider's name and the ARN of the secret with its credentials."""
    bodies_bucket: str
    """The bucket of bodies that are too large for an event."""
    quarantine_bucket: str
    """The bucket of refused requests."""
    quarantine_days: int
    """How long a refused request is kept."""
    quarantine_bytes_per_day: int
    """How much of a provider's refused requests is kept in a day."""
    timeline_table: str
    """The table that says which subjects were forgotten."""
    addresses: str = "{}"
    """A JSON object: providers' names and the networks that each sends from, where known."""
    oauth2: str = "[]"
    """A JSON array: the providers for which the HTTP API has OAuth2 routes in this stage."""

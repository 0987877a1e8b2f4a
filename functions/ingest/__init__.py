"""The ingest function: authenticate, read, deduplicate, publish."""

"""The samples of this repository."""

from pathlib import Path

from inlet.operations.samples import Sample, read

EVENTS = Path(__file__).parents[2] / "events"


def sample(provider: str, name: str) -> Sample:
    """One sample."""
    return read(EVENTS / provider / f"{name}.json")


def samples() -> list[Sample]:
    """Every sample of every provider."""
    return [read(file) for file in sorted(EVENTS.glob("*/*.json"))]

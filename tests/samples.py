"""The samples in `events/`: both ends of the journey of a delivery, written by hand."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent.parent / "events"


@dataclass(frozen=True)
class Sample:
    """One file: what is sent, what is answered, and what goes on the bus (or nothing)."""

    provider: str
    name: str
    evidence: str
    request: dict[str, Any]
    answer: dict[str, Any]
    event: dict[str, Any] | None
    after: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """The bytes of the request: a text as it stands, anything else as JSON."""
        body = self.request["body"]
        return (body if isinstance(body, str) else json.dumps(body)).encode()

    @property
    def credentials(self) -> str:
        """Whether the request is sent with `right`, `wrong` or `none`."""
        return str(self.request.get("credentials", "right"))


def sample(provider: str, name: str) -> Sample:
    """Read one sample."""
    text = (EVENTS / provider / f"{name}.json").read_text()
    written = json.loads(text)
    return Sample(provider=provider, name=name, after=tuple(written.pop("after", ())), **written)


def samples() -> list[Sample]:
    """Every sample of every provider."""
    return [sample(file.parent.name, file.stem) for file in sorted(EVENTS.glob("*/*.json"))]

"""A sending: one request that a simulated provider makes, until it is answered for good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "new", "duplicate", "simultaneous", "malformed", "new-type", "reused-id", "wrong-credentials"
]
"""What a sending is: an event of its own, a copy of one, or something that is wrong about it."""

Proof = Literal["right", "wrong", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is sent, and when: `at` is in seconds since the plan began.

    `headers` lack what proves the sender; `credentials` says whether that is right, wrong or left
    out. `original` is the number of the sending of which this is a copy, None where it is none.
    """

    number: int
    at: float
    provider: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    credentials: Proof = "right"
    kind: Kind = "new"
    original: int | None = None

    @property
    def is_valid(self) -> bool:
        """Whether a door must take it in the end."""
        return self.kind not in {"malformed", "reused-id", "wrong-credentials"}

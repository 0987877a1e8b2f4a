"""Injected: what was broken for good, and may be found in quarantine and among dead letters."""

from dataclasses import dataclass, field


@dataclass
class Injected:
    """Sendings that the bus refused for good, and event ids that were to become dead letters.

    `unable` are those that no consumer can take, until an operator has mended that.
    """

    refused: set[int] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    unable: set[str] = field(default_factory=set)

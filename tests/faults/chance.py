"""Chance: which fault happens at which of its occasions, drawn from a seed or named."""

from collections import Counter
from collections.abc import Collection, Mapping
from random import Random


class Chance:
    """Decides about every occasion on which a fault can happen, and counts those that did.

    A fault happens at its rate, from 0 to 1, and at each n-th occasion, from 0, that is named.
    """

    def __init__(
        self,
        seed: int,
        rates: Mapping[str, float],
        named: Collection[tuple[str, int]] = (),
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - it is to be repeated
        self.fired: Counter[str] = Counter()
        self.is_over = False
        self._rates = rates
        self._named = frozenset(named)
        self._occasions: Counter[str] = Counter()

    def fires(self, fault: str) -> bool:
        """Whether a fault happens on this occasion; none does once the faults are over."""
        if self.is_over:
            return False
        occasion = self._occasions[fault]
        self._occasions[fault] += 1
        happens = (fault, occasion) in self._named or (
            self.random.random() < self._rates.get(fault, 0.0)
        )
        self.fired[fault] += happens
        return happens

"""Whether the values of an event fulfil the clauses of a pattern, from the same list elements."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from inlet.patterns.operators import Test
from inlet.patterns.values import Chain, Json, Leaf, Pairs, Position, comparable, parse, text_of


@dataclass(frozen=True)
class Clause:
    """What a pattern asks of a path: that a leaf passes one of the tests, or that none is there."""

    tests: Sequence[Test]
    may_be_absent: bool

    def accepts(self, leaf: Leaf) -> bool:
        """Return whether the leaf passes a test."""
        return any(test(leaf) for test in self.tests)


Alternative: TypeAlias = dict[str, Clause]
"""Clauses by path that must all hold: those of a pattern with one branch of each `$or`."""


class Pattern:
    """A compiled event pattern."""

    def __init__(self, alternatives: Iterable[Alternative]) -> None:
        self._alternatives = [dict(sorted(one.items())) for one in alternatives]
        self._keys = {key for one in self._alternatives for path in one for key in _keys(path)}

    def matches(self, event: str | Mapping[str, Json]) -> bool:
        """Return whether the event matches. Only a JSON object can.

        Args:
            event: JSON text, or a mapping whose numbers are int, float or Decimal. Only text keeps
                duplicate keys and the spelling of numbers, which EventBridge distinguishes.

        Raises:
            ValueError: The text is not JSON.
        """
        return self.may_match(event, lambda _path: True) is True

    def may_match(
        self, event: str | Mapping[str, Json], is_known: Callable[[str], bool]
    ) -> bool | None:
        """Return whether an event matches that is known in part, or None if that is not certain.

        Args:
            event: As of `matches`.
            is_known: Returns whether all values of a path are in the event.

        Raises:
            ValueError: The text is not JSON.
        """
        whole = parse(event) if isinstance(event, str) else event
        if not isinstance(whole, (Pairs, Mapping)):
            return False
        leaves = self._leaves(whole)
        answer: bool | None = False
        for alternative in self._alternatives:
            known = {path: clause for path, clause in alternative.items() if is_known(path)}
            if _hold(known, leaves):
                if len(known) == len(alternative):
                    return True
                answer = None
        return answer

    def _leaves(self, event: Json) -> Mapping[str, Sequence[Leaf]]:
        """Return the leaves by path, without those under a key that the pattern does not name."""
        leaves: dict[str, list[Leaf]] = defaultdict(list)
        lists = 0
        nodes: list[tuple[str, Chain, Json]] = [("", (), event)]
        while nodes:
            path, chain, node = nodes.pop()
            if isinstance(node, (Pairs, Mapping)):
                nodes += (
                    (f"{path}.{key}", chain, value)
                    for key, value in node.items()
                    if self._keys.issuperset(_keys(key))
                )
            elif isinstance(node, list):
                lists += 1
                for index, value in enumerate(node):
                    # As at AWS, a leaf is not tied to its place in the list.
                    nested = isinstance(value, (Pairs, Mapping, list))
                    nodes.append((path, (*chain, (lists, index)) if nested else chain, value))
            else:
                text = text_of(node)
                leaves[path[1:]].append(Leaf(text, comparable(text), chain))
        return leaves


def _keys(path: str) -> list[str]:
    return path.rstrip(".").split(".")


def _hold(clauses: Alternative, leaves: Mapping[str, Sequence[Leaf]]) -> bool:
    """Return whether all clauses hold at once.

    `bound` has each choice of list elements that fulfils the clauses so far, without the lists
    that no later clause looks into: their number grows with the event, not with the pattern.
    """
    last_use = {
        number: step
        for step, path in enumerate(clauses)
        for leaf in leaves.get(path, ())
        for number, _ in leaf.chain
    }
    bound: set[frozenset[Position]] = {frozenset()}
    for step, (path, clause) in enumerate(clauses.items()):
        present = leaves.get(path, ())
        accepted = _Chains(leaf.chain for leaf in present if clause.accepts(leaf))
        chosen = {one.union(chain) for one in bound for chain in accepted.consistent_with(one)}
        if clause.may_be_absent:
            anything = _Chains(leaf.chain for leaf in present)
            chosen |= {one for one in bound if next(anything.consistent_with(one), None) is None}
        bound = {
            frozenset(position for position in one if last_use[position[0]] > step)
            for one in chosen
        }
        if not bound:
            return False
    return True


class _Chains:
    """Chains, to be found by the list elements that they agree with.

    Each is filed under all its elements (and under None, for the event itself), by the list that
    it enters from there (None at its end).
    """

    def __init__(self, chains: Iterable[Chain]) -> None:
        self._filed: dict[Position | None, dict[int | None, list[Chain]]] = {}
        for chain in set(chains):
            for element, following in pairwise((None, *chain, None)):
                entered = following[0] if following else None
                self._filed.setdefault(element, {}).setdefault(entered, []).append(chain)

    def consistent_with(self, bound: frozenset[Position]) -> Iterator[Chain]:
        """Yield the chains with no other element of a list than the one that is bound."""
        lists = {number for number, _ in bound}
        for element in (None, *bound):
            for entered, chains in self._filed.get(element, {}).items():
                if entered not in lists:
                    yield from chains

"""Mutants: a module is made wrong in one place at a time, and only where it runs."""

import pytest

from tests.mutants.mutate import mutants


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a == b", ["a != b"]),
        ("a <= b", ["a < b"]),
        ("a not in b", ["a in b"]),
        ("a and b", ["a or b"]),
        ("not a", ["a"]),
        ("a + b", ["a - b"]),
        ("a += b", ["a -= b"]),
        ("a = True", ["a = False"]),
        ("a = 1", ["a = 2"]),
        ("a = 'b'", ["a = 'b!'"]),
        ("a(b)", ["pass"]),
        ("del a", ["pass"]),
        ("raise a", ["pass"]),
        ("if a:\n    b", ["if not a:\n    b"]),
        ("def a():\n    return b", ["def a():\n    return None"]),
        ("for a in b:\n    continue", ["for a in b:\n    break"]),
        ("for a in b:\n    break", ["for a in b:\n    continue"]),
    ],
)
def test_what_can_be_wrong_is_wrong_once(right: str, wrong: list[str]) -> None:
    assert [mutant.source() for mutant in mutants(right)] == wrong


@pytest.mark.parametrize(
    "right",
    [
        "'''A docstring.'''",
        "a = 'A sentence.'",
        "a: int | str",
        "def a(b: int | str) -> int | None:\n    pass",
        "if TYPE_CHECKING:\n    import a",
        "@a(1)\ndef b():\n    pass",
    ],
)
def test_what_is_for_people_or_types_stays(right: str) -> None:
    assert list(mutants(right)) == []


def test_a_mutant_says_where_it_is_and_what_stood_there() -> None:
    (mutant,) = mutants("a\nb = c < d\n")
    assert (mutant.line, mutant.was, mutant.now) == (2, "c < d", "c <= d")

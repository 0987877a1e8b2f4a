"""Subjects are named by the provider's own ids, which are opaque."""

from decimal import Decimal

import pytest

from inlet.subject import integral, subject, usable_id


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (["INV-2025-00123"], "INV-2025-00123"),
        ([None, "second"], "second"),
        (["", "   ", "third"], "third"),
        ([" padded "], "padded"),
        (["INV/2025/1"], "INV/2025/1"),
        ([12], "12"),
        ([0], "0"),
        ([12.0], "12"),
        ([1e3], "1000"),
        ([Decimal("12.00")], "12"),
        ([Decimal("1E+3")], "1000"),
        ([-0.0], "0"),
        ([Decimal("12345678901234567890123.0")], "12345678901234567890123"),
        ([Decimal("1.5")], None),
        ([10**511], "1" + "0" * 511),
        ([10**512], None),
        ([Decimal("1e999999999")], None),
        (["12.0"], "12.0"),
        ([True, {"a": 1}, ["b"], 1.5], None),
        (["line\nbreak", "nul\0"], None),
        (["x" * 512], "x" * 512),
        (["x" * 513], None),
        (["\U0001f600" * 128], "\U0001f600" * 128),
        (["\U0001f600" * 129], None),
        ([], None),
    ],
)
def test_the_first_usable_id_names_the_subject(
    candidates: list[object], expected: str | None
) -> None:
    assert usable_id(candidates) == expected


def test_only_numbers_without_a_fraction_become_integers() -> None:
    sent = [100.0, Decimal("1e2"), 100, 1.5, Decimal("1.5"), True, "100", None]
    assert list(map(repr, map(integral, sent))) == [
        *("100", "100", "100", "1.5", "Decimal('1.5')", "True", "'100'", "None")
    ]


def test_a_subject_is_provider_kind_and_id() -> None:
    assert subject("marosa", "document", "INV/1") == "marosa/document/INV/1"

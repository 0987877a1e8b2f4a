"""Subjects are named by the provider's own ids, which are opaque."""

import pytest

from inlet.subject import subject, usable_id


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (["INV-2025-00123"], "INV-2025-00123"),
        ([None, "second"], "second"),
        (["", "   ", "third"], "third"),
        ([" padded "], "padded"),
        (["INV/2025/1"], "INV/2025/1"),
        ([12], "12"),
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


def test_a_subject_is_provider_kind_and_id() -> None:
    assert subject("marosa", "document", "INV/1") == "marosa/document/INV/1"

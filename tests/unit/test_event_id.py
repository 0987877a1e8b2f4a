"""Derived event ids are pinned: another id would make every retry under way a new event."""

from datetime import date

import pytest

from inlet.event_id import derived


@pytest.mark.parametrize(
    ("event_type", "canonical", "day", "expected"),
    [
        ("PAYMENT_INITIATED", "{}", None, "f8098b36-aeac-5792-992c-a71c9f468be2"),
        ("PAYMENT_INITIATED", "{}", date(2025, 4, 1), "a8cd2f69-a0b0-5e7d-a571-15c11af97684"),
        ("PAYMENT_INITIATED", "{}", date(2025, 4, 2), "d7dc8b32-f03f-5eb7-8922-4408a48d342f"),
        ("PAYMENT_TRANSFERRED", "{}", None, "e715749f-51a8-52ef-bde8-efb3540676f1"),
        ("PAYMENT_INITIATED", '{"a":"\u00e9"}', None, "c7d760af-126b-590c-8a06-f9dc3524ae61"),
    ],
)
def test_a_derived_id_is_pinned(
    event_type: str, canonical: str, day: date | None, expected: str
) -> None:
    assert derived("digiteal", event_type, canonical, day) == expected

"""The benchmarks of the laptop run: when a door keeps up, and what has grown."""

from array import array
from pathlib import Path

import pytest

from benchmarks.endurance import growth
from benchmarks.saturation import bare_door, keeps_up, sustained
from inlet.simulator.report import Report


def report(**figures: object) -> Report:
    """A second in which all of eleven sendings were taken soon."""
    kept_up: dict[str, object] = {
        "sent": 11,
        "attempts": 11,
        "accepted": 10,
        "duplicates": 1,
        "seconds": array("d", [0.02] * 11),
        "first_at": 0.0,
        "last_at": 1.0,
    }
    return Report(**kept_up | figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "rate", "expected"),
    [
        ({}, 10, True),
        ({}, 11, False),
        ({"attempts": 12}, 10, False),
        ({"accepted": 9, "unanswered": 1}, 10, False),
        ({"seconds": array("d", [0.02] * 9 + [1.1] * 2)}, 10, False),
        ({"seconds": array("d")}, 10, False),
    ],
)
def test_a_door_keeps_up_where_it_takes_everything_at_the_rate_and_soon(
    figures: dict[str, object], rate: int, *, expected: bool
) -> None:
    assert keeps_up(report(**figures), rate) is expected


def test_a_bare_door_takes_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with bare_door() as door:
        assert sustained(door, [5], seconds=1, warm_up=1, folder=tmp_path) in {0, 5}
    told = capsys.readouterr().out
    assert "asked     5" in told
    assert "2xx 100.0%" in told


def test_what_has_grown_is_told_without_the_warm_up() -> None:
    assert growth([1, 9, 100, 102, 110, 120, 150, 154]) == "101 → 152 (1.50)"

"""Event patterns match as EventBridge's do."""

from typing import Any

import pytest

from inlet.json_text import loads
from inlet.patterns import NotUnderstood, matches

EVENT = {
    "source": "inlet.marosa",
    "resources": ["marosa/document/1", "marosa/document/2"],
    "detail": {
        "metadata": {"known": False, "bytes": 0, "replay": None},
        "data": {"amount": 12.5, "lines": [{"code": "a"}, {"code": "b"}], "none": []},
    },
}


def detail(**pattern: Any) -> dict[str, Any]:
    return {"detail": {"data": pattern}}


def metadata(**pattern: Any) -> dict[str, Any]:
    return {"detail": {"metadata": pattern}}


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": ["other", "inlet.marosa"]},
        {"source": [{"prefix": "inlet."}]},
        {"source": [{"prefix": {"equals-ignore-case": "INLET."}}]},
        {"source": [{"suffix": "marosa"}]},
        {"source": [{"suffix": {"equals-ignore-case": "MAROSA"}}]},
        {"source": [{"equals-ignore-case": "Inlet.Marosa"}]},
        {"source": [{"wildcard": "in*mar*a"}]},
        {"source": [{"anything-but": "inlet.digiteal"}]},
        {"source": [{"anything-but": ["inlet.digiteal", "other"]}]},
        {"source": [{"anything-but": {"prefix": "aws."}}]},
        {"source": [{"anything-but": {"suffix": ["x", "y"]}}]},
        {"resources": ["marosa/document/2"]},
        {"resources": [{"prefix": "marosa/"}]},
        metadata(known=[False]),
        metadata(bytes=[0]),
        metadata(replay=[None]),
        metadata(missing=[{"exists": False}]),
        metadata(known=[{"exists": True}]),
        {"nowhere": {"at": {"all": [{"exists": False}]}}},
        detail(amount=[{"numeric": [">", 10, "<=", 12.5]}]),
        detail(amount=[12.5]),
        detail(lines={"code": ["b"]}),
        detail(none=[{"exists": False}]),
        *(detail(amount=[{"numeric": [is_so, 12.5]}]) for is_so in ("=", "<=", ">=")),
        *(detail(amount=[{"numeric": [is_so, 13]}]) for is_so in ("<", "<=")),
        *(detail(amount=[{"numeric": [is_so, 12]}]) for is_so in (">", ">=")),
        {"$or": [{"source": ["other"]}, {"detail": {"metadata": {"known": [False]}}}]},
        {"ip": [{"exists": False}], "source": [{"prefix": "inlet"}]},
    ],
)
def test_matches(pattern: dict[str, Any]) -> None:
    assert matches(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["inlet"]},
        {"source": [{"anything-but": "inlet.marosa"}]},
        {"source": [{"anything-but": {"prefix": "inlet."}}]},
        {"source": [{"wildcard": "in*digiteal"}]},
        {"source": [{"wildcard": r"inlet\*marosa"}]},
        {"missing": ["x"]},
        {"missing": [{"prefix": "x"}]},
        {"missing": [{"anything-but": "x"}]},
        {"missing": [{"exists": True}]},
        {"detail": ["inlet"]},
        metadata(known=[True]),
        metadata(known=[0]),
        metadata(bytes=[False]),
        metadata(bytes=[{"numeric": [">", 0]}]),
        metadata(known=[{"numeric": ["=", 0]}]),
        metadata(replay=[{"exists": False}]),
        metadata(known=[{"exists": False}]),
        detail(lines={"code": ["c"]}),
        {"$or": [{"source": ["other"]}, {"detail": {"metadata": {"known": [True]}}}]},
        {"source": ["inlet.marosa"], "resources": ["other"]},
        # What tests a text holds for no number.
        *(detail(amount=[{name: "12.5"}]) for name in ("prefix", "suffix", "wildcard")),
        detail(amount=[{"equals-ignore-case": "12.5"}]),
        detail(amount=[{"prefix": {"equals-ignore-case": "1"}}]),
        detail(amount=[{"suffix": {"equals-ignore-case": "5"}}]),
    ],
)
def test_does_not_match(pattern: dict[str, Any]) -> None:
    assert not matches(pattern, EVENT)


def test_a_backslash_before_any_other_character_is_one() -> None:
    assert matches({"file": [{"wildcard": r"C:\dir*"}]}, {"file": r"C:\dir\a"})
    assert not matches({"file": [{"wildcard": r"C:\dir*"}]}, {"file": "C:dir"})


@pytest.mark.parametrize(
    ("address", "expected"), [("10.0.0.9", True), ("10.1.0.9", False), ("x", False)]
)
def test_an_address_is_looked_for_in_its_network(address: str, *, expected: bool) -> None:
    assert matches({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": address}) is expected


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({"source": [{"sounds-like": "x"}]}, "operator 'sounds-like' is not known"),
        ({"source": [{"anything-but": {"sounds-like": "x"}}]}, "operator 'sounds-like'"),
        ({"source": [{"prefix": "a", "suffix": "b"}]}, "must name one operator"),
        ({"source": "x"}, "'source' must be an object or a list with values"),
        ({"source": []}, "'source' must be an object or a list with values"),
        ({"a": [{"numeric": ["!", 1]}]}, "comparison '!' is not known"),
        ({"a": [{"numeric": [">"]}]}, "'numeric' must be comparisons with a number each"),
        ({"a": [{"prefix": 1}]}, "'prefix' must be given a text"),
        ({"a": [{"anything-but": {"suffix": ["x", None]}}]}, "'suffix' must be given a text"),
        ({"a": [{"prefix": {"equals-ignore-case": 1}}]}, "'prefix' must be given a text"),
    ],
)
def test_a_pattern_that_is_not_understood_is_an_error(pattern: dict[str, Any], said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        matches(pattern, {})


@pytest.mark.parametrize(
    "pattern",
    [detail(amount=[{"numeric": [">", 10, "<=", 12.5]}]), detail(amount=[12.5])],
)
def test_a_number_that_kept_its_digits_matches_as_any_other(pattern: dict[str, Any]) -> None:
    event = loads('{"detail": {"data": {"amount": 12.50}}}')
    assert matches(pattern, event)
    assert not matches(pattern, loads('{"detail": {"data": {"amount": 12.51}}}'))

"""A JSON text is read and written again without changing a digit."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlet.json_text import dumps, loads, member

ODD = '{"a": [1.10, 1e2, 1E+2, -0, -0.0, 0.12345678901234567890123456789, 7, 1e400, 9e-400]}'


def test_numbers_are_written_as_they_were_read() -> None:
    assert dumps(loads(ODD)) == ODD


def test_indented_numbers_are_written_as_they_were_read() -> None:
    assert dumps(loads('{"a": [1.10, {"b": -0.0}]}'), indent=2) == (
        '{\n  "a": [\n    1.10,\n    {\n      "b": -0.0\n    }\n  ]\n}'
    )


def test_numbers_can_be_compared_and_counted_with() -> None:
    found = loads("[1.10, 100, 100.0]")
    assert found[0] == Decimal("1.1")
    assert found[1] == found[2]
    assert type(found[1]) is int


TEXTS = st.text(st.sampled_from('\uffff"\\\\1.5a\ufffe\u20ac'), max_size=6)
VALUES = st.recursive(
    TEXTS | st.integers() | st.none() | st.booleans() | st.just(Decimal("1.50")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)


@given(VALUES)
def test_no_text_is_taken_for_a_number(value: object) -> None:
    assert json.loads(dumps(value), parse_float=Decimal) == value


def test_what_is_no_json_value_is_an_error() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        dumps({"a": {1}})


OBJECT = (
    ' { "x" : [ "detail" , {"detail": 0} ] ,"detail"\t:\n'
    '{ "n":1.10 , "e":[1e2,"}"] }\r\n , "z":1 } '
)


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        (OBJECT, "detail", '{ "n":1.10 , "e":[1e2,"}"] }'),
        (OBJECT, "x", '[ "detail" , {"detail": 0} ]'),
        (OBJECT, "z", "1"),
        ('{"a":"\\u00e9","b":-0}', "a", '"\\u00e9"'),
        ('{"a":"\\u00e9","b":-0}', "b", "-0"),
        ('{"\\u0061":1}', "a", "1"),
        ('{"a":1,"a":2.50}', "a", "2.50"),
    ],
)
def test_the_text_of_a_member_is_found(text: str, name: str, found: str) -> None:
    assert member(text, name) == found


@pytest.mark.parametrize("text", ["{}", "{ }", '{"b":{"a":1}}'])
def test_a_member_that_is_not_there_is_an_error(text: str) -> None:
    with pytest.raises(KeyError, match="a"):
        member(text, "a")


@given(st.dictionaries(TEXTS, VALUES, min_size=1), st.sampled_from([None, 0, 3]))
def test_the_text_of_a_member_has_its_value(value: dict[str, object], indent: int | None) -> None:
    text = dumps(value, indent=indent)
    for name, one in value.items():
        assert json.loads(member(text, name), parse_float=Decimal) == one

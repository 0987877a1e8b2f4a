"""Event patterns match, and are rejected, exactly as at AWS."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlet.json_text import loads
from inlet.patterns import InvalidPattern, compile_pattern, pattern_text

CASES = Path(__file__).parents[1] / "cases" / "event-patterns.json"


def verdict(pattern: str, event: str) -> bool | str:
    """The verdict of a case: whether the event matches, or "invalid"."""
    try:
        return compile_pattern(pattern).matches(event)
    except InvalidPattern:
        return "invalid"


def test_every_case_has_the_verdict_of_aws() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    assert len(cases) == 793
    given = [(case["pattern"], case["event"], case["aws"]) for case in cases]
    found = [(pattern, event, verdict(pattern, event)) for pattern, event, _ in given]
    assert [one for one in found if one not in given] == []


# Each verdict in this part is that of AWS's event-ruler.


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        # Paths
        ('{"a":{"b.c":["x"]}}', '{"a.b":{"c":"x"}}', True),
        ('{"a":{"":["x"]}}', '{"a":{"":"x"}}', False),
        ('{"":["x"]}', '{"":"x"}', True),
        ('{"a.":["x"]}', '{"a.":"x"}', True),
        ('{".a":["x"]}', '{"":{"a":"x"}}', True),
        ('{"a":{"b":["x"]},"a":{"c":["y"]}}', '{"a":{"b":"x","c":"y"}}', True),
        ('{"a":{"b":["x"]},"a.b":["x"]}', '{"a":{"b":"x"}}', "invalid"),
        ('{"a":["y"]}', '{"a":"x","a":"y"}', True),
        # List elements
        ('{"a":{"b":["x"],"c":["y"]}}', '{"a":[{"b":"x","c":"n"},{"b":"n","c":"y"}]}', False),
        ('{"a":{"b":["x"],"c":["y"]}}', '{"a":[{"b":"x"},{"b":"x","c":"y"}]}', True),
        ('{"a":{"b":["x"],"c":["y"]}}', '{"a":[[{"b":"x"}],[{"c":"y"}]]}', False),
        ('{"a":{"b":["x"],"c":["y"]}}', '{"a":[[{"b":"x","c":"y"}]]}', True),
        ('{"a":{"b":["x","y"],"c":["y"]}}', '{"a":[{"b":["x","y"],"c":["y"]}]}', True),
        ('{"a":{"b":["x"]},"c":{"b":["x"]}}', '{"a":[1,{"b":"x"}],"c":[{"b":"x"}]}', True),
        ('{"a":["x"],"a.b":["y"]}', '{"a":["x",{"b":"y"}]}', True),
        (
            '{"a":{"b":{"x":["1"],"y":["2"]},"c":["3"]}}',
            '{"a":[{"b":[{"x":"1"},{"y":"2"}],"c":"3"},{"b":[{"x":"1","y":"2"}],"c":"3"}]}',
            True,
        ),
        (
            '{"a":{"b":{"x":["1"],"y":["2"]},"c":["3"]}}',
            '{"a":[{"b":[{"x":"1"},{"y":"2"}],"c":"3"},{"b":[{"x":"1","y":"2"}],"c":"4"}]}',
            False,
        ),
        # Absence
        ('{"a":{"b":["x"],"c":[{"exists":false}]}}', '{"a":[{"b":"x"},{"c":"y"}]}', True),
        ('{"a":{"b":["x"],"c":[{"exists":false}]}}', '{"a":[{"b":"x","c":"y"}]}', False),
        ('{"a":{"b":[{"exists":false}],"c":["y"]}}', '{"a":[{"b":"x"},{"c":"y"}]}', False),
        ('{"a":[{"exists":false},"x"]}', '{"a":"x"}', True),
        ('{"a":[{"exists":false}]}', '{"a":null}', False),
        ('{"a":[{"exists":true}]}', '{"a":[[],[{}]]}', False),
        # Numbers
        ('{"a":[300]}', '{"a":3e2}', True),
        ('{"a":[300]}', '{"a":"300"}', False),
        ('{"a":["300"]}', '{"a":300}', False),
        ('{"a":[0.1]}', '{"a":0.10}', True),
        ('{"a":[9007199254740993]}', '{"a":9007199254740993.0}', False),
        ('{"a":[9007199254740992]}', '{"a":9007199254740993}', False),
        ('{"a":[1e400]}', '{"a":1e400}', True),
        ('{"a":[1e99999999999999999999]}', '{"a":1e99999999999999999999}', True),
        ('{"a":[{"numeric":[">",1]}]}', '{"a":9007199254740993}', False),
        ('{"a":[{"numeric":[">",9007199254740993]}]}', '{"a":1}', "invalid"),
        ('{"a":[{"numeric":[">",6000000000]}]}', '{"a":6000000001}', True),
        ('{"a":[{"numeric":[">=",1,"<",2]}]}', '{"a":1}', True),
        ('{"a":[{"numeric":[">=",1,"<",2]}]}', '{"a":2}', False),
        ('{"a":[{"numeric":[">",1,"<=",2]}]}', '{"a":1}', False),
        ('{"a":[{"numeric":[">",1,"<=",2]}]}', '{"a":2}', True),
        ('{"a":[{"numeric":["=",2]}]}', '{"a":"2"}', False),
        ('{"a":[{"numeric":[]}]}', '{"a":2}', "invalid"),
        ('{"a":[{"numeric":["=",2,"=",2]}]}', '{"a":2}', "invalid"),
        ('{"a":[{"numeric":[">",2,"<"]}]}', '{"a":2}', "invalid"),
        ('{"a":[{"numeric":[">",2,"<",2]}]}', '{"a":2}', "invalid"),
        ('{"a":[{"numeric":["<",true]}]}', '{"a":2}', "invalid"),
        ('{"a":[{"numeric":{"=":2}}]}', '{"a":2}', "invalid"),
        # Strings are compared with their quotes
        ('{"a":[{"prefix":"x\\""}]}', '{"a":"x"}', True),
        ('{"a":[{"suffix":"\\"x"}]}', '{"a":"x"}', True),
        ('{"a":[{"prefix":""}]}', '{"a":""}', True),
        ('{"a":[{"prefix":""}]}', '{"a":1}', False),
        ('{"a":[{"suffix":""}]}', '{"a":true}', False),
        ('{"a":[{"suffix":["x"]}]}', '{"a":"x"}', "invalid"),
        ('{"a":[{"exactly":"true"}]}', '{"a":true}', False),
        ('{"a":[{"exactly":1}]}', '{"a":1}', "invalid"),
        # Upper and lower case
        ('{"a":[{"equals-ignore-case":"\u00df"}]}', '{"a":"SS"}', True),
        ('{"a":[{"equals-ignore-case":"\u00df"}]}', '{"a":"ss"}', False),
        ('{"a":[{"equals-ignore-case":"\u01c5"}]}', '{"a":"\u01c5"}', False),
        ('{"a":[{"equals-ignore-case":"\u01c5"}]}', '{"a":"\u01c6"}', True),
        ('{"a":[{"equals-ignore-case":"\u017f"}]}', '{"a":"S"}', True),
        ('{"a":[{"equals-ignore-case":"\U0001f600"}]}', '{"a":"\U0001f600"}', False),
        ('{"a":[{"equals-ignore-case":"\U0001f600"}]}', '{"a":"??"}', True),
        ('{"a":[{"equals-ignore-case":"a.c"}]}', '{"a":"AbC"}', False),
        ('{"a":[{"prefix":{"equals-ignore-case":"\u00c9t"}}]}', '{"a":"\u00e9T\u00e9"}', True),
        ('{"a":[{"prefix":{"equals-ignore-case":"b"}}]}', '{"a":"ab"}', False),
        ('{"a":[{"suffix":{"equals-ignore-case":"T\u00c9"}}]}', '{"a":"\u00e9\\nt\u00e9"}', True),
        ('{"a":[{"suffix":{"equals-ignore-case":"a"}}]}', '{"a":"ab"}', False),
        ('{"a":[{"prefix":{"prefix":"a"}}]}', '{"a":"a"}', "invalid"),
        ('{"a":[{"suffix":{"equals-ignore-case":["a"]}}]}', '{"a":"a"}', "invalid"),
        # Wildcards
        ('{"a":[{"wildcard":"*"}]}', '{"a":"x\\ny"}', True),
        ('{"a":[{"wildcard":"*"}]}', '{"a":1}', False),
        ('{"a":[{"wildcard":"a*a"}]}', '{"a":"a"}', False),
        ('{"a":[{"wildcard":"a*a"}]}', '{"a":"aa"}', True),
        ('{"a":[{"wildcard":"*ab*ba*"}]}', '{"a":"aba"}', False),
        ('{"a":[{"wildcard":"*ab*ba*"}]}', '{"a":"xabba"}', True),
        ('{"a":[{"wildcard":"a\\\\*\\\\\\\\b"}]}', '{"a":"a*\\\\b"}', True),
        ('{"a":[{"wildcard":"a\\\\*"}]}', '{"a":"ab"}', False),
        ('{"a":[{"wildcard":"*\\\\**"}]}', '{"a":"x*y"}', True),
        ('{"a":[{"wildcard":"**"}]}', '{"a":"x"}', "invalid"),
        ('{"a":[{"wildcard":"\\\\x"}]}', '{"a":"x"}', "invalid"),
        ('{"a":[{"wildcard":1}]}', '{"a":"1"}', "invalid"),
        # anything-but
        ('{"a":[{"anything-but":"x"}]}', '{"a":["x","y"]}', True),
        ('{"a":[{"anything-but":"x"}]}', "{}", False),
        ('{"a":[{"anything-but":[300]}]}', '{"a":3e2}', False),
        ('{"a":[{"anything-but":300}]}', '{"a":"300"}', True),
        ('{"a":[{"anything-but":[1]}]}', '{"a":9007199254740993}', True),
        ('{"a":[{"anything-but":9007199254740993}]}', '{"a":1}', "invalid"),
        ('{"a":[{"anything-but":true}]}', '{"a":1}', "invalid"),
        ('{"a":[{"anything-but":["x",null]}]}', '{"a":1}', "invalid"),
        ('{"a":[{"anything-but":{"prefix":["a","b"]}}]}', '{"a":"bc"}', False),
        ('{"a":[{"anything-but":{"suffix":["a","b"]}}]}', '{"a":"bc"}', True),
        ('{"a":[{"anything-but":{"equals-ignore-case":["a","B"]}}]}', '{"a":"b"}', False),
        ('{"a":[{"anything-but":{"wildcard":["a*","b*"]}}]}', '{"a":"bc"}', False),
        ('{"a":[{"anything-but":{"wildcard":"a**"}}]}', '{"a":"bc"}', "invalid"),
        ('{"a":[{"anything-but":{"wildcard":""}}]}', '{"a":""}', False),
        ('{"a":[{"anything-but":{"prefix":""}}]}', '{"a":"a"}', "invalid"),
        ('{"a":[{"anything-but":{"suffix":["a",""]}}]}', '{"a":"b"}', "invalid"),
        ('{"a":[{"anything-but":{"suffix":1}}]}', '{"a":"b"}', "invalid"),
        ('{"a":[{"anything-but":{"suffix":"a","prefix":"b"}}]}', '{"a":"c"}', "invalid"),
        ('{"a":[{"anything-but":{}}]}', '{"a":"c"}', "invalid"),
        # IP addresses
        ('{"a":[{"cidr":"10.0.0.7/30"}]}', '{"a":"10.0.0.4"}', True),
        ('{"a":[{"cidr":"10.0.0.7/30"}]}', '{"a":"10.0.0.8"}', False),
        ('{"a":[{"cidr":"10.0.0.0/24"}]}', '{"a":"10.0.0.256"}', False),
        ('{"a":[{"cidr":"10.0.0.0/24"}]}', '{"a":"x"}', False),
        ('{"a":[{"cidr":"010.0.0.0/+8/"}]}', '{"a":"10.1.2.3"}', True),
        ('{"a":[{"cidr":"2001:db8::/32"}]}', '{"a":"2001:0DB8:1::1"}', True),
        ('{"a":[{"cidr":"2001:db8::/32"}]}', '{"a":"2001:db9::"}', False),
        ('{"a":[{"cidr":"10.0.0.0/8"}]}', '{"a":"0a00::1"}', True),
        ('{"a":[{"cidr":"::ffff:a00:0/8"}]}', '{"a":"10.0.0.1"}', True),
        ('{"a":[{"cidr":"16.0.0.0/8"}]}', '{"a":1012}', True),
        ('{"a":[{"cidr":"10.0.0.0/32"}]}', '{"a":"10.0.0.0"}', "invalid"),
        ('{"a":[{"cidr":"::/128"}]}', '{"a":"::"}', "invalid"),
        ('{"a":[{"cidr":"10.0.0.0/-1"}]}', '{"a":"10.0.0.0"}', "invalid"),
        ('{"a":[{"cidr":"256.0.0.0/8"}]}', '{"a":"10.0.0.0"}', "invalid"),
        ('{"a":[{"cidr":"1:2/8"}]}', '{"a":"1:2"}', "invalid"),
        ('{"a":[{"cidr":8}]}', '{"a":"10.0.0.0"}', "invalid"),
        ('{"a":["10.0.0.1"]}', '{"a":"10.0.0.01"}', True),
        ('{"a":["10.0.0.1"]}', '{"a":"10.0.0.10"}', False),
        ('{"a":["::1"]}', '{"a":"0:0:0:0:0:0:0:1"}', True),
        ('{"a":["1:2"]}', '{"a":"1:2"}', True),
        # $or
        ('{"a":{"$or":[{"b":["x"]},{"c":["y"]}]}}', '{"a":{"c":"y"}}', True),
        ('{"a":{"$or":[{"b":["x"]},{"c":["y"]}]}}', '{"a":[{"b":"n"},{"c":"n"}]}', False),
        ('{"$or":[{"a":["x"],"b":["x"]},{"a":["y"]}]}', '{"a":"x"}', False),
        ('{"$or":[{"a":["x"]},{"b":["x"]}],"$or":[{"c":["x"]},{"d":["x"]}]}', '{"b":"x"}', False),
        (
            '{"$or":[{"a":["x"]},{"b":["x"]}],"$or":[{"c":["x"]},{"d":["x"]}]}',
            '{"b":"x","d":"x"}',
            True,
        ),
        ('{"$or":[{"a":["x"]},{"$or":[{"b":["x"]},{"c":["x"]}]}]}', '{"c":"x"}', True),
        ('{"$or":[{"a":["x"]},{"b":["x"]}],"a":["x"]}', '{"a":"x"}', "invalid"),
        ('{"$or":{"a":["x"]}}', '{"$or":{"a":"x"}}', "invalid"),
        ('{"$or":["x","y"]}', '{"$or":"x"}', "invalid"),
        ('{"$or":[{"a":{"prefix":["x"]}},{"b":["x"]}]}', '{"b":"x"}', "invalid"),
        ('{"a":{"prefix":["x"]}}', '{"a":{"prefix":"x"}}', True),
        ('{"a":{"regex":["x"]},"$or":[{"b":["x"]},{"c":["x"]}]}', '{"b":"x"}', False),
        ('{"$or":[{"b":["x"]},{"regex":["x"]}]}', '{"b":"x"}', "invalid"),
        # JSON
        ('{"a":[{"exists":true,"exists":true}]}', '{"a":1}', "invalid"),
        ('{"a":[{"prefix":"x","suffix":"x"}]}', '{"a":"x"}', "invalid"),
        ('{"a":"x"}', '{"a":"x"}', "invalid"),
        ('{"a":null}', '{"a":null}', "invalid"),
        ('{"a":[NaN]}', '{"a":1}', "invalid"),
        ('{"a":[["x"]]}', '{"a":"x"}', "invalid"),
        ('{"a":[1', '{"a":1}', "invalid"),
        ("", "{}", "invalid"),
    ],
)
def test_verdicts(pattern: str, event: str, expected: bool | str) -> None:  # noqa: FBT001
    assert verdict(pattern, event) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[]", "The event pattern: must be a JSON object."),
        ("{", "The event pattern: must be JSON (Expecting property name enclosed"),
        ("{}", "The event pattern: must not be an empty object."),
        ("[" * 2048, "The event pattern: "),
        ('{"a":{"b":{}}}', "a.b: must not be an empty object."),
        ('{"a":{"b":[]}}', "a.b: must not be an empty list."),
        ('{"a":{"b":1}}', "a.b: must be an object or a list of values."),
        ('{"a":{"$or":[]}}', "a.$or: must be a list of at least two objects."),
        ('{"a":{"$or":[1,2]}}', "a.$or: must have objects only."),
        ('{"$or":[{"a":{"=":[1]}},{"b":[1]}]}', "a.=: has a name that AWS reserves in $or."),
        ('{"a":{"b":[1]},"a.b":[1]}', "a.b: must not have two lists of values."),
        ('{"a":{"b":[[1]]}}', "a.b: must not have a list in its list of values."),
        ('{"a":{"b":[{}]}}', "a.b: must have exactly one operator in each object."),
        ('{"a":{"b":[{"like":1}]}}', "a.b: has the unknown operator like."),
        ('{"a":{"b":[{"exists":1}]}}', "a.b: exists needs true or false."),
        ('{"a":{"b":[{"prefix":1}]}}', "a.b: prefix needs a string."),
        ('{"a":{"b":[{"suffix":{"x":1}}]}}', "a.b: suffix needs a string or equals-ignore-case."),
        ('{"a":{"b":[{"wildcard":"**"}]}}', "a.b: wildcard must not have two wildcards"),
        ('{"a":{"b":[{"wildcard":"\\\\"}]}}', r"a.b: wildcard needs \* or \\ where it has"),
        ('{"a":{"b":[{"anything-but":[]}]}}', "a.b: anything-but needs strings or numbers"),
        ('{"a":{"b":[{"anything-but":{"exists":true}}]}}', "a.b: anything-but needs one of equals"),
        ('{"a":{"b":[{"anything-but":{"prefix":[]}}]}}', "a.b: anything-but prefix must not be"),
        ('{"a":{"b":[{"numeric":["!",1]}]}}', 'a.b: numeric needs a list such as [">", 0]'),
        ('{"a":{"b":[{"numeric":["="]}]}}', 'a.b: numeric needs a list such as [">", 0]'),
        ('{"a":{"b":[{"numeric":["=","1"]}]}}', "a.b: numeric needs numbers that a double"),
        ('{"a":{"b":[{"numeric":[">",2,"<",1]}]}}', "a.b: numeric needs a lower bound"),
        ('{"a":{"b":[{"cidr":"x"}]}}', "a.b: cidr needs a network such as 10.0.0.0/24"),
        ('{"a":{"b":[{"cidr":"10.0.0.0/32"}]}}', "a.b: cidr needs a prefix of 0 to 31 bits."),
    ],
)
def test_error_names_the_path_of_the_clause(pattern: str, message: str) -> None:
    with pytest.raises(InvalidPattern) as raised:
        compile_pattern(pattern)
    assert str(raised.value).startswith(message)


# Parsed patterns and events


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        (300, 300.0, True),
        (300.0, Decimal("3E+2"), True),
        (0.1, Decimal("0.10"), True),
        (9007199254740993, 9007199254740993, True),
        (9007199254740993, Decimal(9007199254740992), False),
        (10**300, 10**300, True),
        (1, True, False),
        (0, False, False),
        (1, "1", False),
        (True, True, True),
        (None, None, True),
        pytest.param(1, 10**5000, False, id="an int that Python does not write"),
        (1, float("nan"), False),
    ],
)
def test_parsed_numbers_are_compared_as_their_text(
    wanted: Any, value: Any, *, expected: bool
) -> None:
    assert compile_pattern({"a": {"b": [wanted]}}).matches({"a": [{"b": value}]}) is expected


def test_numbers_that_keep_their_digits_are_compared_by_value() -> None:
    event = loads('{"a": 12.50}')
    assert compile_pattern('{"a":[{"numeric":[">",10,"<=",12.5]}]}').matches(event)
    assert compile_pattern('{"a":[12.5]}').matches(event)
    assert not compile_pattern('{"a":[12.5]}').matches(loads('{"a": 12.51}'))


def test_pattern_that_is_no_json_value_is_invalid() -> None:
    with pytest.raises(InvalidPattern, match="must be JSON"):
        compile_pattern({"a": [float("nan")]})


def test_pattern_that_is_nested_too_deeply_is_invalid() -> None:
    pattern: dict[str, Any] = {"a": [1]}
    for _ in range(100_000):
        pattern = {"a": pattern}
    with pytest.raises(InvalidPattern, match="is nested too deeply"):
        compile_pattern(pattern)
    compile_pattern('{"a":' * 300 + "[1]" + "}" * 300)


def test_pattern_text_is_as_short_as_it_can_be() -> None:
    assert pattern_text({"a": ["é", {"exists": True}]}) == '{"a":["é",{"exists":true}]}'


@pytest.mark.parametrize("event", ['["x"]', '"x"', "1", "null"])
def test_event_that_is_no_object_does_not_match(event: str) -> None:
    assert not compile_pattern('{"a":["x",{"exists":false}]}').matches(event)


def test_event_text_that_is_no_json_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        compile_pattern('{"a":[1]}').matches("x")


# Events that are known in part


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{"a":["x"]}', True),
        ('{"a":["y"]}', False),
        ('{"b":["x"]}', None),
        ('{"b":[{"exists":false}]}', None),
        ('{"a":["x"],"b":["x"]}', None),
        ('{"a":["y"],"b":["x"]}', False),
        ('{"$or":[{"a":["x"]},{"b":["x"]}]}', True),
        ('{"$or":[{"b":["x"]},{"a":["x"]}]}', True),
        ('{"$or":[{"a":["y"]},{"b":["x"]}]}', None),
        ('{"$or":[{"a":["y"]},{"a":["z"],"b":["x"]}]}', False),
    ],
)
def test_event_that_is_known_in_part_may_match(pattern: str, *, expected: bool | None) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.may_match({"a": "x"}, lambda path: path == "a") is expected


# Limits


def test_pattern_has_at_most_2048_characters() -> None:
    compile_pattern('{"a":["%s"]}' % ("a" * 2038))
    with pytest.raises(InvalidPattern, match="has more than 2048 characters"):
        compile_pattern('{"a":["%s"]}' % ("a" * 2039))


def ors(*branches: int) -> str:
    """A pattern with an $or of each number of branches."""
    wanted = (
        json.dumps([{str(number): [branch]} for branch in range(many)])
        for number, many in enumerate(branches)
    )
    return "{" + ",".join(f'"$or":{one}' for one in wanted).replace(" ", "") + "}"


def test_or_makes_at_most_1000_combinations() -> None:
    last = '{"0":9,"1":9,"2":9}'
    assert compile_pattern(ors(10, 10, 10)).matches(last)
    for too_many in (ors(10, 10, 11), ors(*[2] * 40)):
        with pytest.raises(InvalidPattern, match="makes more than 1000 combinations"):
            compile_pattern(too_many)


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's own included, are called to do the work."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_wildcards_are_matched_without_going_back() -> None:
    pattern = compile_pattern('{"a":[{"wildcard":"%s*b"}]}' % ("*a" * 900))
    event = {"a": "a" * 50_000}
    assert not pattern.matches(event)
    assert calls(lambda: pattern.matches(event)) < 2_500


def test_nested_ors_are_rejected_early() -> None:
    nested = '{"a":[1]}'
    for name in "bcdefghijklmnopqrstuvwxyz":
        one, two, three = (f'{{"{name}{number}":[1]}}' for number in (1, 2, 3))
        nested = f'{{"$or":[{nested},{one}],"$or":[{two},{three}]}}'

    def compiled() -> None:
        with pytest.raises(InvalidPattern, match="makes more than 1000 combinations"):
            compile_pattern(nested)

    assert calls(compiled) < 30_000


def test_lists_are_matched_in_one_pass() -> None:
    pattern = compile_pattern('{"a":{"x":[1],"y":[1],"z":[2]},"b":{"x":[1],"y":[1],"z":[1]}}')
    elements = [{"x": 1, "y": 1, "z": 1}] * 2_000
    event = {"a": elements, "b": elements}
    assert not pattern.matches(event)
    assert calls(lambda: pattern.matches(event)) < 600_000


# Any JSON

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
operands = json_values | st.sampled_from(["*", "10.0.0.0/8", [">", 1], ["x"], {"prefix": "x"}])
string_operators = st.sampled_from(["prefix", "suffix", "equals-ignore-case", "wildcard"])
operators = string_operators | st.sampled_from(
    ["anything-but", "exists", "exactly", "numeric", "cidr", "sounds-like"]
)
tests_of_values = json_values | st.dictionaries(operators, operands, min_size=1, max_size=1)
keys = st.sampled_from(["a", "b", "$or", "a.b", "", "."]) | st.text(max_size=2)
patterns = st.recursive(
    st.dictionaries(keys, st.lists(tests_of_values, max_size=3) | json_values, max_size=3),
    lambda inner: st.dictionaries(keys, inner | st.lists(inner, max_size=3), max_size=3),
    max_leaves=5,
)
events = st.recursive(
    json_values,
    lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@given(pattern=patterns, event=events)
def test_any_json_is_matched_or_is_an_invalid_pattern(pattern: Any, event: Any) -> None:
    try:
        compiled = compile_pattern(json.dumps(pattern))
    except InvalidPattern:
        return
    assert compiled.matches(event) == compiled.matches(json.dumps(event))


@given(text=st.text() | json_values.map(json.dumps))
def test_any_text_is_a_pattern_or_an_invalid_one(text: str) -> None:
    assert verdict(text, "{}") in {True, False, "invalid"}

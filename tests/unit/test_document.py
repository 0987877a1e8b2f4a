"""A body is JSON strictly, or refused with a sentence."""

import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inlet.document import MAX_DEPTH, Document
from inlet.refusals import NotJson, WrongContract

VECTORS = [
    (b'{"b":1,"a":2}', '{"a":2,"b":1}'),
    (b' {"a" : [ 1 , 2 ] }\r\n', '{"a":[1,2]}'),
    (b'{"a":"\\u00e9\\u20ac"}', '{"a":"\u00e9\u20ac"}'),
    ('{"a":"\u00e9\u20ac"}'.encode(), '{"a":"\u00e9\u20ac"}'),
    (b'{"a":"\\/"}', '{"a":"/"}'),
    (b'{"a":"\\ud83d\\ude00"}', '{"a":"\U0001f600"}'),
    (b'{"a":1.0}', '{"a":1}'),
    (b'{"a":1}', '{"a":1}'),
    (b'{"a":1e2}', '{"a":100}'),
    (b'{"a":[0,-0,0.0,-0.0,0e400]}', '{"a":[0,0,0,0,0]}'),
    (b'{"a":[1.5,1.50,15e-1,0.15E+1]}', '{"a":["\uffff1.5","\uffff1.5","\uffff1.5","\uffff1.5"]}'),
    (b'{"a":[-1.5,"1.5"]}', '{"a":["\uffff-1.5","1.5"]}'),
    (b'{"a":10000000000000000.01}', '{"a":"\uffff10000000000000000.01"}'),
    (b'{"a":12345678901234567890}', '{"a":12345678901234567890}'),
    (
        b'{"a":[99999999999999999999,-99999999999999999999.0]}',
        '{"a":[99999999999999999999,-99999999999999999999]}',
    ),
    (
        b'{"a":[100000000000000000000,1e20,0.1e21]}',
        '{"a":["\uffff1E+20","\uffff1E+20","\uffff1E+20"]}',
    ),
    (
        b'{"a":[123456789012345678901,{"b":1.23456789012345678901e20}]}',
        '{"a":["\uffff123456789012345678901",{"b":"\uffff123456789012345678901"}]}',
    ),
    (b'{"a":1e-400}', '{"a":"\uffff1E-400"}'),
    (b'{"a":null,"A":true}', '{"A":true,"a":null}'),
    (b"\xef\xbb\xbf{}", "{}"),
    (b'{"\xc3\xa9":1,"z":2}', '{"z":2,"\u00e9":1}'),
]


@pytest.mark.parametrize(("body", "canonical"), VECTORS)
def test_the_canonical_form_is_pinned(body: bytes, canonical: str) -> None:
    assert Document.parse(body).canonical == canonical


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is not JSON: Expecting value at line 1, column 1."),
        (b"{", "The body is not JSON: Expecting property name enclosed in double quotes"),
        (b"{} {}", "The body is not JSON: Extra data at line 1, column 4."),
        (b'{"a": NaN}', "The body is not JSON: NaN is not a JSON number."),
        (b'{"a": Infinity}', "The body is not JSON: Infinity is not a JSON number."),
        (b'{"a": -Infinity}', "The body is not JSON: -Infinity is not a JSON number."),
        (b'{"a": 1e999}', "The body is not JSON: a number is too large."),
        (b'{"a": 1.7976931348623159e308}', "The body is not JSON: a number is too large."),
        (b'{"a": 1.8e308}', "The body is not JSON: a number is too large."),
        (b'{"a": -1e999}', "The body is not JSON: a number is too large."),
        (b'{"a": 1e99999999999999999999}', "The body is not JSON: a number has too large an expo"),
        (b'{"a": 1e-99999999999999999999}', "The body is not JSON: a number has too large an exp"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "The body is not JSON: a number has too many digits."),
        (b'{"a": 1, "a": 1}', "The body is not JSON: an object has the same key twice."),
        (b'{"a": "\xff"}', "The body is not UTF-8: byte 7 is not valid."),
        ('{"a": 1}'.encode("utf-16"), "The body is not UTF-8: byte 0 is not valid."),
        (
            b'{"a": "\\ud800"}',
            "The body has half of a surrogate pair, which is no character.",
        ),
        (
            b'{"\\udc00": 1}',
            "The body has half of a surrogate pair, which is no character.",
        ),
        (b'{"a": "\x00"}', "The body is not JSON: Invalid control character at line 1, column 8."),
    ],
)
def test_what_is_not_json_is_refused_with_its_reason(body: bytes, detail: str) -> None:
    with pytest.raises(NotJson) as refusal:
        Document.parse(body)
    assert refusal.value.detail.startswith(detail)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 30_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_that_nests_too_deep_is_refused(depth: int, opening: bytes, closing: bytes) -> None:
    with pytest.raises(NotJson) as refusal:
        Document.parse(opening * depth + b"1" + closing * depth)
    assert refusal.value.detail == "The body nests arrays and objects more than 64 deep."


TOO_MANY = "The body has more than 200,000 values, or arrays and objects."


@pytest.mark.parametrize(("count", "item", "last"), [(199_998, "[]", "[]"), (200_000, "0", "0,0")])
def test_a_body_of_too_many_values_arrays_or_objects_is_refused(
    count: int, item: str, last: str
) -> None:
    items = '{"a":[' + f"{item}," * count
    assert len(Document.parse(f"{items}0]}}".encode()).data["a"]) == count + 1
    with pytest.raises(NotJson) as refusal:
        Document.parse(f"{items}{last}]}}".encode())
    assert refusal.value.detail == TOO_MANY


@pytest.mark.parametrize("text", ["," * 300_000, "[{" * 300_000, '\\",' * 300_000], ids=len)
def test_characters_of_a_string_are_not_counted_as_values(text: str) -> None:
    assert Document.parse(f'{{"a": "{text}"}}'.encode()).data["a"] == text.replace("\\", "")


def test_string_without_an_end_is_searched_once() -> None:
    """A search that began again at each of these quotes would take hours."""
    body = '{"a":[' + "," * 200_001 + '"' + '\\"' * 1_000_000
    with pytest.raises(NotJson):
        Document.parse(body.encode())


def test_canonical_text_can_be_made_with_another_value_of_a_member() -> None:
    sent = Document.parse(b'{"id": "A", "n": 1.50, "long": 1000000000000000000000000000000}')
    other = Document.parse(b'{"n": 1.5, "long": 1e30, "id": "a"}')
    assert sent.canonical != other.canonical
    assert sent.canonical_with(id="a") == other.canonical


def test_a_body_that_nests_just_deep_enough_is_read() -> None:
    body = b'{"a":' * 64 + b"1" + b"}" * 64
    assert Document.parse(body).text == body.decode()


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_json_that_is_no_object_is_the_wrong_contract(body: bytes) -> None:
    with pytest.raises(WrongContract) as refusal:
        Document.parse(body)
    assert refusal.value.detail == "The body must be a JSON object."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), children, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_white_space_order_and_escapes_do_not_change_the_canonical_text(
    data: dict[str, object],
) -> None:
    reversed_text = json.dumps(dict(reversed(data.items())), indent=1)
    try:
        document = Document.parse(json.dumps(data, ensure_ascii=False).encode())
    except NotJson:
        return
    assert Document.parse(reversed_text.encode()).canonical == document.canonical


DIGITS = st.text("0123456789", min_size=1, max_size=40)
NUMBERS = st.builds(
    lambda sign, whole, fraction, exponent: sign + (whole.lstrip("0") or "0") + fraction + exponent,
    st.sampled_from(["", "-"]),
    DIGITS,
    st.just("") | DIGITS.map(lambda digits: f".{digits}"),
    st.just("") | st.integers(-60, 60).map("e{}".format) | st.integers(0, 9).map("E+0{}".format),
)
"""Numbers of JSON, which are often equal and seldom written alike."""


def moved(number: str, places: int) -> str:
    """The same number with its decimal point elsewhere."""
    digits, _, exponent = number.lower().partition("e")
    whole, _, fraction = digits.partition(".")
    return f"{whole}{fraction or ''}{'0' * places}e{int(exponent or 0) - len(fraction) - places}"


def canonical(number: str) -> str:
    return Document.parse(b'{"a":%b}' % number.encode()).canonical


@given(one=NUMBERS, other=NUMBERS)
@example(one="10000000000000000.01", other="10000000000000000.02")
@example(one="1e30", other="1000000000000000000000000000001")
@example(one="100000000000000000000", other="99999999999999999999")
def test_numbers_have_one_canonical_text_exactly_if_they_are_equal(one: str, other: str) -> None:
    assert (canonical(one) == canonical(other)) == (Fraction(one) == Fraction(other))


@given(number=NUMBERS, places=st.integers(0, 40))
@example(number="3e2", places=2)
@example(number="1e30", places=30)
def test_a_number_written_otherwise_has_the_same_canonical_text(number: str, places: int) -> None:
    other = re.sub(r"^(-?)0+(?=[0-9])", r"\1", moved(number, places))
    assert Fraction(other) == Fraction(number)
    assert canonical(other) == canonical(number)


VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS.map(Decimal) | st.sampled_from(["1.5", "1", "", "\ufffd"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=5,
)


def written(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(key)}:{written(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return Fraction(one) == Fraction(other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(one=VALUES, other=VALUES)
def test_values_have_one_canonical_text_exactly_if_they_are_the_same(one: Any, other: Any) -> None:
    assert (canonical(written(one)) == canonical(written(other))) == same(one, other)


def test_numbers_arrive_with_their_digits_and_integers_as_integers() -> None:
    numbers = b"[1.10,1e2,0.12345678901234567890123456789,7,100000000000000000000000000000]"
    one, two, three, four, five = Document.parse(b'{"a":%b}' % numbers).data["a"]
    assert (str(one), two, str(three)) == (
        "1.10",
        Decimal("1e2"),
        "0.12345678901234567890123456789",
    )
    assert (four, five) == (7, 10**29)
    assert [type(number) for number in (one, two, four, five)] == [Decimal, Decimal, int, int]


def test_an_integer_may_be_larger_than_a_double() -> None:
    body = b'{"a":1%b}' % (b"0" * 400)
    assert Document.parse(body).data == {"a": 10**400}
    assert Document.parse(body).canonical == '{"a":"\uffff1E+400"}'


def test_the_largest_double_is_not_too_large() -> None:
    assert Document.parse(b'{"a":-1.7976931348623157e308}').canonical == (
        '{"a":"\uffff-1.7976931348623157E+308"}'
    )


def test_large_exponents_stay_short() -> None:
    body = b'{"a":[' + b"1e308," * 1000 + b"1e308]}"
    assert len(Document.parse(body).canonical) < 2 * len(body)


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
@pytest.mark.parametrize("shape", ['{"a": "x%sx"}', '{"a%s": 1}', '{"a": [{"b": "%s1.5"}, 1.5]}'])
def test_a_character_that_no_queue_takes_is_refused(character: str, shape: str) -> None:
    code = f"\\u{ord(character):04x}"
    for form in (character, code, code.upper().replace("U", "u"), f"\\\\{code}"):
        with pytest.raises(NotJson) as refusal:
            Document.parse((shape % form).encode())
        assert refusal.value.detail == (
            "The body has the character U+FFFE or U+FFFF, which no queue takes."
        )


@pytest.mark.parametrize(
    "text",
    ["\\ud83f\\udffe", "\U0001fffe", "\U0010ffff", "\ufffd", "\ufdd0", "\\u0000", "\\\\ufffe"],
    ids=ascii,
)
def test_other_characters_are_taken_on_purpose(text: str) -> None:
    body = f'{{"a{text}": "{text}"}}'
    assert Document.parse(body.encode()).text == body


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        document = Document.parse(body)
    except (NotJson, WrongContract):
        return
    assert isinstance(document.data, dict)

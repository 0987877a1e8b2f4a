"""A body is JSON strictly, or refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlet.document import MAX_DEPTH, Document, canonical_json
from inlet.refusals import NotJson, WrongContract

VECTORS = [
    (b'{"b":1,"a":2}', '{"a":2,"b":1}'),
    (b' {"a" : [ 1 , 2 ] }\r\n', '{"a":[1,2]}'),
    (b'{"a":"\\u00e9\\u20ac"}', '{"a":"\u00e9\u20ac"}'),
    ('{"a":"\u00e9\u20ac"}'.encode(), '{"a":"\u00e9\u20ac"}'),
    (b'{"a":"\\/"}', '{"a":"/"}'),
    (b'{"a":"\\ud83d\\ude00"}', '{"a":"\U0001f600"}'),
    (b'{"a":1.0}', '{"a":1.0}'),
    (b'{"a":1}', '{"a":1}'),
    (b'{"a":1e2}', '{"a":100.0}'),
    (b'{"a":12345678901234567890}', '{"a":12345678901234567890}'),
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


def test_a_body_of_too_many_arrays_and_objects_is_refused() -> None:
    items = '{"a":[' + "[]," * 199_998
    assert len(Document.parse(f"{items}0]}}".encode()).data["a"]) == 199_999
    with pytest.raises(NotJson) as refusal:
        Document.parse(f"{items}[]]}}".encode())
    assert refusal.value.detail == "The body has more than 200,000 opening brackets."


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
def test_a_canonical_form_is_its_own_canonical_form(data: dict[str, object]) -> None:
    canonical = canonical_json(data)
    assert Document.parse(canonical.encode()).canonical == canonical


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        document = Document.parse(body)
    except (NotJson, WrongContract):
        return
    assert isinstance(document.data, dict)

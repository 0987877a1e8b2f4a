"""A pattern finds the lines of a log that CloudWatch Logs would find by it."""

import pytest
from moto.core.exceptions import JsonRESTError

from tests.support.log_patterns import LogPattern

LINE = (
    '{"level": "INFO", "message": "Published \\"A-1\\".", "event_id": "f47ac10b", "status": 202,'
    ' "cold": false, "at": {"stage": ["dev", "prod"]}}'
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (None, True),
        ("", True),
        ('"f47ac10b"', True),
        ('"f47ac10c"', False),
        ('"level" "INFO"', True),
        ('"\\"level\\": \\"INFO\\""', True),
        ("INFO f47ac10b", True),
        ("INFO ERROR", False),
        ("info", False),
        ("INFO -f47ac10b", False),
        ("-ERROR", True),
        ("?ERROR ?INFO", True),
        ("?ERROR ?WARN", False),
        ("INFO ?ERROR", True),
        ('"Published" "202"', True),
    ],
)
def test_terms_and_phrases(pattern: str | None, found: bool) -> None:  # noqa: FBT001
    assert LogPattern(pattern).matches(LINE) == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ $.event_id = "f47ac10b" }', True),
        ('{$.event_id="f47ac10c"}', False),
        ('{ $.event_id = "f47*" }', True),
        ("{ $.event_id = f47* }", True),
        ('{ $.event_id != "f47*" }', False),
        ('{ $.event_id != "b*" }', True),
        ('{ $.message = "Published \\"A-1\\"." }', True),
        ("{ $.status = 202 }", True),
        ("{ $.status >= 400 }", False),
        ("{ $.status < 203 }", True),
        ('{ $.status = "202" }', False),
        ("{ $.cold = 0 }", False),
        ('{ $.at.stage[1] = "prod" }', True),
        ('{ $.at.stage[2] = "prod" }', False),
        ('{ $.at.none.deeper = "prod" }', False),
        ('{ $.none != "x" }', False),
        ("{ $.status = 1 || $.status = 202 }", True),
        ("{ $.status = 202 && $.level = ERROR }", False),
        ("{ ($.status = 1 || $.status = 202) && ($.level = INFO) }", True),
    ],
)
def test_fields_of_a_line_that_is_json(pattern: str, found: bool) -> None:  # noqa: FBT001
    assert LogPattern(pattern).matches(LINE) == found


def test_a_line_that_is_no_json_has_no_fields() -> None:
    assert not LogPattern('{ $.level = "INFO" }').matches("level = INFO")
    assert not LogPattern('{ $.level = "INFO" }').matches("[1]")


@pytest.mark.parametrize(
    "pattern",
    [
        "{",
        "{ $.a }",
        "{ $.a = 1",
        "{ $.a = 1 } more",
        "{ a = 1 }",
        "{ $.a IS NULL }",
        '{ $.a < "x" }',
        "{ ($.a = 1 }",
        "[ip, user]",
        "%regular%",
        '"open',
    ],
)
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(JsonRESTError, match="Invalid filter pattern"):
        LogPattern(pattern)

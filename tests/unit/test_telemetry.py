"""What functions log: a line that is as loud as it is meant, and nothing of the libraries'."""

import logging

import pytest

import functions.telemetry  # noqa: F401 - it silences them
from functions.ingest.telemetry import Trail
from tests.support.station import Told


@pytest.mark.parametrize("library", ["aws_lambda_powertools", "boto3", "botocore", "urllib3"])
def test_a_library_is_silent_below_a_warning(library: str) -> None:
    """Below it, they tell what they send, and how they found their keys."""
    assert logging.getLogger(library).level == logging.WARNING


@pytest.mark.parametrize(
    ("outcome", "level", "has_causes"),
    [
        ("failed", "ERROR", True),
        ("unavailable", "ERROR", True),
        ("accepted", "INFO", False),
        ("wrong-contract", "INFO", False),
    ],
)
def test_a_request_is_an_error_where_it_is_ours(
    told: Told,
    outcome: str,
    level: str,
    has_causes: bool,  # noqa: FBT001
) -> None:
    Trail("a-request", outcome=outcome).tell(ValueError("a secret"))
    (line,) = told()
    assert (line["message"], line["outcome"], line["level"]) == ("request", outcome, level)
    assert ("causes" in line) == has_causes
    assert "a secret" not in str(line)

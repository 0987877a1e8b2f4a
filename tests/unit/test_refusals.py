"""A refusal is an RFC 9457 problem with a status, a reason and nothing of the body."""

import pytest

from inlet import refusals
from inlet.refusals import Problem, Refusal, Unavailable, WrongContract


def test_every_refusal_has_the_status_and_reason_that_the_docs_give_it() -> None:
    assert {(kind.status, kind.reason) for kind in Refusal.__subclasses__()} == {
        (400, "not-json"),
        (401, "not-authenticated"),
        (404, "no-type"),
        (409, "id-reused"),
        (410, "forgotten"),
        (415, "not-json-content"),
        (422, "wrong-contract"),
        (503, "unavailable"),
    }


def test_a_problem_names_fields_only_where_some_are_wrong() -> None:
    assert WrongContract("No.", [Problem("a.b", "is wrong")]).problem("request-1") == {
        "type": "about:blank",
        "title": "The body is not what the provider documents",
        "status": 422,
        "detail": "No.",
        "instance": "request-1",
        "errors": [{"field": "a.b", "problem": "is wrong"}],
    }
    assert "errors" not in Unavailable("Later.").problem("request-1")


@pytest.mark.parametrize("kind", Refusal.__subclasses__())
def test_only_what_may_come_again_says_when(kind: type[Refusal]) -> None:
    assert ("retry-after" in kind.headers) == (kind.status == 503)


def test_a_sender_is_told_to_come_again_after_a_run_that_died_has_given_up_its_claim() -> None:
    assert refusals.RETRY_AFTER_SECONDS == 30
    assert Unavailable.headers["retry-after"] == "30"

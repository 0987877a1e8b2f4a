"""The conformance suite can fail: what it says of doors that are not as they should be."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from inlet.operations.errors import OperationError
from tests.conformance.suite import results
from tests.conformance.target import Target
from tests.conformance.targets import of_file
from tests.support.doors import Posted, door

USERS = {"marosa": ("marosa", "of-marosa"), "digiteal": ("digiteal", "of-digiteal")}


def takes_everything(posted: Posted) -> tuple[int, Any]:
    """The answer of a door that believes whoever comes, and remembers nobody."""
    event_id = posted.headers.get("webhook-id", "an-id")
    if posted.path == "/webhooks/marosa":
        with suppress(ValueError, LookupError, TypeError):
            event_id = json.loads(posted.body)["eventId"]
    return 202, {"status": "accepted", "eventId": event_id}


def test_a_door_that_takes_everything_fails_all_that_it_should_refuse_or_remember() -> None:
    with door(takes_everything) as opened:
        target = Target(opened.url, USERS, signing=b"a-key", silence=0)
        played = {result.scenario.name: (result.verdict, result.came) for result in results(target)}
    assert played == {
        "delivery": ("pass", "202 accepted"),
        "sequential duplicates": ("fail", "202 accepted"),
        "simultaneous duplicates": ("fail", "8 x 202 accepted"),
        "order reversal": ("pass", "both accepted; the state cannot be seen from here"),
        "time-out, then retry": ("fail", "202 accepted"),
        "missing credentials": ("fail", "202 accepted"),
        "malformed credentials": ("fail", "202 accepted"),
        "wrong key": ("fail", "202 accepted"),
        "stale credentials": ("fail", "202 accepted"),
        "altered body": ("fail", "202 accepted"),
        "id reused": ("fail", "202 accepted"),
        "malformed body": ("fail", "202 accepted"),
        "unknown type": ("pass", "202 accepted"),
        "redaction": ("fail", "4 x 202 accepted"),
        "oversize": ("fail", "202 accepted"),
        "slow body": ("pass", "202 for one that came later, then for all"),
        "burst after silence": ("pass", "20 x 202 accepted"),
        "restart in the middle": (
            "skip",
            "only on the laptop run can the function's processes be killed",
        ),
    }


def test_a_door_that_refuses_everybody_without_a_word_on_it_fails_everything() -> None:
    with door(lambda _: (401, {"message": "Unauthorized"})) as opened:
        target = Target(opened.url, USERS, silence=0)
        played = {result.scenario.name: result.verdict for result in results(target)}
    assert {name for name, verdict in played.items() if verdict == "skip"} == {
        "stale credentials",
        "altered body",
        "restart in the middle",
    }
    assert {name for name, verdict in played.items() if verdict == "pass"} == set()


def test_a_door_whose_state_is_that_of_what_came_last_fails_in_order_reversal() -> None:
    with door(takes_everything) as opened:
        target = Target(opened.url, USERS, timeline=lambda _: ("PROCESSING", 2), silence=0)
        came = next(one.came for one in results(target) if one.scenario.name == "order reversal")
    assert came == "2 of 2 events in the timeline, and the state is PROCESSING"


def test_the_secrets_of_any_door_can_be_in_a_file(tmp_path: Path) -> None:
    secrets = {name: {"generated": f"of-{name}"} for name in ("marosa", "digiteal", "standard")}
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(secrets))
    target = of_file("http://127.0.0.1:1/webhooks/marosa", file)
    assert (target.url, target.users, target.signing) == (
        "http://127.0.0.1:1",
        USERS,
        b"of-standard",
    )
    for wrong in ("no JSON", "[]", '{"marosa": {"generated": "hush"}}'):
        file.write_text(wrong)
        with pytest.raises(OperationError, match="with the secrets of marosa and digiteal"):
            of_file("http://127.0.0.1:1", file)

"""The bus keeps what it is given, and gives it again, as EventBridge does."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.events.models import EventPattern
from moto.moto_api._internal.models import moto_api_backend
from moto.sqs.models import SQSBackend, sqs_backends

from inlet.patterns import Pattern
from local.bus import ONE_AT_A_TIME, EventBridge
from local.data_planes import keeping, legal

ACCOUNT = "123456789012"
ARN = f"arn:aws:events:eu-west-1:{ACCOUNT}"
BUS = f"{ARN}:event-bus/inlet"
ARCHIVE = f"{ARN}:archive/all"
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
            }
        ],
    }
)


@pytest.fixture
def sqs(aws: object) -> Iterator[SQSBackend]:
    del aws
    yield sqs_backends[ACCOUNT]["eu-west-1"]
    moto_api_backend.reset()


@pytest.fixture
def bus(sqs: SQSBackend) -> EventBridge:
    """A bus with an archive, and with a rule for all to the queue `a`, which lets it in."""
    bus = EventBridge("eu-west-1", ACCOUNT)
    bus.create_event_bus("inlet")
    bus.create_archive("all", BUS, "", '{"source": ["inlet.test"]}', "")
    for name in ("a", "b"):
        sqs.create_queue(name, Policy=POLICY)
        rule(bus, name)
    return bus


def rule(bus: EventBridge, name: str, **target: Any) -> None:
    """A rule for all to the queue of its name."""
    bus.put_rule(name, event_bus_arn="inlet", event_pattern='{"source": ["inlet.test"]}')
    arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}"
    bus.put_targets(name, "inlet", [{"Id": "1", "Arn": arn, **target}])


def with_dead_letters(bus: EventBridge) -> None:
    """Let the queue `b` have the dead letters of the rule for `a`, and nothing else."""
    rule(bus, "a", DeadLetterConfig={"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:b"})
    bus.disable_rule("b", "inlet")


def put(bus: EventBridge, *times: float) -> list[str]:
    """Put an event for each time, and tell their ids."""
    answers = [
        bus.put_events(
            [
                {
                    "EventBusName": "inlet",
                    "Source": "inlet.test",
                    "DetailType": "ORDERED",
                    "Detail": "{}",
                    "Time": time,
                }
            ]
        )
        for time in times
    ]
    return [answer["EventId"] for [answer] in answers]


def taken(sqs: SQSBackend, name: str) -> list[dict[str, Any]]:
    """The events in a queue, which is then empty for a minute."""
    found = sqs.receive_message(name, 10, wait_seconds_timeout=0, visibility_timeout=60)
    return [json.loads(message.body) for message in found]


def start(bus: EventBridge, name: str, start: float, end: float, *rules: str) -> Any:
    arns = [f"{ARN}:rule/inlet/{rule}" for rule in rules]
    destination = {"Arn": BUS} | ({"FilterArns": arns} if arns else {})
    return bus.start_replay(name, None, ARCHIVE, start, end, destination)


def ended(bus: EventBridge, name: str) -> dict[str, Any]:
    """A replay, once it has ended."""
    for thread in threading.enumerate():
        if thread.name == f"replay {name}":
            thread.join(5)
    return bus.describe_replay(name)


def test_a_replay_takes_what_happened_from_its_start_to_before_its_end(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    ids = put(bus, 1_000, 1_003, 1_001, 999)
    first = taken(sqs, "a")
    assert start(bus, "again", 1_000, 1_003)["State"] == "STARTING"
    replay = ended(bus, "again")
    again = taken(sqs, "a")
    assert [event["id"] for event in again] == [ids[0], ids[2]]
    assert again[0] == first[0] | {"replay-name": "again"}
    assert replay["State"] == "COMPLETED"
    assert replay["EventLastReplayedTime"] == 1_001
    assert replay["ReplayStartTime"] <= replay["ReplayEndTime"]


def test_a_replay_reaches_only_the_rules_that_it_names(bus: EventBridge, sqs: SQSBackend) -> None:
    put(bus, 1_000)
    taken(sqs, "a"), taken(sqs, "b")
    start(bus, "again", 0, 2_000, "b")
    ended(bus, "again")
    assert (len(taken(sqs, "a")), len(taken(sqs, "b"))) == (0, 1)


def test_a_replay_is_not_archived(bus: EventBridge) -> None:
    put(bus, 1_000)
    start(bus, "again", 0, 2_000)
    ended(bus, "again")
    assert bus.describe_archive("all")["EventCount"] == 1


def test_only_what_its_pattern_takes_is_archived(bus: EventBridge) -> None:
    other = {"EventBusName": "inlet", "Source": "other", "DetailType": "x", "Detail": "{}"}
    bus.put_events([other])
    assert bus.describe_archive("all")["EventCount"] == 0


def test_a_cancelled_replay_ends_before_its_next_event(bus: EventBridge, sqs: SQSBackend) -> None:
    put(bus, 1_000)
    taken(sqs, "a")
    with ONE_AT_A_TIME:
        start(bus, "again", 0, 2_000)
        assert bus.cancel_replay("again")["State"] == "CANCELLING"
    assert ended(bus, "again")["State"] == "CANCELLED"
    assert taken(sqs, "a") == []
    with pytest.raises(JsonRESTError, match="not in a valid state"):
        bus.cancel_replay("again")


def test_replays_are_listed_by_one_thing(bus: EventBridge) -> None:
    for name in ("one", "two"):
        start(bus, name, 0, 1)
        ended(bus, name)
    assert [one["ReplayName"] for one in bus.list_replays("t", None, None)] == ["two"]
    assert len(bus.list_replays(None, ARCHIVE, None)) == 2
    assert bus.list_replays(None, None, "RUNNING") == []
    with pytest.raises(JsonRESTError, match="At most one filter"):
        bus.list_replays("t", ARCHIVE, None)


def test_a_replay_that_cannot_be_is_refused(bus: EventBridge) -> None:
    start(bus, "again", 0, 1)
    with pytest.raises(JsonRESTError, match="already exists"):
        start(bus, "again", 0, 1)
    with pytest.raises(JsonRESTError, match="must be before"):
        start(bus, "back", 1, 0)
    with pytest.raises(JsonRESTError, match="does not exist"):
        bus.start_replay("nothing", None, f"{ARN}:archive/none", 0, 1, {"Arn": BUS})
    with pytest.raises(JsonRESTError, match="Cross event bus"):
        bus.start_replay("other", None, ARCHIVE, 0, 1, {"Arn": f"{ARN}:event-bus/default"})
    with pytest.raises(JsonRESTError, match="does not exist"):
        bus.describe_replay("nothing")


def test_a_disabled_rule_delivers_nothing(bus: EventBridge, sqs: SQSBackend) -> None:
    bus.disable_rule("a", "inlet")
    put(bus, 1_000)
    assert (len(taken(sqs, "a")), len(taken(sqs, "b"))) == (0, 1)
    bus.enable_rule("a", "inlet")
    put(bus, 1_000)
    assert len(taken(sqs, "a")) == 1


def test_a_queue_that_is_closed_later_sends_events_to_the_dead_letters(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    with_dead_letters(bus)
    sqs.set_queue_attributes("a", {"Policy": ""})
    put(bus, 1_000)
    [letter] = sqs.get_queue("b").messages
    assert letter.message_attributes["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    assert letter.message_attributes["RETRY_ATTEMPTS"]["StringValue"] == "0"


def test_an_event_that_a_queue_refuses_is_a_dead_letter(bus: EventBridge, sqs: SQSBackend) -> None:
    with_dead_letters(bus)
    keeping(SQSBackend.set_queue_attributes)(sqs, "a", {"MaximumMessageSize": "10"})
    put(bus, 1_000)
    [letter] = sqs.get_queue("b").messages
    assert letter.message_attributes["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"


NUMBERS = '{"a": 1.10, "b": [1e2, 10000000000000000.01], "c": -0, "d": "\\u20ac"}'


def put_detail(bus: EventBridge, detail: str) -> None:
    entry = {"EventBusName": "inlet", "Source": "inlet.test", "DetailType": "t", "Detail": detail}
    bus.put_events([entry | {"Time": 1_000}])


def test_the_numbers_of_an_event_are_delivered_and_replayed_as_they_are(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    put_detail(bus, NUMBERS)
    start(bus, "again", 0, 2_000, "a")
    ended(bus, "again")
    first, again = [message.body for message in sqs.receive_message("a", 10, 0, 60)]
    assert f'"detail": {NUMBERS}' in first
    assert f'"detail": {NUMBERS}' in again
    assert json.loads(again)["replay-name"] == "again"


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\\ufffe", "\\\\\\uFFFF"])
def test_an_event_with_a_character_that_no_queue_takes_is_lost(
    bus: EventBridge,
    sqs: SQSBackend,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    character: str,
) -> None:
    monkeypatch.setattr(SQSBackend, "send_message", legal(SQSBackend.send_message))
    with_dead_letters(bus)
    put_detail(bus, f'{{"a": "{character}"}}')
    assert (taken(sqs, "a"), taken(sqs, "b")) == ([], [])
    lost = f"An event of {ARN}:rule/inlet/a is lost: "
    assert [line.startswith(lost) for line in caplog.messages] == [False, True]


def test_a_backslash_before_the_same_letters_is_no_escape(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    put_detail(bus, '{"a": "\\\\ufffe"}')
    assert taken(sqs, "a")[0]["detail"] == {"a": "\\ufffe"}


def test_a_queue_keeps_its_policy_when_another_attribute_is_set(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    keeping(SQSBackend.set_queue_attributes)(sqs, "a", {"VisibilityTimeout": "7"})
    put(bus, 1_000)
    assert len(taken(sqs, "a")) == 1
    assert sqs.get_queue("a").visibility_timeout == 7  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "pattern",
    [
        '{"source": [{"sounds-like": "a"}]}',
        '{"source": "a"}',
        "{",
        "{}",
        "[]",
        '{"source": [{"prefix": ["a"]}]}',
        '{"source": ["a"], "source": ["b"]}',
        '{"source": ["%s"]}' % ("a" * 2048),
    ],
)
def test_an_invalid_pattern_is_rejected(bus: EventBridge, pattern: str) -> None:
    with pytest.raises(JsonRESTError, match="Event pattern is not valid"):
        bus.put_rule("c", event_bus_arn="inlet", event_pattern=pattern)
    assert "c" not in bus.event_buses["inlet"].rules


def test_a_rule_with_an_invalid_pattern_keeps_no_event_from_the_others(
    bus: EventBridge, sqs: SQSBackend, caplog: pytest.LogCaptureFixture
) -> None:
    invalid = EventPattern.load('{"source": [{"sounds-like": "a"}]}')
    bus.event_buses["inlet"].rules["a"].event_pattern = invalid
    put(bus, 1_000)
    assert (len(taken(sqs, "a")), len(taken(sqs, "b"))) == (0, 1)
    assert caplog.messages == [
        "The rule a is skipped: source: has the unknown operator sounds-like."
    ]


def test_a_rule_that_cannot_be_matched_keeps_no_event_from_the_others(
    bus: EventBridge,
    sqs: SQSBackend,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus.put_rule("a", event_bus_arn="inlet", event_pattern='{"source": ["a"]}')
    matches = Pattern.matches

    def broken(self: Pattern, event: Any) -> bool:
        if matches(self, {"source": "a"}):
            raise ZeroDivisionError(event)
        return matches(self, event)

    monkeypatch.setattr(Pattern, "matches", broken)
    put(bus, 1_000)
    assert (len(taken(sqs, "a")), len(taken(sqs, "b"))) == (0, 1)
    assert caplog.messages == ["The rule a is skipped: ZeroDivisionError"]


def test_a_target_that_no_template_could_have_is_refused(bus: EventBridge) -> None:
    with pytest.raises(JsonRESTError, match="Not on a laptop"):
        rule(bus, "a", InputPath="$.detail")


def test_a_request_is_ten_entries_and_a_megabyte_at_most(bus: EventBridge) -> None:
    entry = {"EventBusName": "inlet", "Source": "s", "DetailType": "t", "Detail": "{}"}
    assert len(bus.put_events([entry] * 10)) == 10
    with pytest.raises(JsonRESTError, match="ten entries"):
        bus.put_events([entry] * 11)
    fitting = entry | {"Detail": '{"a":"%s"}' % ("x" * (1_048_576 - 2 - 8))}
    assert "EventId" in bus.put_events([fitting])[0]
    with pytest.raises(JsonRESTError, match="over the limit"):
        bus.put_events([fitting | {"Resources": ["x"]}])


def test_what_is_refused_of_a_request_keeps_nothing_else_out(
    bus: EventBridge, sqs: SQSBackend
) -> None:
    entry = {"EventBusName": "inlet", "Source": "inlet.test", "DetailType": "t", "Detail": "{}"}
    answers = bus.put_events([entry, entry | {"Detail": "[]"}, entry])
    assert answers[1] == {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert [event["id"] for event in taken(sqs, "a")] == [answers[i]["EventId"] for i in (0, 2)]


@pytest.mark.parametrize(
    ("wanted", "data", "is_delivered"),
    [
        ("[0.1]", "0.10", True),
        ("[0.1]", "0.10000000000000000001", False),
        ('["x"]', '"x","a":"y"', True),
    ],
)
def test_pattern_sees_the_event_as_it_is_spelled(
    bus: EventBridge,
    sqs: SQSBackend,
    wanted: str,
    data: str,
    is_delivered: bool,  # noqa: FBT001
) -> None:
    sqs.create_queue("c", Policy=POLICY)
    bus.put_rule("c", event_bus_arn="inlet", event_pattern=f'{{"detail":{{"a":{wanted}}}}}')
    arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:c"
    bus.put_targets("c", "inlet", [{"Id": "1", "Arn": arn}])
    entry = {"EventBusName": "inlet", "Source": "inlet.test", "DetailType": "T"}
    bus.put_events([{**entry, "Detail": f'{{"a":{data}}}'}])
    assert len(sqs.queues["c"].messages) == is_delivered

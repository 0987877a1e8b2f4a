"""The canary: through the door as a provider's delivery, and out into its timeline."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.canary.fly import NotSent, Stations, fly
from functions.canary.handler import handler, stations
from inlet.canary import EVERY, TYPES, Canary
from inlet.consumers import CONSUMERS, consumer_of
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.doors import Posted
from tests.support.doors import door as opened_door
from tests.support.gateway import Context, http_event
from tests.support.settings import CANARY as SETTINGS
from tests.support.station import Station, Told

CANARY = Canary(datetime(2025, 4, 1, 0, 0, tzinfo=UTC))


class World:
    """A door that is open on a port, the consumer behind its bus, and the canary's stations."""

    def __init__(self, door: Door, aws: Aws, url: str) -> None:
        self.door = door
        self.consumer = Station(aws)
        self.aws = aws
        self.url = url

    def fly(self, canary: Canary) -> None:
        """Send a canary, and let the consumer take whatever is on the bus."""
        fly(canary, self.stations())
        while self.door.published:
            entry = self.door.published.pop(0)
            self.consumer.take({"detail": json.loads(entry["Detail"])})

    def stations(self) -> Stations:
        """What the canary function has."""
        return self.door.canary(self.aws("dynamodb"), self.url)


@pytest.fixture
def world(door: Door, aws: Aws) -> Iterator[World]:
    """The journey from outside the door to the timeline, of a stage with a canary."""
    door.types = TYPES

    def says(posted: Posted) -> tuple[int, Any]:
        event = http_event(posted.path, posted.body, posted.headers)
        event["requestContext"]["timeEpoch"] = int(datetime.now(UTC).timestamp() * 1000)
        answered = door.answer(event)
        return answered["status"], answered["body"]

    with opened_door(says) as opened:
        yield World(door, aws, f"{opened.url}/webhooks/standard")


def outcomes(told: Told) -> list[tuple[str, str]]:
    """What was told of canaries since it was last asked, and at which level."""
    return [(line["level"], line["outcome"]) for line in told() if line["message"] == "canary"]


def test_a_canary_arrives_when_it_is_in_its_timeline_by_the_next_one(
    world: World, told: Told
) -> None:
    world.fly(CANARY)
    assert outcomes(told) == [("ERROR", "missing")]  # the one before was never sent
    world.fly(Canary(CANARY.planned + EVERY))
    assert outcomes(told) == [("INFO", "arrived")]
    assert world.consumer.items("standard/canary/2025-04-01").keys() == {
        "event#canary-20250401T000000Z",
        "event#canary-20250401T000500Z",
        "state",
    }


def test_a_canary_is_known_and_tells_no_human(world: World) -> None:
    fly(CANARY, world.stations())
    (entry,) = world.door.published
    assert (entry["Source"], entry["DetailType"]) == ("inlet.standard", "inlet.canary")
    assert entry["Resources"] == ["standard/canary/2025-04-01"]
    metadata = json.loads(entry["Detail"])["metadata"]
    assert metadata["known"] is True
    assert metadata["occurredAt"] == "2025-04-01T00:00:00.000000Z"
    assert metadata["flags"] == []
    world.consumer.take({"detail": json.loads(entry["Detail"])})
    assert world.consumer.sent == []


def test_the_canary_before_midnight_is_looked_for_on_its_day() -> None:
    assert CANARY.one_before.subject == "standard/canary/2025-03-31"
    assert CANARY.one_before.event_id == "canary-20250331T235500Z"


def test_a_canary_that_is_sent_twice_counts_once(world: World) -> None:
    fly(CANARY, world.stations())
    fly(CANARY, world.stations())
    assert len(world.door.published) == 1


def test_a_canary_that_is_not_consumed_is_missing(world: World, told: Told) -> None:
    fly(CANARY, world.stations())
    world.door.published.clear()
    told()
    world.fly(Canary(CANARY.planned + EVERY))
    line = next(line for line in told() if line["message"] == "canary")
    assert (line["level"], line["outcome"]) == ("ERROR", "missing")
    assert line["event_id"] == "canary-20250401T000000Z"


def test_a_canary_that_the_door_does_not_accept_is_sent_again(world: World, told: Told) -> None:
    world.door.put_events_results = [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "x"}]}]
    with pytest.raises(NotSent):
        world.fly(CANARY)
    line = next(line for line in told() if line.get("outcome") == "not-sent")
    assert (line["level"], line["status"]) == ("ERROR", 503)
    world.fly(CANARY)
    assert "event#canary-20250401T000000Z" in world.consumer.items("standard/canary/2025-04-01")


def test_a_secret_that_cannot_be_read_is_not_quoted(world: World, told: Told) -> None:
    world.door.secretsmanager.put_secret_value(
        SecretId=world.door.secrets["standard"],
        SecretString='{"signing": [{"label": "a", "secret": "hunter2!"}]}',
    )
    with pytest.raises(NotSent) as raised:
        world.fly(CANARY)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    said = told()
    assert said[0]["causes"][0]["type"] == "ValidationError"
    assert "hunter2" not in json.dumps(said)


def test_the_schedules_time_names_the_canary(
    world: World, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.canary.handler.stations", world.stations)
    handler({"planned": "2025-04-01T00:05:00Z"}, Context())  # type: ignore[arg-type]
    (entry,) = world.door.published
    assert json.loads(entry["Detail"])["metadata"]["eventId"] == "canary-20250401T000500Z"
    assert outcomes(told) == [("ERROR", "missing")]


def test_the_settings_say_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.environment().items():
        monkeypatch.setenv(name, value)
    stations.cache_clear()
    assert stations().timeline_table == "table"
    stations.cache_clear()


def test_a_consumer_that_works_all_day_takes_canaries() -> None:
    assert consumer_of("canary") is CONSUMERS["documents"]

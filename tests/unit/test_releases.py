"""Upgrade and rollback: a release reads what others have left in queues, tables and buckets.

`tests/releases/` holds, for each release, what it wrote: a message of a queue, the items of a
subject, of a delivery, a quarantined request and a secret. A file is written with its release and
never changed after. While two releases run side by side, each reads what the other writes.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import Binary

from inlet.authentication import Credentials
from inlet.quarantined import Quarantined
from tests.support.door import Door
from tests.support.samples import sample
from tests.support.station import SUBJECT, Station, detail_in, second

RELEASES = sorted((Path(__file__).parents[1] / "releases").glob("*.json"))
SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")
LATER = sample("marosa", "DOCUMENT_STATUS_CHANGED__error")


@pytest.fixture(params=RELEASES, ids=lambda file: file.stem)
def left(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a release has left."""
    return dict(json.loads(request.param.read_text()))


def put(station: Station, items: list[dict[str, Any]]) -> None:
    for item in items:
        as_it_was = {
            name: {"B": base64.b64decode(value["B"])} if "B" in value else value
            for name, value in item.items()
        }
        station.dynamodb.put_item(TableName="timeline", Item=as_it_was)


def test_there_is_a_release_to_read() -> None:
    assert RELEASES != []


# Upgrade: this release reads what the other has left


def test_a_message_that_waits_is_consumed(station: Station, left: dict[str, Any]) -> None:
    assert station.take(left["message"]) == []
    assert station.items()["state"]["status"] == "OK"


def test_an_entry_that_is_there_stays_what_it_is(station: Station, left: dict[str, Any]) -> None:
    put(station, left["timeline"])
    before = station.items()
    assert station.take(left["message"]) == []
    assert station.items() == before


def test_a_state_that_is_there_moves_on(station: Station, left: dict[str, Any]) -> None:
    put(station, left["timeline"])
    assert LATER.event is not None
    later = json.loads(json.dumps(LATER.event))
    later["detail"]["metadata"]["occurredAt"] = "2025-03-31T10:15:00.000000Z"
    assert station.take(later) == []
    assert station.items()["state"]["status"] == "ERROR"
    assert len(station.items()) == 3


def test_a_replay_writes_an_entry_of_it_anew(station: Station, left: dict[str, Any]) -> None:
    put(station, left["timeline"])
    assert station.take({**left["message"], "replay-name": "inlet-dev-1"}) == []
    entries = [item for item in station.items().values() if "replay" in item]
    assert [entry["rewrites"] for entry in entries] == [1]


def test_conflict_stays_what_it_is(station: Station, left: dict[str, Any]) -> None:
    put(station, [*left["timeline"], left["conflict"]])
    before = station.items()
    assert len(before) == 3
    assert station.take(second(), left["message"]) == []
    assert station.items() == before
    assert station.sent == []


def test_a_delivery_that_it_accepted_is_a_duplicate(door: Door, left: dict[str, Any]) -> None:
    door.dynamodb.put_item(TableName="deliveries", Item=left["delivery"])
    assert door.send(SEED)["body"]["status"] == "duplicate"
    assert door.published == []
    other = sample("marosa", "DOCUMENT_STATUS_CHANGED__id_reused")
    assert door.send(other)["status"] == 409


def test_a_request_that_it_quarantined_can_be_released(
    door: Door, left: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = json.dumps(left["quarantined"])
    door.s3.put_object(Bucket="quarantine", Key="marosa/an-id.json", Body=kept)
    monkeypatch.setattr("inlet.delivery._check_content_type", lambda _: None)
    assert door.release("marosa", "an-id")["status"] == "accepted"


def test_a_secret_of_it_lets_its_provider_in(left: dict[str, Any]) -> None:
    labels = [one.label for one in Credentials.parse(json.dumps(left["secret"]), "marosa").basic]
    assert labels == ["generated", "2026-11"]


# Rollback: what this release writes has all that the other reads


def test_an_event_has_all_that_it_reads(door: Door, left: dict[str, Any]) -> None:
    door.send(SEED)
    (entry,) = door.published
    assert json.loads(entry["Detail"]) == left["message"]["detail"]


def test_the_timeline_has_all_that_it_reads(station: Station, left: dict[str, Any]) -> None:
    put(station, left["timeline"])
    read = station.items()
    for key in read:
        where = {"pk": {"S": SUBJECT}, "sk": {"S": key}}
        station.dynamodb.delete_item(TableName="timeline", Key=where)
    station.take(left["message"])
    for key, item in read.items():
        now = station.items()[key]
        for name in item:
            assert plain(now, name) == plain(item, name), name


def plain(item: dict[str, Any], name: str) -> Any:
    """Return what is stored in an attribute, whatever compressed it."""
    return detail_in(item) if isinstance(item[name], Binary) else item[name]


def test_a_delivery_has_all_that_it_reads(door: Door, left: dict[str, Any]) -> None:
    door.send(SEED)
    (now,) = door.dynamodb.scan(TableName="deliveries")["Items"]
    for name in ("id", "status", "contentHash"):
        assert now[name] == left["delivery"][name]
    assert left["delivery"].keys() <= now.keys()


def test_a_quarantined_request_has_all_that_it_reads(door: Door, left: dict[str, Any]) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__not_json_content"))
    (now,) = door.kept().values()
    assert left["quarantined"].items() <= now.items()


def test_what_is_frozen_is_what_it_says(left: dict[str, Any]) -> None:
    assert left["message"]["resources"] == [SUBJECT]
    kept = Quarantined.model_validate(left["quarantined"])
    assert base64.b64decode(kept.body) == SEED.body

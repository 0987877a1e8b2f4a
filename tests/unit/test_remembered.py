"""What is remembered of a delivery is found again by its event id."""

import json

from inlet.remembered import Remembered, delivery_key, item_key
from tests.support.door import Door
from tests.support.samples import sample

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")


def test_the_id_of_an_item_is_pinned() -> None:
    assert delivery_key("standard", "msg_é") == "standard#msg_é"
    assert item_key("standard#msg_é") == {
        "id": {"S": "delivery#df05aa537497ae38e033d7be201bf607447c2ac7c7908bf300c0179c0731dde4"}
    }


def test_the_item_that_powertools_writes_is_there_and_leads_to_the_timeline(door: Door) -> None:
    door.send(SEED)
    key = delivery_key("marosa", "f47ac10b-58cc-4372-a567-0e02b2c3d479")
    item = door.dynamodb.get_item(TableName="deliveries", Key=item_key(key))["Item"]
    assert item["status"] == {"S": "COMPLETED"}
    assert json.loads(item["data"]["S"]) == {
        "key": "marosa#f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "contentHash": "1:aab91d118d03825d64a52792c1ebd2c28ec829edc3c798c6c7fa0a95c048e14e",
        "receivedAt": "2025-04-01T08:00:00.000000Z",
        "subject": "marosa/document/INV-2025-00123",
    }


def test_what_an_earlier_release_remembered_leads_nowhere() -> None:
    assert Remembered.model_validate_json('{"key": "marosa#1"}').subject is None

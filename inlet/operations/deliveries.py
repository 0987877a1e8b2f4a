"""Deliveries: what is remembered of one that was made to count once."""

from dataclasses import dataclass

from inlet.operations.deployment import Deployment
from inlet.providers import PROVIDERS
from inlet.remembered import Remembered, delivery_key, item_key


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What the table of deliveries says of an event; `subject` is None where it does not."""

    is_published: bool
    received_at: str | None
    subject: str | None


def remembered(deployment: Deployment, event_id: str) -> Delivery | None:
    """The delivery of an event, None where it is not remembered, or not any more."""
    for provider in PROVIDERS:
        item = (
            deployment.client("dynamodb")
            .get_item(
                TableName=deployment.output("DeliveriesTable"),
                Key=item_key(delivery_key(provider, event_id)),
                ConsistentRead=True,
            )
            .get("Item")
        )
        if item:
            written = item.get("data", {"S": '{"key": ""}'})["S"]
            known = Remembered.model_validate_json(written)
            return Delivery(
                is_published=item["status"]["S"] == "COMPLETED",
                received_at=known.received_at,
                subject=known.subject,
            )
    return None

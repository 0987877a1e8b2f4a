"""Remembered: what the table of deliveries holds of a delivery that was made to count once.

Powertools writes the item; the id under which it does is made here again, so that people find it.
"""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

ID_CONFLICT = "id-conflict"
"""The flag of an event that an operator published although its id was used for another content."""

KEY_PREFIX = "delivery"
"""Part of every id. Powertools' own choice, the function's name, would forget every delivery
when that function is renamed."""


def delivery_key(provider: str, event_id: str) -> str:
    """What makes a delivery count once: `<provider>#<event id>`."""
    return f"{provider}#{event_id}"


def idempotency_key(provider: str, event_id: str, content_hash: str, flags: Collection[str]) -> str:
    """Return the key of a delivery, by the metadata of its event.

    One that an operator has released as a conflict has a key of its own, which also holds the
    content hash: the usual key is that of the other content.
    """
    key = delivery_key(provider, event_id)
    return f"{key}#{content_hash}" if ID_CONFLICT in flags else key


def item_key(key: str) -> dict[str, Any]:
    """Where the delivery with a key is in the table: under a hash, as Powertools makes it."""
    return {"id": {"S": f"{KEY_PREFIX}#{hashlib.sha256(json.dumps(key).encode()).hexdigest()}"}}


class Remembered(BaseModel):
    """What is remembered of a delivery once its event is on the bus.

    `content_hash` is compared with that of the next delivery with the same key. `subject` leads to
    its timeline; it is None where that was forgotten.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        hide_input_in_errors=True,
    )

    key: str
    content_hash: str | None = None
    received_at: str | None = None
    subject: str | None = None

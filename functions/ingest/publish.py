"""Publish: put the event of a delivery on the bus, and know whether it is there."""

import os
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from inlet.delivery import Delivery
from inlet.event import detail, source
from inlet.refusals import MaybePublished, Unavailable, WrongContract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

REFUSED_FOR_GOOD = frozenset(
    {"InvalidArgument", "MalformedDetail", "RequestEntityTooLarge", "ValidationException"}
)
"""Errors that EventBridge would give again for the same event, however often it is sent."""

THROTTLED = frozenset({"ThrottlingException", "ThrottledException", "LimitExceededException"})
"""Errors with which EventBridge rejects an event without having published it."""


NOT_PUBLISHED = "The event could not be published at the moment."


class Bus:
    """The bus that events are published on."""

    def __init__(self, client: "EventBridgeClient", bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def look(self) -> None:
        """Read what is known of the bus. Raises what EventBridge raises."""
        self._client.describe_event_bus(Name=self._bus_name)

    def publish(self, delivery: Delivery) -> None:
        """Publish, and return only when EventBridge has given the event an id.

        Raises WrongContract where EventBridge will never take the event, Unavailable where it has
        rejected the only attempt, and MaybePublished where any attempt may have published it.
        """
        try:
            answer = self._client.put_events(Entries=[self._entry(delivery)])
        except ClientError as error:
            raise _refusal(error.response["Error"]["Code"], error.response) from error
        except BotoCoreError as error:
            raise MaybePublished(NOT_PUBLISHED) from error
        entry = answer["Entries"][0]
        if "EventId" not in entry:
            raise _refusal(entry.get("ErrorCode", "no error code"), answer)

    def _entry(self, delivery: Delivery) -> "PutEventsRequestEntryTypeDef":
        metadata = delivery.metadata
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": self._bus_name,
            "Source": source(metadata.provider),
            "DetailType": metadata.event_type,
            "Resources": [metadata.subject],
            "Detail": detail(metadata, delivery.text),
        }
        trace = os.environ.get("_X_AMZN_TRACE_ID")  # the runtime sets it for each invocation
        if trace:
            entry["TraceHeader"] = trace
        return entry


def _refusal(code: str, answer: "Mapping[str, Any]") -> Unavailable | WrongContract:
    if code in REFUSED_FOR_GOOD:
        return WrongContract(f"The event cannot be published: EventBridge says {code}.")
    # An earlier attempt may have published it, and its answer was lost.
    if code in THROTTLED and answer["ResponseMetadata"]["RetryAttempts"] == 0:
        return Unavailable(NOT_PUBLISHED)
    return MaybePublished(NOT_PUBLISHED)

"""A request: the bytes a provider sent, as they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inlet.refusals import NoType


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One POST at the door, before anything about it is believed.

    `headers` have lower-case names, `path_type` is the event type that the path carries, if its
    route has one, `received_at` is aware, and `correlation_id` is the door's own request id.
    `address` is where it came from, as the door saw it. `authorized` is whether the route's
    authorizer let it in, None where the route has none.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    received_at: datetime
    correlation_id: str
    path_type: str | None = None
    address: str = ""
    authorized: bool | None = None

    def type_of_path(self, example: str) -> str:
        """The event type that the path carries. Raises NoType, which shows a path that does."""
        if self.path_type is None:
            raise NoType(
                "The body does not name its type: register one URL per type, ending in the type's"
                f" name, such as {example}."
            )
        return self.path_type

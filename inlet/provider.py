"""What a provider is: a frozen value in the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from inlet.authentication import BASIC_OR_KEY, Authentication, Credentials
from inlet.delivery import Reading
from inlet.document import Document
from inlet.request import Request

UNRECOGNISED = "unrecognised"
"""The kind of every event whose type no catalogue knows."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A type that a provider documents.

    `kind` is what its events are about; `rank` orders types whose events have the same time.
    """

    description: str
    kind: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A sender of webhooks: its catalogue of types, and how to read a body of it.

    `models` are those of the bodies of each kind. `setup` says what to enter at the provider,
    given the webhook URL and the credentials. `read` takes a request and its document and raises
    `Refusal`. `authentication` is how its requests prove who sent them. `type_in_path` says that
    the provider is given one URL per type, because its bodies do not name theirs. `id_headers` are
    the lower-case names of the headers that may hold the event id, where bodies do not; the first
    is the documented one. `derives_event_ids` is whether an event id may be derived from the body
    and the UTC day of receipt.
    """

    name: str
    catalogue: Mapping[str, EventType]
    models: Mapping[str, type[BaseModel]]
    setup: Callable[[str, Credentials], str]
    read: Callable[[Request, Document], Reading]
    authentication: Authentication = BASIC_OR_KEY
    type_in_path: bool = False
    id_headers: tuple[str, ...] = ()
    derives_event_ids: bool = False

    @property
    def routes(self) -> tuple[str, ...]:
        """The paths of the door at which this provider is received."""
        path = f"/webhooks/{self.name}"
        return (path, f"{path}/{{type}}") if self.type_in_path else (path,)

    @property
    def oauth2_routes(self) -> tuple[str, ...]:
        """The paths at which it is received instead where a stage has OAuth2 for it."""
        return tuple(path.replace("/webhooks/", "/oauth2/", 1) for path in self.routes)

    def kind_of(self, event_type: str) -> str:
        """The kind of a type, `unrecognised` where the catalogue does not know it."""
        known = self.catalogue.get(event_type)
        return known.kind if known else UNRECOGNISED

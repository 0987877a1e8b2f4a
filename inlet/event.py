"""An event: what goes on the bus, and the public contract with everyone who subscribes."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

ENVELOPE_VERSION: Literal["1"] = "1"

CASE_OF = "case-of:"
"""The flag of an unknown type that differs from a catalogued one, which follows, by case only."""


class KeptBody(BaseModel):
    """Where the body of an event is that is too large for it, with its SHA-256 in hexadecimal."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    bucket: str
    key: str
    sha256: str
    bytes: int


class Metadata(BaseModel):
    """What Inlet knows of an event. Times are `YYYY-MM-DDTHH:MM:SS.ffffffZ`.

    `version` is this envelope's. `schema_name` is the type's, `<provider>.<type>@<version>`, and
    version 0 where no catalogue knows the type. `known` is whether one does. `content_hash` is that
    of type and body, with its version (see `inlet.content_hash`). `flags` are the assumed or
    unusual values. `body` says where the whole body is when `data` is only its outline.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        hide_input_in_errors=True,
    )

    version: Literal["1"] = ENVELOPE_VERSION
    schema_name: str = Field(alias="schema")
    event_id: str
    provider: str
    event_type: str
    known: bool
    subject: str
    occurred_at: str
    received_at: str
    correlation_id: str
    content_hash: str
    flags: tuple[str, ...] = ()
    body: KeptBody | None = None


class Event(BaseModel):
    """An event as its `detail` carries it: metadata, and the provider's own fields as sent."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    metadata: Metadata
    data: Mapping[str, Any] = Field(repr=False)


def source(provider: str) -> str:
    """The EventBridge source of a provider's events."""
    return f"inlet.{provider}"


def detail(metadata: Metadata, body: str) -> str:
    """The `Detail` of an event: the body's own JSON text stands in it untouched."""
    return f'{{"metadata":{metadata.model_dump_json(by_alias=True)},"data":{body}}}'

"""A delivery: an authenticated, validated request, known by provider and event id."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from inlet import instant
from inlet.content_hash import content_hash
from inlet.document import Document
from inlet.event import CASE_OF, Metadata
from inlet.media_type import IDENTITY, content_encoding, media_type
from inlet.refusals import NotJsonContent, Problem, WrongContract
from inlet.remembered import ID_CONFLICT, idempotency_key
from inlet.request import Request
from inlet.subject import NO_SUBJECT_ID, subject
from inlet.type_name import TYPE_NAME

if TYPE_CHECKING:
    from inlet.provider import Provider

MAX_BODY_BYTES = 200 * 1024
"""The largest body in an event, as sent: a timeline entry can hold it even if it hardly compresses.
"""

ENCODINGS = frozenset({"br", "compress", "deflate", "gzip", "zstd"})
"""Content encodings that an error response may name: it quotes nothing else from a request."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_AHEAD = timedelta(days=2)
"""A plausible time is not before `EARLIEST` and at most `MOST_AHEAD` after receipt. Any other would
order a subject's events wrongly: nothing could ever follow an event of the year 9999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a provider's `read` finds in a body.

    `canonical` identifies the content, where that is not the canonical body as sent.
    `subject_id` is None where the body has no usable id, `occurred_at` where it has no readable
    time.
    """

    event_type: str
    event_id: str
    subject_id: str | None
    occurred_at: datetime | None
    flags: tuple[str, ...] = ()
    canonical: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request that Inlet has understood: the metadata of its event, and its document.

    `text` is the JSON that the event carries of the document.
    """

    metadata: Metadata
    document: Document
    text: str = field(repr=False)

    @property
    def is_large(self) -> bool:
        """Whether the document is more than an event and its entry in the timeline can hold."""
        return len(self.document.text.encode()) > MAX_BODY_BYTES

    @property
    def key(self) -> str:
        """Return the idempotency key."""
        metadata = self.metadata
        return idempotency_key(
            metadata.provider, metadata.event_id, metadata.content_hash, metadata.flags
        )

    def as_conflict(self) -> "Delivery":
        """Return the delivery as it is published although its event id has another content."""
        flags = (*self.metadata.flags, ID_CONFLICT)
        return replace(self, metadata=self.metadata.model_copy(update={"flags": flags}))


def read(provider: "Provider", request: Request) -> Delivery:
    """Read an authenticated request as its provider documents it.

    Raises NotJsonContent, NotJson, NoType or WrongContract.
    """
    _check_content_type(request.headers)
    _check_content_encoding(request.headers)
    document = Document.parse(request.body)
    reading = provider.read(request, document)
    if not TYPE_NAME.fullmatch(reading.event_type):
        raise WrongContract(
            "The event type is not a name that Inlet can publish.",
            [Problem("eventType", f"must match {TYPE_NAME.pattern}")],
        )
    return Delivery(
        metadata=_metadata(provider, request, reading, document),
        document=document,
        text=document.text,
    )


def _check_content_type(headers: Mapping[str, str]) -> None:
    """Raise NotJsonContent for any type but one JSON type; a request without a type is accepted."""
    sent = media_type(headers)
    if sent is None:
        return
    is_json = sent == "application/json" or sent.endswith("+json")
    if "," in sent or not is_json:
        raise NotJsonContent("The content type must be application/json or end in +json.")


def _check_content_encoding(headers: Mapping[str, str]) -> None:
    """Raise NotJsonContent for an encoded body. Its detail names known encodings only."""
    sent = content_encoding(headers)
    if sent == IDENTITY:
        return
    named = sent if all(one in ENCODINGS for one in sent.split(", ")) else "an unknown encoding"
    raise NotJsonContent(f"The content encoding must be identity, not {named}.")


def _metadata(
    provider: "Provider", request: Request, reading: Reading, document: Document
) -> Metadata:
    kind = provider.kind_of(reading.event_type)
    known = reading.event_type in provider.catalogue
    flags = list(reading.flags)
    if reading.subject_id is None:
        flags.append(NO_SUBJECT_ID)
    if not known and (spelling := _other_case(provider, reading.event_type)):
        flags.append(f"{CASE_OF}{spelling}")
    occurred_at = reading.occurred_at
    if occurred_at and not EARLIEST <= occurred_at <= request.received_at + MOST_AHEAD:
        flags.append("implausible-time")
        occurred_at = None
    if occurred_at is None:
        flags.append("received-time")
    return Metadata(
        schema_name=f"{provider.name}.{reading.event_type}@{1 if known else 0}",
        event_id=reading.event_id,
        provider=provider.name,
        event_type=reading.event_type,
        known=known,
        subject=subject(provider.name, kind, reading.subject_id or reading.event_id),
        occurred_at=instant.text(occurred_at or request.received_at),
        received_at=instant.text(request.received_at),
        correlation_id=request.correlation_id,
        content_hash=content_hash(reading.event_type, reading.canonical or document.canonical),
        flags=tuple(flags),
    )


def _other_case(provider: "Provider", event_type: str) -> str | None:
    """Return the catalogued type that differs from an unknown one by case only, if there is one."""
    lower = event_type.lower()
    return next((name for name in provider.catalogue if name.lower() == lower), None)

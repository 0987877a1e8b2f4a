"""Refusals: every no that Inlet says to a sender, and the one place that turns it into an answer.

Refusal
├── NotJson              400
├── NotAuthenticated     401
│   └── AddressNotAllowed
├── NoType               404
├── IdReused             409
├── Forgotten            410, of a release
├── NotJsonContent       415
├── WrongContract        422
└── Unavailable          503, retry later
    └── MaybePublished
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

RETRY_AFTER_SECONDS = 30
"""When a sender should come again: longer than the ingest function can run, so that a run which
died has given up its claim on the event id by then."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a body: `field` is a dotted path, and `problem` never quotes a value."""

    field: str
    problem: str


class Refusal(Exception):
    """A no to the sender: `status` is the HTTP status, `reason` its word in logs and metrics."""

    status: ClassVar[int]
    reason: ClassVar[str]
    title: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)

    def problem(self, instance: str) -> dict[str, Any]:
        """The RFC 9457 problem that the sender reads; `instance` is the request id."""
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.problems:
            problem["errors"] = [{"field": p.field, "problem": p.problem} for p in self.problems]
        return problem


class NotJson(Refusal):
    """The body is not JSON as RFC 8259 and I-JSON have it."""

    status, reason, title = 400, "not-json", "The body is not JSON"


class NotAuthenticated(Refusal):
    """The sender did not prove to be the provider."""

    status, reason, title = 401, "not-authenticated", "Not authenticated"
    headers: ClassVar[Mapping[str, str]] = {"www-authenticate": 'Basic realm="inlet"'}


class AddressNotAllowed(NotAuthenticated):
    """The request comes from an address that the provider does not send from."""

    reason = "address-not-allowed"


class NoType(Refusal):
    """The path must carry the event type and does not."""

    status, reason, title = 404, "no-type", "The path carries no event type"


class IdReused(Refusal):
    """The event id was seen before with another body."""

    status, reason, title = 409, "id-reused", "The event id was used for another body"


class Forgotten(Refusal):
    """What the request is about was forgotten after it was received. No sender is told so."""

    status, reason, title = 410, "forgotten", "The subject was forgotten"


class NotJsonContent(Refusal):
    """The content type is not JSON, or the body has a content encoding."""

    status, reason, title = 415, "not-json-content", "Unsupported content type or encoding"


class WrongContract(Refusal):
    """The body is JSON but not what the provider documents."""

    status, reason, title = 422, "wrong-contract", "The body is not what the provider documents"


class Unavailable(Refusal):
    """Nothing is known to be wrong with the delivery: the sender should come again."""

    status, reason, title = 503, "unavailable", "Come again"
    headers: ClassVar[Mapping[str, str]] = {"retry-after": str(RETRY_AFTER_SECONDS)}


class MaybePublished(Unavailable):
    """The event may be on the bus, although its publication failed."""

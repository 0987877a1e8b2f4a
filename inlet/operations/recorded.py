"""A recorded delivery of a provider that Inlet does not know yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inlet.document import Document
from inlet.operations.errors import OperationError
from inlet.refusals import Refusal


@dataclass(frozen=True)
class Recorded:
    """The headers of a delivery, by their lower-case names, and its body."""

    headers: Mapping[str, str]
    body: Mapping[str, Any]


def read(file: Path) -> Recorded:
    """Read a recorded delivery: a body alone, or an object of `headers` and `body`."""
    try:
        written = Document.parse(file.read_bytes()).data
    except OSError as error:
        raise OperationError(f"{file} cannot be read: {error.strerror}.") from None
    except Refusal as refusal:
        raise OperationError(
            f"{file} must hold the body of a delivery, or an object of its headers and its body."
            f" {refusal.detail}"
        ) from None
    if written.keys() != {"headers", "body"}:
        return Recorded(headers={}, body=written)
    headers, body = written["headers"], written["body"]
    if not isinstance(headers, dict) or not isinstance(body, dict):
        raise OperationError(f"The headers and the body in {file} must both be JSON objects.")
    if not all(isinstance(value, str) for value in headers.values()):
        raise OperationError(f"The value of every header in {file} must be a text.")
    return Recorded(headers={name.lower(): value for name, value in headers.items()}, body=body)

"""The samples in `events/`: both ends of the journey of a delivery."""

import glob
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inlet.json_text import dumps, loads
from inlet.operations.errors import OperationError

EVENTS = Path("events")


@dataclass(frozen=True)
class Sample:
    """What is sent, what is answered, and what goes on the bus (None where nothing does).

    `answer` is empty as long as nobody has written what it should be. `evidence` is `documented`,
    `seen` or `invented`; `after` names the samples of the same provider that must have been sent
    before.
    """

    provider: str
    name: str
    evidence: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    event: Mapping[str, Any] | None
    after: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """The bytes of the request: a text as it stands, anything else as JSON."""
        body = self.request["body"]
        return (body if isinstance(body, str) else dumps(body)).encode()

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request, without those that prove who sent it."""
        return dict(self.request["headers"])

    @property
    def credentials(self) -> str:
        """Whether the request is sent with `right`, `wrong` or `none`."""
        return str(self.request.get("credentials", "right"))


def read(file: Path) -> Sample:
    """Read one sample."""
    try:
        written = loads(file.read_text())
        return Sample(
            provider=written["request"]["path"].split("/")[2],
            name=file.stem,
            evidence=written["evidence"],
            request=written["request"],
            answer=written["answer"] or {},
            event=written["event"],
            after=tuple(written.get("after", ())),
        )
    except OSError as error:
        raise OperationError(f"The sample {file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise OperationError(
            f"{file} is not a sample: it must be a JSON object with evidence, request (with a"
            " path and a body), answer and event, as those in events/ are."
        ) from None


def find(name: str, events: Path = EVENTS) -> Sample:
    """The sample that a person means: a file, or a type such as PAYMENT_INITIATED__duplicate."""
    if name.endswith(".json") or Path(name).is_absolute():
        return read(Path(name))
    literal = glob.escape(name)
    found = sorted(events.glob(f"{literal}.json" if "/" in name else f"*/{literal}.json"))
    if not found:
        known = sorted(file.stem for file in events.glob("*/*.json") if "__" not in file.stem)
        raise OperationError(
            f"There is no sample {name} in {events}/. There are, among others: {', '.join(known)}."
            if known
            else f"There are no samples in {events}/: run this in the folder of the repository."
        )
    if len(found) > 1:
        choices = " or ".join(f"{file.parent.name}/{file.stem}" for file in found)
        raise OperationError(f"More than one provider has a sample {name}: say {choices}.")
    return read(found[0])

"""The door that is tried, the credentials it takes, and what may be seen behind it."""

import base64
import hashlib
import hmac
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx

ATTEMPTS = 8
COME_AGAIN = {None, 408, 429, 500, 502, 503, 504}
"""What a sender takes for no answer yet; None is none at all."""


class NotAsExpected(Exception):
    """The door did something else; the text says what."""


class NotPossible(Exception):
    """It cannot be tried at this door; the text says why."""


@dataclass(frozen=True)
class Request:
    """What is posted: `id` is that of its event, where the body or a header carries it."""

    path: str
    body: bytes
    headers: Mapping[str, str]
    id: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back. `status` is None where nothing did."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def said(self) -> Mapping[str, Any]:
        """The body, where it is a JSON object."""
        try:
            read = json.loads(self.text)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def __str__(self) -> str:
        said = self.said
        is_taken = self.status is not None and self.status < 300
        word = said.get("status" if is_taken else "title") or said.get("message") or ""
        return f"{self.status or 'no answer'} {word}".strip()


@dataclass(frozen=True)
class Behind:
    """What is behind a door on this machine: the pids of the functions, and their logs."""

    pids: Callable[[], Sequence[int]]
    logs: Callable[[], str]

    def kill(self) -> int:
        """End the function's processes as a crash does; how many there were."""
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)


@dataclass(frozen=True)
class Target:
    """A door, a user for each provider, and the key that `standard` signs with.

    `timeline` tells the state of a subject and how many events there are of it, where that can be
    read. `silence` is what comes before a burst, in seconds.
    """

    url: str
    users: Mapping[str, tuple[str, str]] = field(repr=False)
    signing: bytes | None = field(default=None, repr=False)
    timeline: Callable[[str], tuple[str | None, int]] | None = None
    behind: Behind | None = None
    silence: float = 5.0

    def post(self, request: Request, *, timeout: float = 40) -> Answer:
        """Post once."""
        try:
            came = httpx.post(
                self.url + request.path,
                content=request.body,
                headers=[(n.encode(), v.encode("latin-1")) for n, v in request.headers.items()],
                timeout=timeout,
            )
        except httpx.HTTPError:
            return Answer(None)
        return Answer(came.status_code, came.headers, came.text)

    def together(self, requests: Sequence[Request]) -> list[Answer]:
        """Post all at the same time, each by a thread of its own."""
        start = Barrier(len(requests))

        def post(request: Request) -> Answer:
            start.wait()
            return self.post(request)

        with ThreadPoolExecutor(len(requests)) as threads:
            return list(threads.map(post, requests))

    def deliver(self, request: Request) -> Answer:
        """Post as a sender does: again, as long as the door says so or nothing."""
        answer = self.post(request)
        for attempt in range(ATTEMPTS - 1):
            if answer.status not in COME_AGAIN:
                break
            time.sleep(0.25 * 2**attempt)
            answer = self.post(request)
        return answer

    def taken(self, request: Request, *outcomes: str) -> Answer:
        """Deliver what must be taken, with one of these outcomes."""
        return must_be_taken(self.deliver(request), request, *outcomes)

    def refused(self, request: Request, status: int) -> Answer:
        """Deliver what must be refused, and in a way that a sender can read."""
        return must_be_refused(self.deliver(request), status)

    def marosa(self, **changed: Any) -> Request:
        """A new notification of Marosa, as it should be but for what is changed."""
        body = {
            "eventId": str(uuid4()),
            "eventType": "DOCUMENT_STATUS_CHANGED",
            "occurredAt": "2025-03-30T10:15:00Z",
            "documentId": f"CONFORMANCE-{uuid4().hex[:12]}",
            "externalStatus": "APPROVED",
            "currentStatus": "OK",
            "flowDetail": "VERIFACTU",
        } | changed
        written = json.dumps(body).encode()
        headers = JSON | basic(*self.users["marosa"])
        return Request("/webhooks/marosa", written, headers, str(body["eventId"]))

    def digiteal(self, event_type: str = "COMPANY_CREATED") -> Request:
        """A new notification of Digiteal: its path names its type, and nothing its id."""
        body = {
            "changeType": event_type.removeprefix("COMPANY_"),
            "executionTimestamp": "2025-02-03 17:23:45",
            "id": 8_000_000_000_000_000 + uuid4().int % 10**15,
            "name": "Example NV",
        }
        headers = JSON | basic(*self.users["digiteal"])
        return Request(f"/webhooks/digiteal/{event_type}", json.dumps(body).encode(), headers)

    def standard(self, *, age: float = 0, key: bytes | None = None) -> Request:
        """A new message of Standard Webhooks, signed so many seconds ago."""
        if self.signing is None:
            raise NotPossible("no signing secret of standard is at hand")
        name, moment = f"msg_{uuid4().hex}", str(int(time.time() - age))
        body = b'{"type": "invoice.paid", "timestamp": "2025-03-30T10:15:00Z", "data": {}}'
        signed = b".".join((name.encode(), moment.encode(), body))
        digest = hmac.digest(key or self.signing, signed, hashlib.sha256)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": moment,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
        return Request("/webhooks/standard", body, JSON | headers, name)


JSON = {"content-type": "application/json"}


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def must_be_taken(answer: Answer, request: Request, *outcomes: str) -> Answer:
    """An answer that says the door has the event, under its own id. Raises NotAsExpected."""
    if answer.status != 202 or answer.said.get("status") not in outcomes:
        raise NotAsExpected(str(answer))
    if not answer.said.get("eventId") or request.id not in {"", answer.said["eventId"]}:
        raise NotAsExpected(f"{answer} under another id")
    return answer


def must_be_refused(answer: Answer, status: int) -> Answer:
    """An answer with this status, which is a problem of RFC 9457. Raises NotAsExpected."""
    if answer.status != status:
        raise NotAsExpected(str(answer))
    media_type = answer.headers.get("content-type", "")
    if not media_type.startswith("application/problem+json") or "title" not in answer.said:
        raise NotAsExpected(f"{answer}, and not as a problem of RFC 9457")
    return answer


def processes_of(run: int, folder: Path) -> Behind:
    """What is behind the door of a laptop run, given its pid and the folder it runs in."""

    def pids() -> Sequence[int]:
        if not Path("/proc/self/stat").exists():
            raise NotPossible("this machine has no /proc to find the function's processes in")
        return [pid for pid in _children(run) if "functions.ingest" in _command(pid)]

    def logs() -> str:
        written = sorted((folder / ".inlet" / "logs").glob("*.log"))
        return "".join(file.read_text(errors="replace") for file in written)

    return Behind(pids, logs)


def _children(run: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended
            continue
        if int(parent) == run:
            yield int(process.name)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""

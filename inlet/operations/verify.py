"""Verify: compare what a simulation sent and was answered with what a deployment then holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from inlet import delivery
from inlet.operations import quarantine
from inlet.operations.consumers import deployed
from inlet.operations.dead_letters import Wanted, dead_letters
from inlet.operations.deployment import Deployment
from inlet.operations.queues import depth
from inlet.operations.simulate import PLAYED, entries_of
from inlet.operations.timeline import timeline
from inlet.providers import PROVIDERS
from inlet.quarantined import request_hash
from inlet.refusals import Refusal
from inlet.request import Request
from inlet.simulator.checker import Found, Violation, check
from inlet.simulator.sending import Sending

Look = TypeVar("Look")

QUIET_SECONDS = 10.0
"""How long the queues may get no shorter before it is compared all the same."""

PATIENCE_SECONDS = 60.0
"""How long no less may be wrong before what is found counts."""

PAUSE_SECONDS = 1.0

UNSETTLED = frozenset({"attention", "lost", "state"})
"""What may be wrong of an event that still is in a consumer's queue, and comes right with it."""

AT_ONCE = 8
"""How many timelines are read at the same time."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What is not as it must be, and what is not so yet.

    `waiting` are the events that are still in the consumers' queues, of the simulation or not, and
    `unsettled` is what is wrong unless it is about these; `dead_letters` are the simulation's own.
    """

    violations: Sequence[Violation]
    unsettled: Sequence[Violation]
    waiting: int
    dead_letters: int

    @property
    def wrong(self) -> int:
        """How much keeps it from being verified."""
        return len(self.violations) + len(self.unsettled)


def verify(deployment: Deployment, journal: Path) -> Verification:
    """Compare, once the queues are empty, and again as long as less and less is wrong.

    It looks at nothing but what can be of the simulation: its subjects, its refused requests and
    its dead letters. The queues are everybody's, and need not be empty for all to be right.
    """
    traces = _Traces(journal)
    _least(lambda: _waiting(deployment), int, QUIET_SECONDS)
    return _least(
        lambda: _compare(deployment, journal, traces),
        lambda found: found.wrong,
        PATIENCE_SECONDS,
    )


def _least(look: Callable[[], Look], wrong: Callable[[Look], int], seconds: float) -> Look:
    """Look until nothing is wrong, or for so long no less than before; what was seen last."""
    least, until = None, 0.0
    while True:
        seen = look()
        left = wrong(seen)
        if least is None or left < least:
            least, until = left, monotonic() + seconds
        if left == 0 or monotonic() >= until:
            return seen
        sleep(PAUSE_SECONDS)


class _Traces:
    """Where a simulation may have left anything: subjects, and hashes of quarantined contents."""

    def __init__(self, journal: Path) -> None:
        self.subjects: set[str] = set()
        self.contents: Mapping[str, set[str]] = {name: set() for name in PLAYED}
        for entry in entries_of(journal):
            sending = entry.sending
            request = _request(sending)
            self.contents[sending.provider].add(request_hash(PROVIDERS[sending.provider], request))
            if subject := _subject(sending, request):
                self.subjects.add(subject)


def _request(sending: Sending) -> Request:
    """A sending as the door reads it."""
    path_type = sending.path.removeprefix(f"/webhooks/{sending.provider}").removeprefix("/")
    return Request(
        body=sending.body,
        headers=sending.headers,
        received_at=datetime.now(UTC),
        correlation_id="",
        path_type=path_type or None,
    )


def _subject(sending: Sending, request: Request) -> str | None:
    """What it is about, None where it cannot be read."""
    try:
        return delivery.read(PROVIDERS[sending.provider], request).metadata.subject
    except Refusal:
        return None


def _compare(deployment: Deployment, journal: Path, traces: _Traces) -> Verification:
    """What there is now."""
    waiting = _waiting(deployment)
    letters = [
        letter.event["detail"]
        for letter in dead_letters(deployment, Wanted())
        if letter.subject in traces.subjects
    ]
    found = Found(
        timeline=list(_timelines(deployment, traces.subjects)),
        queued=(),
        dead_letters=letters,
        quarantine=[
            kept
            for provider, contents in traces.contents.items()
            for kept in quarantine.documents(deployment, provider, contents)
        ],
    )
    wrong = check(entries_of(journal), found)
    lost = sum(one.what == "lost" for one in wrong)
    # With more of them than there is in the queues, something is lost whatever comes of these.
    may_settle = UNSETTLED if waiting and waiting >= lost else frozenset()
    return Verification(
        violations=[one for one in wrong if one.what not in may_settle],
        unsettled=[one for one in wrong if one.what in may_settle],
        waiting=waiting,
        dead_letters=len(letters),
    )


def _timelines(deployment: Deployment, subjects: set[str]) -> Iterator[dict[str, Any]]:
    """The entries and states of all subjects."""
    deployment.client("dynamodb")  # made once, before threads ask for it
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for known in threads.map(lambda subject: timeline(deployment, subject), sorted(subjects)):
            yield from (*known.entries, *known.conflicts)
            if known.state:
                yield known.state


def _waiting(deployment: Deployment) -> int:
    """Return how many events wait in the queues of the consumers, or are being consumed."""
    return sum(depth(deployment, consumer.queue).total for consumer in deployed(deployment))

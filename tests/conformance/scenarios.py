"""The scenarios: each says what is expected, plays it, and tells what came."""

import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import uuid4

from tests.conformance.target import (
    COME_AGAIN,
    NotAsExpected,
    NotPossible,
    Request,
    Target,
    basic,
    must_be_taken,
)

Play = Callable[[Target], str]

OVERSIZE = 10 * 1024 * 1024 + 1
"""More than the HTTP API takes."""


@dataclass(frozen=True)
class Scenario:
    """One thing that a receiver must stand."""

    name: str
    expected: str
    play: Play


SCENARIOS: list[Scenario] = []


def scenario(name: str, expected: str) -> Callable[[Play], Play]:
    """Add a scenario to the suite, in the order of this file."""

    def added(play: Play) -> Play:
        SCENARIOS.append(Scenario(name, expected, play))
        return play

    return added


@scenario("delivery", "202 accepted, from each provider")
def _(target: Target) -> str:
    for request in (target.marosa(), target.digiteal()):
        target.taken(request, "accepted")
    if target.signing:
        target.taken(target.standard(), "accepted")
    return "202 accepted"


@scenario("sequential duplicates", "202 duplicate with the same id, however it is written")
def _(target: Target) -> str:
    for request in (target.marosa(), target.digiteal()):
        first = target.taken(request, "accepted")
        rewritten = replace(request, body=request.body.replace(b": ", b" :\n "))
        for again in (request, request, rewritten):
            second = target.taken(again, "duplicate")
            if second.said["eventId"] != first.said["eventId"]:
                raise NotAsExpected("the duplicate has another id")
    return "202 duplicate, 3 times of 3"


@scenario("simultaneous duplicates", "one is accepted, the others are duplicates or come again")
def _(target: Target) -> str:
    counted: Counter[str] = Counter()
    for request in (target.marosa(), target.digiteal()):
        answers = [str(answer) for answer in target.together([request] * 8)]
        counted.update(answers)
        if answers.count("202 accepted") != 1:
            raise NotAsExpected(_counts(answers))
        target.taken(request, "duplicate")
    return _counts(counted.elements())


@scenario("order reversal", "both are accepted, and the state is that of what happened last")
def _(target: Target) -> str:
    document = f"CONFORMANCE-{uuid4().hex[:12]}"
    for hour, current in ((12, "OK"), (11, "PROCESSING")):
        moment = f"2025-03-30T{hour}:00:00Z"
        request = target.marosa(documentId=document, occurredAt=moment, currentStatus=current)
        target.taken(request, "accepted")
    if target.timeline is None:
        return "both accepted; the state cannot be seen from here"
    status, entries = _wait_for(target.timeline, f"marosa/document/{document}", 2)
    if (status, entries) != ("OK", 2):
        raise NotAsExpected(f"{entries} of 2 events in the timeline, and the state is {status}")
    return "both accepted, and the state is OK"


def _wait_for(
    timeline: Callable[[str], tuple[str | None, int]], subject: str, events: int
) -> tuple[str | None, int]:
    """The state of a subject and its number of events, once there are as many, or half a minute
    later.
    """
    for _ in range(60):
        status, entries = timeline(subject)
        if entries >= events:
            break
        time.sleep(0.5)
    return status, entries


@scenario("time-out, then retry", "the retry is taken, and from then on it is a duplicate")
def _(target: Target) -> str:
    request = target.marosa()
    with _connected(target) as connection:
        connection.sendall(_head(target, request) + request.body)
    answer = target.taken(request, "accepted", "duplicate")
    target.taken(request, "duplicate")
    return f"{answer}, then 202 duplicate"


@scenario("missing credentials", "401, and a word on how to authenticate")
def _(target: Target) -> str:
    for request in (target.marosa(), target.digiteal()):
        answer = target.refused(_without(request, "authorization"), 401)
        if "www-authenticate" not in answer.headers:
            raise NotAsExpected("401 without WWW-Authenticate")
    if target.signing:
        target.refused(_without(target.standard(), "webhook-signature"), 401)
    return "401"


@scenario("malformed credentials", "401, never 5xx")
def _(target: Target) -> str:
    for proof in ("Basic", "Basic !!!", "Basic Og==", "Bearer x", "basic \xe9", "x" * 4000):
        sent = target.marosa()
        target.refused(replace(sent, headers={**sent.headers, "authorization": proof}), 401)
    if target.signing:
        sent = target.standard()
        for signature in ("v1,", "v1,!!!", "v2,YQ==", ","):
            headers = {**sent.headers, "webhook-signature": signature}
            target.refused(replace(sent, headers=headers), 401)
    return "401, however they are malformed"


@scenario("wrong key", "401, as a user of another provider is too")
def _(target: Target) -> str:
    sent, (name, password) = target.marosa(), target.users["marosa"]
    for wrong in ((name, password[:-1]), (name, ""), target.users["digiteal"]):
        target.refused(replace(sent, headers={**sent.headers, **basic(*wrong)}), 401)
    if target.signing:
        target.refused(target.standard(key=target.signing[:-1] + b"?"), 401)
    target.taken(sent, "accepted")  # nothing of it has counted
    return "401, and the right one is accepted"


@scenario("stale credentials", "401 for a signature ten minutes old, or ahead")
def _(target: Target) -> str:
    target.refused(target.standard(age=600), 401)
    target.refused(target.standard(age=-600), 401)
    target.taken(target.standard(age=60), "accepted")
    return "401, and 202 for a minute old"


@scenario("altered body", "401 where it is signed")
def _(target: Target) -> str:
    sent = target.standard()
    target.refused(replace(sent, body=sent.body.replace(b"paid", b"sent")), 401)
    target.refused(replace(sent, body=sent.body + b" "), 401)
    target.taken(sent, "accepted")
    return "401, and 202 as it was signed"


@scenario("id reused", "409 for another body under an id that was taken")
def _(target: Target) -> str:
    first = target.marosa()
    target.taken(first, "accepted")
    target.refused(target.marosa(eventId=first.id), 409)
    target.taken(first, "duplicate")
    return "409, and the first is a duplicate as ever"


@scenario("malformed body", "400 not JSON, 415 another content type, 422 another contract")
def _(target: Target) -> str:
    sent = target.marosa()
    for body in (b"", sent.body[:-1], b"\xff", sent.body.replace(b'"OK"', b"NaN")):
        target.refused(replace(sent, body=body), 400)
    target.refused(replace(sent, headers={**sent.headers, "content-type": "text/plain"}), 415)
    for body in (b"[]", b"{}", sent.body.replace(b'"OK"', b"7")):
        target.refused(replace(sent, body=body), 422)
    target.taken(sent, "accepted")  # none of them has used its id up
    return "400, 415 and 422"


@scenario("unknown type", "202 accepted: it is kept for whoever adds the type")
def _(target: Target) -> str:
    target.taken(target.marosa(eventType="DOCUMENT_PONDERED"), "accepted")
    target.taken(target.digiteal("COMPANY_PONDERED"), "accepted")
    return "202 accepted"


@scenario("redaction", "no answer repeats what was sent, and no log has it")
def _(target: Target) -> str:
    secret = f"secret-{uuid4().hex}"
    document = f"CONFORMANCE-{uuid4().hex[:12]}"
    sent = target.marosa()
    answers = [
        target.post(replace(sent, headers={**sent.headers, **basic("marosa", secret)})),
        target.post(target.marosa(flowDetail=secret, currentStatus=[secret])),
        target.post(replace(sent, body=f'{{"flowDetail": "{secret}" oops'.encode())),
        target.post(target.marosa(flowDetail=secret, documentId=document)),
    ]
    statuses = [answer.status for answer in answers]
    if statuses != [401, 422, 400, 202]:
        raise NotAsExpected(_counts(map(str, answers)))
    if any(secret in answer.text for answer in answers):
        raise NotAsExpected("an answer repeats what was sent")
    if target.behind is None or target.timeline is None:
        return "no answer repeats it; the logs cannot be seen from here"
    _wait_for(target.timeline, f"marosa/document/{document}", 1)  # then its consumer has logged
    password = target.users["marosa"][1]
    if any(word in target.behind.logs() for word in (secret, password)):
        raise NotAsExpected("a log has what was sent")
    return "in no answer, and in no log"


@scenario("oversize", "413 for more than 10 MB")
def _(target: Target) -> str:
    answer = target.post(target.marosa(flowDetail="x" * OVERSIZE))
    if answer.status != 413:
        raise NotAsExpected(str(answer))
    target.taken(target.marosa(flowDetail="x" * 1_000_000), "accepted")
    return "413, and 1 MB is accepted"


@scenario("slow body", "others are answered meanwhile, and it is taken once it is whole")
def _(target: Target) -> str:
    slow = [target.marosa() for _ in range(10)]
    with ExitStack() as connections:
        opened = [connections.enter_context(_connected(target)) for _ in slow]
        for connection, request in zip(opened, slow, strict=True):
            connection.sendall(_head(target, request) + request.body[:10])
        target.taken(target.marosa(), "accepted")
        for connection, request in zip(opened, slow, strict=True):
            connection.sendall(request.body[10:])
        begins = [connection.recv(12) for connection in opened]
    if set(begins) != {b"HTTP/1.1 202"}:
        raise NotAsExpected(_counts(begin.decode(errors="replace") for begin in begins))
    return "202 for one that came later, then for all"


@scenario("burst after silence", "all are taken, now or when they come again")
def _(target: Target) -> str:
    time.sleep(target.silence)
    burst = [target.marosa() for _ in range(20)]
    answers = target.together(burst)
    for answer, request in zip(answers, burst, strict=True):
        if answer.status in COME_AGAIN:
            target.taken(request, "accepted", "duplicate")
        else:
            must_be_taken(answer, request, "accepted")
    return _counts(map(str, answers))


@scenario("restart in the middle", "what was taken before is a duplicate, all else is taken")
def _(target: Target) -> str:
    if target.behind is None:
        raise NotPossible("only on the laptop run can the function's processes be killed")
    requests = [target.marosa() for _ in range(6)]
    for request in requests[:3]:
        target.taken(request, "accepted")
    killed = target.behind.kill()
    if not killed:
        raise NotPossible("no process of the function was found")
    for request in requests[3:]:
        target.taken(request, "accepted", "duplicate")
    for request in requests:
        target.taken(request, "duplicate")
    return f"{killed} killed, and every event counted once"


def _counts(answers: Iterable[str]) -> str:
    return ", ".join(f"{times} x {answer}" for answer, times in sorted(Counter(answers).items()))


def _without(request: Request, header: str) -> Request:
    kept = {name: value for name, value in request.headers.items() if name != header}
    return replace(request, headers=kept)


@contextmanager
def _connected(target: Target) -> Iterator[socket.socket]:
    """A connection of which every byte is ours."""
    url = urlsplit(target.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    with socket.create_connection((url.hostname or "", port), timeout=40) as plain:
        if url.scheme != "https":
            yield plain
            return
        with ssl.create_default_context().wrap_socket(plain, server_hostname=url.hostname) as safe:
            yield safe


def _head(target: Target, request: Request) -> bytes:
    """All of a request that comes before its body."""
    url = urlsplit(target.url)
    headers = {"host": url.netloc, **request.headers, "content-length": str(len(request.body))}
    lines = [f"POST {url.path}{request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()

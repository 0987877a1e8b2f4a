"""The data planes: the process that answers as AWS does, which is moto with four mends.

`python -m local.data_planes FD` serves on the listening socket that it was handed, and ends when
its standard input does, which is when the laptop run ends, however that comes about.

* One request at a time: moto tests a condition and then writes, which two threads do at once.
* What EventBridge refuses in `PutEvents` is refused.
* A secret's value is that of the version that `AWSCURRENT` was moved to.
* Its requests are not logged.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.secretsmanager.models import SecretsManagerBackend
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MAXIMUM_REQUEST_BYTES = 1_048_576
MAXIMUM_DETAIL_TYPE = 128
WAITING = "AmazonSQS.ReceiveMessage"
"""The one operation that waits, and so must not hold up the others."""

Entry = dict[str, Any]
PutEvents = Callable[[EventsBackend, list[Entry]], list[Entry]]
MoveStage = Callable[..., tuple[str, str]]


def main() -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mended = refusing(EventsBackend.put_events)
    EventsBackend.put_events = mended  # type: ignore[method-assign, assignment]
    moved = following(SecretsManagerBackend.update_secret_version_stage)
    SecretsManagerBackend.update_secret_version_stage = moved  # type: ignore[method-assign]
    application = one_at_a_time(DomainDispatcherApplication(create_backend_app))
    make_server(
        "127.0.0.1",
        0,
        application,
        threaded=True,
        fd=int(sys.argv[1]),
        request_handler=MotoRequestHandler,
    ).serve_forever()


def one_at_a_time(application: "WSGIApplication") -> "WSGIApplication":
    """The application, with a lock around every request that does not wait for messages."""
    lock = threading.Lock()

    def locked(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") == WAITING:
            return application(environ, start_response)
        with lock:
            return application(environ, start_response)

    return locked


def refusing(put_events: PutEvents) -> PutEvents:
    """`PutEvents` with the refusals of EventBridge that moto leaves out."""

    def checked(backend: EventsBackend, events: list[Entry]) -> list[Entry]:
        if sum(map(size, events)) > MAXIMUM_REQUEST_BYTES:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        refused = [refusal(entry) for entry in events]
        accepted = [entry for entry, no in zip(events, refused, strict=True) if no is None]
        answers = iter(put_events(backend, accepted))
        return [no or next(answers) for no in refused]

    return checked


def following(move: MoveStage) -> MoveStage:
    """`UpdateSecretVersionStage` after which the secret's value is that of its current version."""

    def moved(backend: SecretsManagerBackend, **names: str) -> tuple[str, str]:
        answer = move(backend, **names)
        secret = backend.secrets[names["secret_id"]]
        [current] = [i for i, v in secret.versions.items() if "AWSCURRENT" in v["version_stages"]]
        secret.set_default_version_id(current)  # type: ignore[union-attr]
        return answer

    return moved


def size(entry: Entry) -> int:
    """The bytes that EventBridge counts of an entry."""
    texts: Sequence[str] = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    stamp = 14 if entry.get("Time") else 0
    return stamp + sum(len(text.encode()) for text in [*texts, *(entry.get("Resources") or [])])


def refusal(entry: Entry) -> Entry | None:
    """Why EventBridge refuses an entry, in its own words, where moto would take it."""
    if len(entry.get("DetailType") or "") > MAXIMUM_DETAIL_TYPE:
        reason = "Parameter DetailType is not valid. Reason: it is longer than 128 characters."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry.get("Detail") and not _is_json_object(entry["Detail"]):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    return None


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=_not_json), dict)
    except ValueError:
        return False


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity: Python takes them, JSON has none


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()

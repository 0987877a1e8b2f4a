"""The data planes: the process that answers as AWS does, which is moto with nine patches.

`python -m local.data_planes FD` serves on the listening socket that it was handed, and ends when
its standard input does, which is when the laptop run ends, however that comes about.

* One request at a time: moto tests a condition and then writes, which two threads do at once.
* The bus is ours: what it refuses, matches, delivers, archives and replays.
* A queue rejects a message with a character that SQS does not take.
* A queue keeps its policy when other attributes of it are set.
* A wait for messages sleeps while its queue is empty: moto's wakes up once a second.
* A query looks at the items of its key alone: moto's sorts the whole table first.
* A secret's value is that of the version that `AWSCURRENT` was moved to.
* Names of its modules and methods are looked up once, not on each request.
* Its requests are not logged.
"""

import logging
import os
import re
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any

import moto.backends
from moto.core import responses
from moto.dynamodb.models.table import Table
from moto.events.models import events_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.secretsmanager.models import SecretsManagerBackend
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, Queue, SQSBackend
from werkzeug.serving import make_server

from local.bus import ONE_AT_A_TIME, EventBridge

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

WAITING = "AmazonSQS.ReceiveMessage"
"""The one operation that waits, and so must not hold up the others."""

ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that SQS does not take in a message."""

Entries = dict[str, dict[str, Any]]
MoveStage = Callable[..., tuple[str, str]]
Query = Callable[..., Any]
Receive = Callable[..., list[Message]]
Send = Callable[..., Message]
SendBatch = Callable[[SQSBackend, str, Entries], tuple[list[Message], list[dict[str, Any]]]]
SetAttributes = Callable[[SQSBackend, str, dict[str, Any]], Queue]


def main() -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    modules = frozenset(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = cache(responses.method_names_from_class)  # type: ignore[attr-defined]
    events_backends.backend = EventBridge
    SQSBackend.send_message = legal(SQSBackend.send_message)  # type: ignore[method-assign]
    sent = legal_batch(SQSBackend.send_message_batch)
    SQSBackend.send_message_batch = sent  # type: ignore[method-assign, assignment]
    kept = keeping(SQSBackend.set_queue_attributes)
    SQSBackend.set_queue_attributes = kept  # type: ignore[method-assign, assignment]
    SQSBackend.receive_message = asleep(SQSBackend.receive_message)  # type: ignore[method-assign]
    Table.query = narrow(Table.query)  # type: ignore[method-assign]
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

    def locked(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") == WAITING:
            return application(environ, start_response)
        with ONE_AT_A_TIME:
            return application(environ, start_response)

    return locked


class InvalidMessageContents(SQSException):
    """The error of SQS for a message with a character that it does not take."""

    code = "InvalidMessageContents"
    message = "The message contains characters outside the allowed set."


def legal(send: Send) -> Send:
    """Return `SendMessage` that rejects a body with an illegal character."""

    def checked(
        backend: SQSBackend,
        queue_name: str,
        body: str,
        *more: Any,  # noqa: ANN401 - moto's own
        **named: Any,  # noqa: ANN401
    ) -> Message:
        if ILLEGAL.search(body):
            raise InvalidMessageContents
        return send(backend, queue_name, body, *more, **named)

    return checked


def legal_batch(send: SendBatch) -> SendBatch:
    """Return `SendMessageBatch` that rejects only those messages that have an illegal character."""

    def checked(
        backend: SQSBackend, queue_name: str, entries: Entries
    ) -> tuple[list[Message], list[dict[str, Any]]]:
        good = {key: one for key, one in entries.items() if not ILLEGAL.search(one["MessageBody"])}
        sent, failed = send(backend, queue_name, good)
        rejected = [
            {
                "Id": one["Id"],
                "SenderFault": True,
                "Code": InvalidMessageContents.code,
                "Message": InvalidMessageContents.message,
            }
            for key, one in entries.items()
            if key not in good
        ]
        return sent, failed + rejected

    return checked


def keeping(set_attributes: SetAttributes) -> SetAttributes:
    """`SetQueueAttributes` after which a queue has the policy that it had, unless it gives one."""

    def kept(backend: SQSBackend, queue_name: str, attributes: dict[str, Any]) -> Queue:
        policy = backend.get_queue(queue_name).policy
        return set_attributes(backend, queue_name, {"Policy": policy} | attributes)

    return kept


def asleep(receive: Receive) -> Receive:
    """Return `ReceiveMessage` that sleeps until its queue has a message, visible or not."""

    def received(
        backend: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds: int,
        *more: Any,  # noqa: ANN401 - moto's own
    ) -> list[Message]:
        queue = backend.get_queue(queue_name)
        end = time.monotonic() + wait_seconds
        with queue._messages_lock:  # noqa: SLF001 - moto notifies its own wait with it
            queue._messages_lock.wait_for(lambda: queue._messages, wait_seconds)  # noqa: SLF001
        rest = max(0, end - time.monotonic())
        return receive(backend, queue_name, count, rest, *more)

    return received


def narrow(query: Query) -> Query:
    """`Query` of a table that sees no more than the items of its hash key, unless of an index.

    Only where requests come one at a time: meanwhile, the table has no others.
    """
    asked = signature(query)

    def narrowed(table: Table, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's own
        given = asked.bind(table, *arguments, **named).arguments
        everything = table.items
        if not given.get("index_name"):
            key = given["hash_key"]
            table.items = defaultdict(dict, {key: everything.get(key, {})})
        try:
            return query(table, *arguments, **named)
        finally:
            table.items = everything

    return narrowed


def following(move: MoveStage) -> MoveStage:
    """`UpdateSecretVersionStage` after which the secret's value is that of its current version."""

    def moved(backend: SecretsManagerBackend, **names: str) -> tuple[str, str]:
        answer = move(backend, **names)
        secret = backend.secrets[names["secret_id"]]
        [current] = [i for i, v in secret.versions.items() if "AWSCURRENT" in v["version_stages"]]
        secret.set_default_version_id(current)  # type: ignore[union-attr]
        return answer

    return moved


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()

"""With SnapStart, a function begins anew when AWS's own runtime client says that it is restored."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from benchmarks.candidates import INGEST, SAMPLE, ingest, unhurried
from benchmarks.measured import Laboratory
from local.environments import Environment, Program, Snapshot
from tests.benchmarks.conftest import BUILDER, START
from tests.support.gateway import basic, http_event


class _Keys(BaseHTTPRequestHandler):
    """Lambda's own address for keys of the function's role: such a function has none to begin with.

    They are about to expire, so that each new call asks for others.
    """

    def __init__(self, asked: list[str], *arguments: Any) -> None:
        self._asked = asked
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._asked.append(self.headers["Authorization"])
        expires = datetime.now(UTC) + timedelta(minutes=5)
        keys = {"AccessKeyId": "an-id", "SecretAccessKey": "a-key", "Token": "a-token"}
        body = json.dumps(keys | {"Expiration": expires.isoformat()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Restored:
    """The ingest function, as far as the snapshot of it is taken."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.stub = laboratory.stub
        self.asked_for_keys: list[str] = []
        self._keys = HTTPServer(("127.0.0.1", 0), partial(_Keys, self.asked_for_keys))
        threading.Thread(target=self._keys.serve_forever, args=[0.05], daemon=True).start()
        remembering = INGEST.model_copy(update={"remember_in_memory": 256})
        candidate = unhurried(ingest(BUILDER, remembering), laboratory.runtime)
        told = {
            name: value
            for name, value in laboratory.variables.items()
            if name not in {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
        }
        address = f"http://127.0.0.1:{self._keys.server_port}/role"
        told |= {
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": address,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "lambdas-own",
        }
        self.stub.secret = _secret("old")
        self.stub.connections = 0
        self.stub.calls.clear()
        self._environment = Environment(
            Program(candidate.handler, candidate.bundle, 60, {**told, **candidate.variables},
                    laboratory.log),
            laboratory.runtime,
        )  # fmt: skip
        assert self._environment.ready() == Snapshot()

    def post(self, password: str) -> int:
        """Deliver a new document; the status of the answer."""
        body = json.dumps(SAMPLE.request["body"] | {"eventId": str(uuid.uuid4())}).encode()
        headers = {"content-type": "application/json"} | basic("marosa", password)
        event = json.dumps(http_event("/webhooks/marosa", body, headers)).encode()
        answer = self._environment.invoke(event, "arn:aws:lambda:::function:ingest:live", "Root=1")
        assert not answer.failed, answer.payload
        status: int = json.loads(answer.payload)["statusCode"]
        return status

    def stop(self) -> None:
        self._environment.stop()
        self._environment.join(5)
        self._keys.shutdown()
        self._keys.server_close()


def _secret(password: str) -> str:
    user = {"label": "only", "username": "marosa", "password": password}
    return json.dumps({"basic": [user]})


@pytest.fixture
def function(laboratory: Laboratory) -> Iterator[Restored]:
    """A function of which the snapshot is taken, after a start that made all of its calls."""
    made = Restored(laboratory)
    yield made
    made.stop()


def test_a_secret_that_was_changed_since_the_snapshot_counts_at_once(function: Restored) -> None:
    function.stub.secret = _secret("new")
    assert function.post("old") == 401
    assert function.post("new") == 202


def test_a_secret_that_was_read_before_the_snapshot_is_nothing_to_go_by(function: Restored) -> None:
    function.stub.secret = "spoilt"
    assert function.post("old") == 503


def test_no_connection_of_the_snapshot_is_used_again(function: Restored) -> None:
    assert (function.stub.connections, function.stub.calls) == (3, START)
    function.stub.calls.clear()
    assert function.post("old") == 202
    assert function.stub.connections == 6
    delivery = {"PutItem": 1, "PutEvents": 1, "UpdateItem": 1}
    assert function.stub.calls == delivery | START


def test_the_keys_of_the_snapshot_are_renewed(function: Restored) -> None:
    assert set(function.asked_for_keys) == {"lambdas-own"}
    before = len(function.asked_for_keys)
    assert function.post("old") == 202
    assert len(function.asked_for_keys) > before

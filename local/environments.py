"""Environments: processes that run a function under AWS's own runtime client, as Lambda does.

The client asks a small HTTP server for work and answers to it, a server an environment. What is
heard of a process is, in this order: it is ready, it answered, it is ready again, … it has ended.
Before that, a function with SnapStart waits to be restored. Here that is the process itself, at its
first invocation: what it does after a restore, it does here too.
"""

import importlib.metadata
import json
import queue
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

READY_SECONDS = 10
"""How long Lambda gives an environment to get ready."""


@dataclass(frozen=True)
class Program:
    """What an environment runs, and where. The time-out is in seconds."""

    handler: str
    bundle: Path
    timeout: int
    variables: Mapping[str, str]
    log: Path
    interpreter: tuple[str, ...] = (sys.executable,)
    """The command that Python is started with."""
    ready_seconds: int = READY_SECONDS


@dataclass(frozen=True)
class Work:
    """An invocation, as the process is told of it."""

    request_id: str
    event: bytes
    deadline_milliseconds: int
    function_arn: str
    trace_id: str


@dataclass(frozen=True)
class Ready:
    """The process asks for work."""


@dataclass(frozen=True)
class Snapshot:
    """The process has started, and waits for Lambda to restore it from a snapshot."""


@dataclass(frozen=True)
class Answer:
    """What the handler returned, or an error with its type and message, as JSON."""

    payload: bytes
    failed: bool = False


@dataclass(frozen=True)
class Ended:
    """The process has ended."""

    status: int


Word = Snapshot | Ready | Answer | Ended


class Environment:
    """One process of a function. It runs one invocation at a time."""

    def __init__(self, program: Program, runtime: Path) -> None:
        self._program = program
        self._server = _RuntimeServer()
        self._process = self._start(runtime)
        self._stopped = False
        self._first: Word | None = None
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        return not self._stopped and self._process.poll() is None

    def ready(self) -> Word | None:
        """Wait until it asks for work or to be restored; what came instead, None for nothing."""
        self._first = self._first or self._hear(self._program.ready_seconds)
        return self._first

    def restore(self) -> Word | None:
        """Let it go on from its snapshot, and wait until it asks for work; else as `ready`."""
        self._server.restored.set()
        self._first = self._hear(READY_SECONDS)
        return self._first

    def invoke(self, event: bytes, function_arn: str, trace_id: str) -> Answer:
        """Run the handler on an event. After an error of the process, it is no longer usable."""
        request_id = str(uuid.uuid4())
        word = self.ready()
        if isinstance(word, Snapshot):
            word = self.restore()
        self._first = None
        if isinstance(word, Ready):
            deadline = int((time.time() + self._program.timeout) * 1000)
            self._server.work.put(Work(request_id, event, deadline, function_arn, trace_id))
            word = self._hear(self._program.timeout)
            if isinstance(word, Answer):
                return word
        self.stop()  # it never got ready, or it ended, or it took too long
        return word if isinstance(word, Answer) else self._fault(request_id, word)

    def stop(self) -> None:
        """End the process; its server follows."""
        self._stopped = True
        self._process.kill()

    def join(self, seconds: float) -> None:
        """Wait until process and server are gone."""
        self._follower.join(seconds)

    def _hear(self, seconds: float) -> Word | None:
        try:
            return self._server.heard.get(timeout=seconds)
        except queue.Empty:
            return None

    def _fault(self, request_id: str, word: Snapshot | Ready | Ended | None) -> Answer:
        if isinstance(word, Ended):
            kind = "Runtime.ExitError"
            message = f"Runtime exited with status {word.status}"
        else:
            kind = "Sandbox.Timedout"
            message = f"Task timed out after {self._program.timeout:.2f} seconds"
        text = f"RequestId: {request_id} Error: {message}"
        with self._program.log.open("a") as log:
            log.write(f"{kind} {text}\n")
        payload = json.dumps({"errorType": kind, "errorMessage": text})
        return Answer(payload.encode(), failed=True)

    def _start(self, runtime: Path) -> "subprocess.Popen[str]":
        # Without `site` (-S), only the bundle and the runtime client can be imported.
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [*self._program.interpreter, "-S", "-m", "awslambdaric", self._program.handler],
            cwd=self._program.bundle,
            env={
                **self._program.variables,
                "AWS_LAMBDA_RUNTIME_API": self._server.address,
                "LAMBDA_TASK_ROOT": str(self._program.bundle),
                "PYTHONPATH": str(runtime),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",  # which makes lines of what the runtime client separates by "\r"
            errors="replace",
            start_new_session=True,
        )

    def _follow(self) -> None:
        """Keep what the process says, until it ends."""
        with self._process, self._program.log.open("a", encoding="utf-8", buffering=1) as log:
            for line in self._process.stdout or []:
                log.write(line)
        self._server.heard.put(Ended(self._process.returncode))
        self._server.stop()


class Runtime:
    """AWS's runtime client in a folder of its own, as Lambda has it beside the bundle."""

    DISTRIBUTION = "awslambdaric"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lay_out(self) -> None:
        """Link what the client consists of, with what it requires."""
        self.folder.mkdir(parents=True, exist_ok=True)
        requirements = importlib.metadata.requires(self.DISTRIBUTION) or []
        names = [re.split(r"[^\w-]", one, maxsplit=1)[0] for one in requirements]
        for name in [self.DISTRIBUTION, *names]:
            distribution = importlib.metadata.distribution(name)
            for top in {file.parts[0] for file in distribution.files or []} - {".."}:
                source = Path(str(distribution.locate_file(top)))
                link = self.folder / top
                if not source.name.startswith("__"):
                    link.unlink(missing_ok=True)
                    link.symlink_to(source)


class _RuntimeServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApi)
        self.work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self.heard: queue.SimpleQueue[Word] = queue.SimpleQueue()
        self.restored = threading.Event()
        threading.Thread(target=self.serve_forever, args=[0.5], daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - its parent's
        """Print an error of the server; a process that was killed ends its connection, though."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.work.put(None)  # so that whoever waits for work stops waiting
        self.restored.set()
        self.shutdown()
        self.server_close()


class _RuntimeApi(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    server: _RuntimeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits for an acknowledgement

    def do_GET(self) -> None:
        """Say that it is restored, when it is; or give the next invocation, when there is one."""
        if self.path.endswith("/restore/next"):
            self.server.heard.put(Snapshot())
            self.server.restored.wait()
            self.send_response(200)
            self._end(b"")
            return
        self.server.heard.put(Ready())
        work = self.server.work.get()
        if work is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", work.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(work.deadline_milliseconds))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", work.function_arn)
        self.send_header("Lambda-Runtime-Trace-Id", work.trace_id)
        self.send_header("Content-Type", "application/json")
        self._end(work.event)

    def do_POST(self) -> None:
        """Take the answer to an invocation, or the error that made one impossible."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self._end(b'{"status":"OK"}')
        self.server.heard.put(Answer(body, failed=self.path.endswith("/error")))

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""

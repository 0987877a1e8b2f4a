"""Doors that answer as a test says, on a port of their own."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Posted:
    """What came to a door."""

    path: str
    headers: dict[str, str]
    body: bytes


Says = Callable[[Posted], tuple[int, Any]]
"""What a door answers: a status and a JSON body."""


@dataclass
class Door:
    """A door, and all that was posted to it."""

    url: str
    posted: list[Posted] = field(default_factory=list)


@contextmanager
def door(says: Says) -> Iterator[Door]:
    """A door that is open as long as this lasts."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(404, {"message": "Not Found"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                opened.posted.append(Posted(self.path, headers, body))
                status, said = says(opened.posted[-1])
            self._answer(status, said)

        def _answer(self, status: int, said: Any) -> None:
            written = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True  # a connection that a client keeps does not keep the door open
        request_queue_size = 128  # a burst waits to be accepted, where five would be let in

        def handle_error(self, *_: Any) -> None:
            """Say nothing of a client that has gone, or of a door that is to fail."""

    server = Server(("127.0.0.1", 0), Handler)
    opened = Door(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

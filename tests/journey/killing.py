"""A way to AWS on which the `inlet` command is killed: SIGKILL, at the n-th change it makes."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx

from tests.support.processes import INLET, PROJECT

CHANGING = ("Create", "Delete", "Put", "Send", "Start", "Update")
"""How the operations begin that change anything, of the services that name one in a header."""
OF_ONE_HOP = {"connection", "content-length", "transfer-encoding", "date", "server"}


class Guillotine:
    """Stands between one run of a command and AWS, and kills it after its n-th change.

    The change has happened by then, and the command never learns of it. `made` are the changes.
    """

    def __init__(self, after: int) -> None:
        self.after = after
        self.made: list[str] = []
        self.victim: subprocess.Popen[str] | None = None
        self._one_at_a_time = Lock()

    def passed(self, change: str) -> bool:
        """Whether the command may live on after a change."""
        with self._one_at_a_time:
            self.made.append(change)
            if len(self.made) < self.after:
                return True
            assert self.victim
            self.victim.kill()
            return False


class Way(BaseHTTPRequestHandler):
    """Takes requests to their target and answers back, as long as the command lives."""

    guillotine: ClassVar[Guillotine]
    target: ClassVar[str]
    protocol_version = "HTTP/1.1"

    def _carry(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sent = {n: v for n, v in self.headers.items() if n.lower() not in OF_ONE_HOP}
        answer = httpx.request(
            self.command, self.target + self.path, content=body, headers=sent, timeout=30
        )
        change = self._change()
        if change and not self.guillotine.passed(change):
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in OF_ONE_HOP | {"content-encoding"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def _change(self) -> str | None:
        """What the request has changed, None where it has only asked."""
        operation = str(self.headers.get("x-amz-target") or "").rpartition(".")[2]
        if operation:
            return operation if operation.startswith(CHANGING) else None
        return None if self.command in {"GET", "HEAD"} else f"{self.command} {self.path}"

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _carry  # noqa: N815 - its names for them

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _way(guillotine: Guillotine, url: str) -> Iterator[str]:
    way = type("OneWay", (Way,), {"guillotine": guillotine, "target": url.rstrip("/")})
    server = ThreadingHTTPServer(("127.0.0.1", 0), way)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def run_killed(run_folder: Path, folder: Path, after: int, *arguments: str) -> list[str] | None:
    """Run the command on the laptop run of a folder, and kill it after its n-th change.

    `folder` is the command's own. The changes that it made by then; None where it came to its end.
    """
    guillotine = Guillotine(after)
    where = json.loads((run_folder / ".inlet" / "laptop.json").read_text())
    with ExitStack() as ways:
        for name in ("endpointUrl", "lambdaUrl"):
            assert urlsplit(where[name]).hostname == "127.0.0.1"
            where[name] = ways.enter_context(_way(guillotine, where[name]))
        (folder / ".inlet").mkdir(exist_ok=True)
        (folder / ".inlet" / "laptop.json").write_text(json.dumps(where))
        guillotine.victim = subprocess.Popen(
            [INLET, *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed, _ = guillotine.victim.communicate(timeout=60)
    if guillotine.victim.returncode == 0:
        return None
    assert guillotine.victim.returncode == -9, printed
    return guillotine.made

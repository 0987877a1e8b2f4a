"""The threads of the laptop run: each does its work until all are told to stop."""

import logging
import threading
from collections.abc import Callable

LOG = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""How long a thread rests after a round that failed."""


class Threads:
    """Threads that stop together. What fails while they stop is of no interest."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._started: list[threading.Thread] = []

    def once(self, work: Callable[[], object]) -> None:
        """Do the work in a thread."""
        threading.Thread(target=self._try, args=[work], daemon=True).start()

    def repeat(self, work: Callable[[], object]) -> None:
        """Do the work in a thread, over and over."""
        thread = threading.Thread(target=self._keep_trying, args=[work], daemon=True)
        self._started.append(thread)
        thread.start()

    def stop(self) -> None:
        """Tell the threads to stop after the round they are in."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the threads that repeat, so long for each."""
        for thread in self._started:
            thread.join(seconds)

    def _keep_trying(self, work: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            self._try(work)

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            if not self._stopping.wait(PAUSE_SECONDS):
                LOG.exception("A round failed and is tried again.")

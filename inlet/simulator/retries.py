"""How the simulated providers retry.

Both say, or let one see, that they retry on what is not 2xx, and neither says how often or when.
So these grow, end, and heed no Retry-After, which is the least that may be expected of a sender.
"""

ATTEMPTS = 8
"""The most that are made of one sending; the last comes 127 seconds after the first, longer than
a function that died holds its claim on an event."""

COME_AGAIN = frozenset({408, 429})
"""The statuses of 4xx that are not final."""


def delay_after(attempt: int, status: int | None) -> float | None:
    """Seconds until the next attempt, None where this one, counted from 1, was the last.

    `status` is that of its answer, None where there was none in time.
    """
    if status is not None and _is_final(status):
        return None
    return None if attempt >= ATTEMPTS else float(2 ** (attempt - 1))


def _is_final(status: int) -> bool:
    return 200 <= status < 300 or (400 <= status < 500 and status not in COME_AGAIN)  # noqa: PLR2004

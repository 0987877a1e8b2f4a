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
    if attempt >= ATTEMPTS or is_taken(status) or is_refusal(status):
        return None
    return float(2 ** (attempt - 1))


def is_taken(status: int | None) -> bool:
    """Whether the door says with it that it has the event."""
    return status is not None and 200 <= status < 300  # noqa: PLR2004


def is_refusal(status: int | None) -> bool:
    """Whether the door says with it that it never takes this."""
    return status is not None and 400 <= status < 500 and status not in COME_AGAIN  # noqa: PLR2004

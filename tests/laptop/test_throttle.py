"""A token bucket lets a burst through, and then a rate."""

from local.throttle import TokenBucket


def test_a_burst_goes_through_and_then_the_rate() -> None:
    now = 100.0
    bucket = TokenBucket(rate=2, burst=3, clock=lambda: now)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now += 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now += 60
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]

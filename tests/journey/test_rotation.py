"""A provider's credentials are rotated while it sends: nothing that it sends is refused."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest

from inlet.operations.credentials import Listed, add, listed, new, retire
from tests.journey.conftest import Journey
from tests.support.samples import sample

pytestmark = pytest.mark.exhaustive

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")

SECONDS = 10.5
"""After which a credential that was added works in every environment of the function."""


def labels(journey: Journey) -> list[str]:
    """The labels of marosa's credentials."""
    return [one.label for one in listed(journey.deployment, "marosa")]


def post(journey: Journey, credential: Listed) -> int:
    """Deliver a new document as the user of a credential; the status of the answer."""
    assert credential.username
    user = (credential.username, credential.value.get_secret_value())
    body = SEED.body.replace(b"f47ac10b-58cc-4372-a567-0e02b2c3d479", str(uuid4()).encode())
    return journey.post("/webhooks/marosa", body, auth=user).status_code


def test_old_and_new_pass_under_load_and_the_old_one_can_go(journey: Journey) -> None:
    old, added = new("marosa", "rotation-old"), new("marosa", "rotation-new")
    add(journey.deployment, "marosa", old)
    time.sleep(SECONDS)
    stopped = Event()

    def keep_posting(credential: Listed) -> Counter[int]:
        answers: Counter[int] = Counter()
        while not stopped.wait(0.02):
            answers[post(journey, credential)] += 1
        return answers

    with ThreadPoolExecutor(4) as senders:
        try:
            sending = [senders.submit(keep_posting, old) for _ in range(2)]
            add(journey.deployment, "marosa", added)
            time.sleep(SECONDS)
            sending += [senders.submit(keep_posting, added) for _ in range(2)]
            time.sleep(2)
        finally:
            stopped.set()
        answers = [sent.result() for sent in sending]
    assert [set(answered) for answered in answers] == [{202}, {202}, {202}, {202}]
    assert '"credential":"rotation-old"' in journey.log("IngestFunction")
    assert '"credential":"rotation-new"' in journey.log("IngestFunction")

    retire(journey.deployment, "marosa", "rotation-old")

    assert labels(journey)[-1] == "rotation-new"
    assert "rotation-old" not in labels(journey)
    assert post(journey, added) == 202
    retire(journey.deployment, "marosa", "rotation-new")


def test_changes_at_the_same_time_are_all_made(journey: Journey) -> None:
    before = labels(journey)
    names = ["at-once-1", "at-once-2", "at-once-3"]
    with ThreadPoolExecutor(3) as people:
        list(people.map(lambda n: add(journey.deployment, "marosa", new("marosa", n)), names))
        assert sorted(labels(journey)[len(before) :]) == names
        list(people.map(lambda name: retire(journey.deployment, "marosa", name), names))
    assert labels(journey) == before

"""Times that must fit into each other, across stations that do not know of each other."""

from functions.runtime.endpoint import LONGEST_CALL_SECONDS
from tests.infrastructure.template import CONSUMERS, Template

HOUR = 60 * 60
DAY = 24 * HOUR


def test_ingest_outlives_all_its_calls_and_is_outlived_by_the_http_api(template: Template) -> None:
    # Credentials, deliveries, bus, deliveries again.
    calls = 4 * LONGEST_CALL_SECONDS
    assert calls == 28
    assert calls < template.all("Lambda::Function")["IngestFunction"]["Timeout"] < 30


def test_a_message_stays_hidden_six_times_as_long_as_its_consumer_runs(template: Template) -> None:
    for name in CONSUMERS:
        timeout = template.all("Lambda::Function")[f"{name}Function"]["Timeout"]
        assert template.all("SQS::Queue")[f"{name}Queue"]["VisibilityTimeout"] >= 6 * timeout


def test_hours_of_outage_fill_no_dead_letters_and_no_message_expires_before_it_is_one(
    template: Template,
) -> None:
    for name, queue in template.all("SQS::Queue").items():
        if name.endswith("DeadLetters"):
            continue
        attempts = queue["RedrivePolicy"]["maxReceiveCount"]
        # The function never runs, so that a message comes back when it is visible again.
        assert attempts * queue["VisibilityTimeout"] >= 3 * HOUR
        # The function runs and fails: at most 15 minutes from one attempt to the next.
        assert attempts * (15 * 60) <= queue["MessageRetentionPeriod"] / 2


def test_nothing_expires_before_it_can_be_repaired(template: Template) -> None:
    (archive,) = template.all("Events::Archive").values()
    for name, queue in template.all("SQS::Queue").items():
        if name.endswith("DeadLetters"):
            # A dead letter keeps the time at which it first entered a queue.
            assert queue["MessageRetentionPeriod"] == 14 * DAY
            assert archive["RetentionDays"] * DAY >= queue["MessageRetentionPeriod"]
        else:
            assert queue["MessageRetentionPeriod"] == 4 * DAY

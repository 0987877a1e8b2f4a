"""Pause: stop a consumer from taking events, and let it go on. Its queue keeps what comes."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from inlet.operations.consumers import DeployedConsumer, deployed
from inlet.operations.deployment import Deployment
from inlet.operations.queues import depth

LOOK_BACK = timedelta(minutes=15)
"""How old a figure of CloudWatch may be."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A consumer's state, and the events in its queue.

    `state` is that of its event source mapping: Enabled, Disabled, or on the way to either.
    `expires_in` is when the oldest event leaves the queue; CloudWatch knows that, a few minutes
    late, and where it does not, it is as long as the queue keeps an event.
    """

    consumer: str
    state: str
    waiting: int
    in_progress: int
    expires_in: timedelta

    def told(self) -> dict[str, object]:
        """Return its JSON object, with `expires_in` in seconds."""
        return asdict(self) | {"expires_in": self.expires_in.total_seconds()}


def waiting(deployment: Deployment, consumer: DeployedConsumer) -> Waiting:
    """How a consumer is doing."""
    mapping = deployment.client("lambda").get_event_source_mapping(UUID=consumer.mapping)
    return _waiting(deployment, consumer, mapping["State"])


def pause(deployment: Deployment, name: str) -> Waiting:
    """Stop a consumer from taking events. No rule is touched, so its queue misses nothing."""
    return _switch(deployment, name, enabled=False)


def resume(deployment: Deployment, name: str) -> Waiting:
    """Let a consumer go on with what is in its queue."""
    return _switch(deployment, name, enabled=True)


def _switch(deployment: Deployment, name: str, *, enabled: bool) -> Waiting:
    (consumer,) = deployed(deployment, name)
    mapping = deployment.client("lambda").update_event_source_mapping(
        UUID=consumer.mapping, Enabled=enabled
    )
    return _waiting(deployment, consumer, mapping["State"])


def _waiting(deployment: Deployment, consumer: DeployedConsumer, state: str) -> Waiting:
    queue = depth(deployment, consumer.queue)
    return Waiting(
        consumer=consumer.name,
        state=state,
        waiting=queue.visible,
        in_progress=queue.invisible,
        expires_in=timedelta(seconds=queue.kept_seconds) - _age_of_the_oldest(deployment, consumer),
    )


def _age_of_the_oldest(deployment: Deployment, consumer: DeployedConsumer) -> timedelta:
    """How old the oldest event in the queue was when CloudWatch last looked."""
    now = datetime.now(UTC)
    answer = deployment.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": consumer.queue.rpartition("/")[2]}],
        StartTime=now - LOOK_BACK,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return timedelta(seconds=points[-1]["Maximum"]) if points else timedelta()

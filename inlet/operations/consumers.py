"""The consumers of a deployment: the parts of AWS that each is made of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from inlet.consumers import CONSUMERS
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError


@dataclass(frozen=True, kw_only=True)
class DeployedConsumer:
    """A consumer as it is deployed: URLs of its queues, and names of all else."""

    name: str
    queue: str
    dead_letters: str
    function: str
    logs: str
    mapping: str


def deployed(deployment: Deployment, name: str | None = None) -> list[DeployedConsumer]:
    """Every consumer of a deployment, or the one that is named."""
    if name is not None and name not in CONSUMERS:
        raise OperationError(f"There is no consumer {name}: say one of {', '.join(CONSUMERS)}.")
    return [_deployed(deployment, one) for one in ([name] if name else CONSUMERS)]


def _deployed(deployment: Deployment, name: str) -> DeployedConsumer:
    parts = json.loads(deployment.output(f"{name.capitalize()}Consumer"))
    return DeployedConsumer(
        name=name,
        queue=parts["queue"],
        dead_letters=parts["deadLetters"],
        function=parts["function"],
        logs=parts["logs"],
        mapping=parts["mapping"],
    )


def rules_of(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[str]:
    """The names of the rules that send to a consumer's queue."""
    for page in deployment.pages(
        "events",
        "list_rule_names_by_target",
        TargetArn=queue_arn(deployment, consumer),
        EventBusName=deployment.output("BusName"),
    ):
        yield from page["RuleNames"]


def queue_arn(deployment: Deployment, consumer: DeployedConsumer) -> str:
    """The ARN of a consumer's queue, which is known even where the queue is gone."""
    arn, partition, _, region, account, _ = deployment.output("BusArn").split(":")
    return ":".join((arn, partition, "sqs", region, account, consumer.queue.rpartition("/")[2]))

"""The rules of the bus that match an event."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from inlet.event import source
from inlet.operations.consumers import deployed
from inlet.operations.deployment import Deployment
from inlet.patterns import InvalidPattern, compile_pattern


class Partly(dict[str, Any]):
    """An object of an event of which not all is known: what is not in it may be there or not."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the bus that matches the event, or may, and the ARNs of its targets.

    It is not certain if its pattern asks for values of the event that are unknown here, or if the
    pattern is invalid: then `problem` names the reason. `consumers` are those whose queues it
    sends to; a rule without any belongs to another team.
    """

    name: str
    is_enabled: bool
    is_sure: bool
    problem: str | None
    targets: tuple[str, ...]
    consumers: tuple[str, ...]


def matching_rules(deployment: Deployment, detail: Mapping[str, Any]) -> Iterator[Rule]:
    """Return the rules of the bus that match an event, or may."""
    metadata = detail["metadata"]
    event = Partly(
        {
            "source": source(metadata["provider"]),
            "detail-type": metadata["eventType"],
            "detail": detail,
        }
    )
    queues = {one.queue.rpartition("/")[2]: one.name for one in deployed(deployment)}
    events, bus = deployment.client("events"), deployment.output("BusName")
    for page in deployment.pages("events", "list_rules", EventBusName=bus):
        for rule in page["Rules"]:
            if "ManagedBy" in rule:  # AWS's own, such as that of the archive
                continue
            problem, answer = None, None
            try:
                pattern = compile_pattern(rule["EventPattern"])
                answer = pattern.may_match(event, partial(_is_known, event))
            except InvalidPattern as invalid:
                problem = str(invalid)
            if answer is False:
                continue
            found = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            targets = tuple(target["Arn"] for target in found)
            names = [arn.rpartition(":")[2] for arn in targets if arn.split(":")[2] == "sqs"]
            yield Rule(
                name=rule["Name"],
                is_enabled=rule["State"] == "ENABLED",
                is_sure=answer is True,
                problem=problem,
                targets=targets,
                consumers=tuple(queues[name] for name in names if name in queues),
            )


def _is_known(event: Mapping[str, Any], path: str) -> bool:
    """Whether all values that have the path are in what is known of an event."""
    if not isinstance(event, Partly):
        return True
    return any(
        path == key or (path.startswith(f"{key}.") and _is_known(value, path[len(key) + 1 :]))
        for key, value in event.items()
    )

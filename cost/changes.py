"""Changes: what another value of a stage would cost."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from typing import Any

from aws_cdk import Duration
from aws_cdk.aws_logs import RetentionDays

from cost.bill import DOOR_TO_CONSUMER, KEPT, STARTS, TIMELINE, Bill, bill
from cost.synthesis import template
from infrastructure.stages import Stage


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a stage, another one, and what that adds."""

    name: str
    now: str
    then: str
    per_million: float
    kept_per_million: float
    per_month: float


def others(stage: Stage) -> dict[str, Any]:
    """Another value for everything in a stage that has a price: twice as much, or the opposite."""
    return {
        "archive_retention": Duration.days(2 * stage.archive_retention.to_days()),
        "canary": not stage.canary,
        "customer_key": not stage.customer_key,
        "log_retention": RetentionDays.SIX_MONTHS,
        "memory_mb": 2 * stage.memory_mb,
        "point_in_time_recovery": not stage.point_in_time_recovery,
        "remember_days": 2 * stage.remember_days,
        "snap_start": not stage.snap_start,
    }


def free(stage: Stage) -> list[str]:
    """What has no price of its own in a stage, whatever its value."""
    return sorted({field.name for field in fields(stage)} - {*others(stage), "name", "on_aws"})


def changes(stage: Stage, now: Bill) -> Iterator[Change]:
    """What each other value would change; and batches of one, where little comes."""
    for name, value in others(stage).items():
        then = bill(template(replace(stage, **{name: value})))
        yield _change(name, _text(getattr(stage, name)), _text(value), now, then)
    yield _change("batches", "10", "1", now, bill(in_batches_of_one(template(stage))))


def in_batches_of_one(whole: Mapping[str, Any]) -> dict[str, Any]:
    """A template whose consumers take one event at a time, as they do where little comes."""
    resources = deepcopy(dict(whole["Resources"]))
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            resource["Properties"]["BatchSize"] = 1
    return {**whole, "Resources": resources}


def _change(name: str, was: str, is_then: str, now: Bill, then: Bill) -> Change:
    def more(*parts: str) -> float:
        return then.per_million(*parts) - now.per_million(*parts)

    per_month = then.per_month - now.per_month
    each = more(DOOR_TO_CONSUMER, TIMELINE, STARTS)
    return Change(name, was, is_then, each, more(KEPT), per_month)


def _text(value: Any) -> str:  # noqa: ANN401 - any value of a stage
    match value:
        case Duration():
            return f"{value.to_days():.0f} days"
        case RetentionDays():
            return value.name.replace("_", " ").lower()
        case bool():
            return "yes" if value else "no"
    return str(value)

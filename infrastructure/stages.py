"""Stages: one deployment each, and everything in which they differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_logs import RetentionDays

from infrastructure.mistakes import Mistake
from inlet.providers import Types


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of Inlet.

    `throttling_rate` is in requests per second and `throttling_burst` in requests, for
    each route. `remember_days` is how long a delivery is known as a duplicate, and
    `remember_in_memory` how many a warm function knows without asking the table. `max_concurrency`
    is how many functions work at once on one consumer's queue, 2 to 1,000. `quarantine_mb_per_day`
    is how many megabytes of a provider's refused requests are kept, 10 or more, so that the largest
    fits. `types` are event types by provider that the stage knows beyond the catalogues: what
    senders of `standard` agreed on.
    """

    name: str
    throttling_rate: int
    throttling_burst: int
    remember_days: int
    remember_in_memory: int
    archive_retention: Duration
    quarantine_retention: Duration
    quarantine_mb_per_day: int
    log_retention: RetentionDays
    memory_mb: int
    max_concurrency: int
    retain_data: bool
    point_in_time_recovery: bool
    types: Types = field(default_factory=dict)

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What becomes of data when the stack, or the part of it that holds them, is deleted."""
        return RemovalPolicy.RETAIN if self.retain_data else RemovalPolicy.DESTROY


DEV = Stage(
    name="dev",
    throttling_rate=200,
    throttling_burst=400,
    remember_days=30,
    remember_in_memory=0,
    archive_retention=Duration.days(14),
    quarantine_retention=Duration.days(14),
    quarantine_mb_per_day=100,
    log_retention=RetentionDays.TWO_WEEKS,
    memory_mb=512,
    max_concurrency=5,
    retain_data=False,
    point_in_time_recovery=False,
)

PROD = Stage(
    name="prod",
    throttling_rate=500,
    throttling_burst=1000,
    remember_days=30,
    remember_in_memory=256,
    archive_retention=Duration.days(90),
    quarantine_retention=Duration.days(90),
    quarantine_mb_per_day=1000,
    log_retention=RetentionDays.THREE_MONTHS,
    memory_mb=1024,
    max_concurrency=20,
    retain_data=True,
    point_in_time_recovery=True,
)

STAGES: Mapping[str, Stage] = MappingProxyType({stage.name: stage for stage in (DEV, PROD)})


def stage_named(name: str) -> Stage:
    """The stage of a name. Raises Mistake, which names the known ones."""
    if name not in STAGES:
        raise Mistake(f"There is no stage {name!r}: the stages are {', '.join(STAGES)}.")
    return STAGES[name]

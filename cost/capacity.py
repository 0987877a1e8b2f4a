"""How many deliveries a second a stage can take, and what stands in the way of more.

`python -m cost.capacity` prints the tables of docs/capacity.md.
"""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("cost.capacity")

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cost import delivery
from cost.bill import DOOR_TO_CONSUMER, KEPT, SECONDS_PER_MONTH, STARTS, TIMELINE, Bill, bill
from cost.synthesis import template
from infrastructure.stages import PROD, Stage

DECADES = (1, 10, 100, 1_000, 10_000)
INVOCATIONS: Mapping[str, int] = {
    "us-east-1, us-west-2, eu-west-1": 18_750,
    "us-east-2, eu-central-1": 4_500,
    "us-west-1, ap-northeast-1, ap-southeast-1, ap-southeast-2, eu-west-2": 2_250,
    "af-south-1, ap-northeast-3, ap-southeast-3, eu-south-1": 750,
    "every other region": 1_100,
}
"""EventBridge invocations a second that an account has in a region: `_EVENTS`, November 2026."""
RULES: Mapping[str, int] = {
    "Inlet's rule alone": 1,
    "and 1 subscriber's": 2,
    "and 3 subscribers'": 4,
}
"""How many rules match an event."""
_AWS = "https://docs.aws.amazon.com"
_LAMBDA = f"{_AWS}/lambda/latest/dg/gettingstarted-limits.html"
_EVENTS = f"{_AWS}/eventbridge/latest/userguide/eb-quota.html"
_DYNAMODB = f"{_AWS}/amazondynamodb/latest/developerguide"


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of something in a second, or at once; how much a delivery takes; who raises it."""

    name: str
    most: float
    each: float
    raised: str
    source: str

    @property
    def deliveries(self) -> float:
        """How many deliveries a second it goes up to."""
        return self.most / self.each


def limits(stage: Stage) -> tuple[Limit, ...]:
    """What limits a stage in one of the large regions, us-east-1, us-west-2 or eu-west-1."""
    event_seconds = delivery.CONSUMER_SECONDS + delivery.TIMELINE_SECONDS
    # Lambda lets a function take ten requests a second for each that runs, however short they are.
    ingest_seconds = max(1 / 10, delivery.INGEST_SECONDS)
    return (
        Limit(
            "throttling of one route",
            stage.throttling_rate, 1, "`throttling_rate` and `throttling_burst`", "",
        ),
        Limit(
            "events of one subject",
            1_000, delivery.TIMELINE_WRITES, "nobody",
            f"{_DYNAMODB}/warm-throughput-scenarios.html",
        ),
        Limit(
            "runs of one consumer at once", stage.max_concurrency, event_seconds,
            "`max_concurrency`, to 1,000", "",
        ),
        Limit(
            "writes of a new table of deliveries, at once",
            4_000, delivery.DELIVERY_WRITES, "DynamoDB itself, in half an hour; or warm throughput",
            f"{_DYNAMODB}/warm-throughput-scenarios.html",
        ),
        Limit(
            "writes of a new table of timelines, at once",
            4_000, delivery.TIMELINE_WRITES, "DynamoDB itself, in half an hour; or warm throughput",
            f"{_DYNAMODB}/warm-throughput-scenarios.html",
        ),
        Limit(
            "functions at once in an account", 1_000, ingest_seconds + event_seconds,
            "a request to AWS", _LAMBDA,
        ),
        Limit("requests of an account's APIs", 10_000, 1, "a request to AWS",
              f"{_AWS}/apigateway/latest/developerguide/limits.html"),
        Limit("`PutEvents` of an account", 10_000, 1, "a request to AWS", _EVENTS),
        Limit(
            "invocations of an account's rules, without subscribers",
            max(INVOCATIONS.values()), 1, "a request to AWS", _EVENTS,
        ),
        Limit("writes of one table", 40_000, delivery.DELIVERY_WRITES, "a request to AWS",
              f"{_DYNAMODB}/on-demand-capacity-mode-max-throughput.html"),
    )  # fmt: skip


def decades(stage: Stage, found: Bill) -> Iterator[str]:
    """For each rate: what it costs, and which limits stand in its way."""
    each = found.per_million(DOOR_TO_CONSUMER, TIMELINE, STARTS, KEPT) / 1_000_000
    yield (
        "| deliveries a second | a month, in millions | dollars in the first month |"
        " more in each later month | in the way |"
    )
    yield "|---:|---:|---:|---:|---|"
    for rate in DECADES:
        month = rate * SECONDS_PER_MONTH
        dollars = month * each + found.per_month
        below = [limit.name for limit in limits(stage) if limit.deliveries < rate]
        last = [f"{limit.name} (just)" for limit in limits(stage) if limit.deliveries == rate]
        what = "; ".join([*below, *last]) or "nothing"
        growth = month / 1e6 * found.growth_per_million
        yield f"| {rate:,} | {month / 1e6:,.1f} | {dollars:,.0f} | {growth:,.0f} | {what} |"


def raised(stage: Stage) -> Iterator[str]:
    """Every limit: how far it goes, and how it is raised."""
    yield "| limit | most | a delivery takes | goes up to, a second | is raised by |"
    yield "|---|---:|---:|---:|---|"
    for limit in sorted(limits(stage), key=lambda limit: limit.deliveries):
        name = f"[{limit.name}]({limit.source})" if limit.source else limit.name
        yield (
            f"| {name} | {limit.most:,} | {limit.each:g} | {limit.deliveries:,.0f} |"
            f" {limit.raised} |"
        )


def by_region() -> Iterator[str]:
    """The deliveries a second that EventBridge invocations allow, by region and matching rules."""
    yield f"| region | invocations a second | {' | '.join(RULES)} |"
    yield f"|---|---:|{'---:|' * len(RULES)}"
    for regions, most in INVOCATIONS.items():
        rates = " | ".join(f"{most // count:,}" for count in RULES.values())
        yield f"| {regions} | {most:,} | {rates} |"


def main() -> None:
    """Print the tables for the stage that is meant for production."""
    found = bill(template(PROD))
    tables = [*decades(PROD, found), "", *raised(PROD), "", *by_region(), ""]
    sys.stdout.write("\n".join(tables))

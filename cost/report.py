"""Report: a bill, as tables for people or as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from cost import prices
from cost.bill import DOOR_TO_CONSUMER, KEPT, STARTS, TIMELINE, Bill, Item
from cost.changes import Change
from cost.delivery import BODY_BYTES
from cost.prices import MILLION


def for_people(stage: str, found: Bill, changes: Sequence[Change], free: Sequence[str]) -> str:
    """Tables in Markdown."""
    title = (
        f"A million deliveries of {BODY_BYTES} bytes, stage {stage}, list prices of"
        f" {prices.REGION} as of {prices.DATE}:"
    )
    lines = [
        title,
        "",
        *deliveries(found),
        "",
        "A month in which nothing comes:",
        "",
        *months(found),
        "",
        "What another value of the stage adds, in dollars:",
        "",
        "| value | now | then | a million | of them kept | a month |",
        "|---|---|---|---:|---:|---:|",
        *(
            f"| `{c.name}` | {c.now} | {c.then} | {c.per_million:+.2f} |"
            f" {c.kept_per_million:+.2f} | {c.per_month:+.2f} |"
            for c in changes
        ),
        "",
        f"Without a price of their own: {', '.join(free)}.",
    ]
    return "\n".join(lines)


def deliveries(found: Bill) -> Iterator[str]:
    """The table of what a million deliveries cost."""
    yield "| part | service | what is billed | units a delivery | a million units | dollars |"
    yield "|---|---|---|---:|---:|---:|"
    yield from _rows(found.deliveries, DOOR_TO_CONSUMER)
    yield _sum("**door to consumer**", found.per_million(DOOR_TO_CONSUMER))
    yield from _rows(found.deliveries, TIMELINE)
    yield _sum("**with the timeline**", found.per_million(DOOR_TO_CONSUMER, TIMELINE))
    yield from _rows(found.deliveries, STARTS)
    yield _sum("**with cold starts**", found.per_million(DOOR_TO_CONSUMER, TIMELINE, STARTS))
    yield from _rows(found.deliveries, KEPT)
    yield _sum("**with what is kept**", found.per_million(DOOR_TO_CONSUMER, TIMELINE, STARTS, KEPT))


def months(found: Bill) -> Iterator[str]:
    """The table of what a month costs."""
    yield "| service | what is billed | units | a unit | dollars |"
    yield "|---|---|---:|---:|---:|"
    for item in found.months:
        price = item.price
        yield (
            f"| {price.service} | {item.what}: {price.unit} | {_number(item.units)} |"
            f" {_number(price.dollars)} | {item.dollars:.2f} |"
        )
    yield f"| **together** | | | | **{found.per_month:.2f}** |"
    one = prices.METRIC_MONTH
    for when, count in (
        ("all providers and consumers have traffic, without errors", found.metrics_without_errors),
        ("every outcome of each occurs in every hour", found.metrics_at_most),
    ):
        yield (
            f"| {one.service} | in addition, if {when}: {one.unit} |"
            f" {count} | {_number(one.dollars)} | {count * one.dollars:.2f} |"
        )


def as_json(stage: str, found: Bill, changes: Iterable[Change]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "stage": stage,
        "region": prices.REGION,
        "date": prices.DATE,
        "bodyBytes": BODY_BYTES,
        "perMillion": {
            "doorToConsumer": found.per_million(DOOR_TO_CONSUMER),
            "withTimeline": found.per_million(DOOR_TO_CONSUMER, TIMELINE),
            "coldStarts": found.per_million(STARTS),
            "kept": found.per_million(KEPT),
            "growth": found.growth_per_million,
            "items": [_item(one) for one in found.deliveries],
        },
        "perMonth": {"together": found.per_month, "items": [_item(one) for one in found.months]},
        "changes": [
            {
                "name": one.name,
                "now": one.now,
                "then": one.then,
                "perMillion": one.per_million,
                "keptPerMillion": one.kept_per_million,
                "perMonth": one.per_month,
            }
            for one in changes
        ],
    }


def _rows(items: Iterable[Item], part: str) -> Iterator[str]:
    for item in items:
        if item.part == part:
            price = item.price
            yield (
                f"| {part} | {price.service} | {item.what}: {price.unit} |"
                f" {_number(item.units)} | {_number(MILLION * price.dollars)} |"
                f" {MILLION * item.dollars:.2f} |"
            )


def _sum(what: str, dollars: float) -> str:
    return f"| {what} | | | | | **{dollars:.2f}** |"


def _item(item: Item) -> dict[str, Any]:
    return {
        "part": item.part,
        "service": item.price.service,
        "what": item.what,
        "unit": item.price.unit,
        "units": item.units,
        "dollarsPerUnit": item.price.dollars,
        "source": item.price.source,
    }


def _number(value: float) -> str:
    """A number with the three digits that count, whole from 100 on, and never as a power of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{Decimal(f'{value:.3g}'):f}"  # noqa: PLR2004

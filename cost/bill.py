"""The bill: what the resources of a template cost, for a million deliveries and for a month."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cost import delivery, prices
from cost.prices import MILLION, Price

DOOR_TO_CONSUMER = "door to consumer"
TIMELINE = "timeline"
STARTS = "cold starts"
KEPT = "kept, on top"
GB = 10**9
SECONDS_PER_MONTH = 730 * 3600
DAYS_PER_MONTH = 365 / 12

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Item:
    """So much of something: for a delivery, or for a month."""

    part: str
    what: str
    units: float
    price: Price
    grows: bool = False
    """Whether it is billed again in each later month."""

    @property
    def dollars(self) -> float:
        """What it costs."""
        return self.units * self.price.dollars


@dataclass(frozen=True, slots=True)
class Bill:
    """What each delivery costs, and each month in which none comes."""

    deliveries: tuple[Item, ...]
    months: tuple[Item, ...]
    metrics_without_errors: int
    """How many custom metrics traffic adds if each request is accepted, beside a canary's."""
    metrics_at_most: int
    """How many it adds if every outcome of every provider and consumer occurs."""

    def per_million(self, *parts: str) -> float:
        """The dollars of a million deliveries, of some parts."""
        return MILLION * sum(item.dollars for item in self.deliveries if item.part in parts)

    @property
    def growth_per_million(self) -> float:
        """The dollars that a million deliveries add to each later month."""
        return MILLION * sum(item.dollars for item in self.deliveries if item.grows)

    @property
    def per_month(self) -> float:
        """The dollars of a month in which nothing comes."""
        return sum(item.dollars for item in self.months)


def bill(template: Mapping[str, Any]) -> Bill:
    """What a synthesized template costs."""
    stack = _Stack(template["Resources"])
    deliveries = (
        *stack.door_to_consumer(),
        *stack.timeline(),
        *stack.starts(),
        *stack.kept(),
    )
    one = sum(item.dollars for item in deliveries if item.part in {DOOR_TO_CONSUMER, TIMELINE})
    return Bill(
        deliveries,
        (*stack.months(), *stack.canary(one)),
        metrics_without_errors=stack.metrics(delivery.METRICS_WITHOUT_ERRORS),
        metrics_at_most=stack.metrics(delivery.METRICS),
    )


class _Stack:
    """The resources of a template, and what of them costs money."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self.mappings = self.all("Lambda::EventSourceMapping")
        # A tenth of a run is an event's, where a batch has ten.
        self._share = 1 / self.mappings[0]["BatchSize"]
        self._ingest_gb = self._gb("functions.ingest.handler.handler")
        self._snap_start = any("SnapStart" in one for one in self.all("Lambda::Function"))
        self._consumer_gb = self._gb("functions.consumer.handler.handler")

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        """The properties of every resource of a kind."""
        return [
            one.get("Properties", {})
            for one in self._resources.values()
            if one["Type"] == f"AWS::{kind}"
        ]

    def _gb(self, handler: str) -> float:
        """The memory of the functions with a handler, in GB."""
        functions = self.all("Lambda::Function")
        return float(next(f["MemorySize"] for f in functions if f.get("Handler") == handler) / 1024)

    def door_to_consumer(self) -> Iterator[Item]:
        part = DOOR_TO_CONSUMER
        ingest = delivery.INGEST_SECONDS * self._ingest_gb
        consumer = delivery.CONSUMER_SECONDS * self._consumer_gb
        yield Item(part, "request at the door", 1, prices.HTTP_REQUEST)
        yield Item(part, "run, and a batch's share of one", 1 + self._share, prices.LAMBDA_REQUEST)
        yield Item(part, "time of both", ingest + consumer, prices.LAMBDA_SECOND)
        if self._snap_start:
            restored = delivery.STARTS * self._ingest_gb
            yield Item(part, "a start's share, from the snapshot", restored, prices.RESTORED)
        yield Item(part, "claim and result", delivery.DELIVERY_WRITES, prices.WRITE)
        yield Item(part, "event", _chunks(delivery.DETAIL_BYTES), prices.EVENT)
        # Sent alone, received and deleted with the others of its batch.
        yield Item(part, "message, and a batch's share", 1 + 2 * self._share, prices.QUEUE_REQUEST)
        yield Item(
            part, "lines of door, ingest, consumer", self._logged_bytes() / GB, prices.LOGGED
        )

    def timeline(self) -> Iterator[Item]:
        time = delivery.TIMELINE_SECONDS * self._consumer_gb
        yield Item(TIMELINE, "entry and state", delivery.TIMELINE_WRITES, prices.WRITE)
        yield Item(TIMELINE, "time of the writes", time, prices.LAMBDA_SECOND)

    def starts(self) -> Iterator[Item]:
        """Cold starts, in which a snapshot takes the place of the start of ingest."""
        runs = self._share * self._consumer_gb
        if not self._snap_start:
            runs += self._ingest_gb
        time = delivery.STARTS * delivery.START_SECONDS * runs
        yield Item(STARTS, "time of starts", time, prices.LAMBDA_SECOND)

    def kept(self) -> Iterator[Item]:
        event = delivery.DETAIL_BYTES / GB
        (archive,) = self.all("Events::Archive")
        logs = self._logged_bytes() * delivery.LOG_COMPRESSION / GB
        log_days = self.all("Logs::LogGroup")[0]["RetentionInDays"]
        archived = event * archive["RetentionDays"] / DAYS_PER_MONTH
        entry = (delivery.ENTRY_BYTES + delivery.ITEM_OVERHEAD_BYTES) / GB
        remembered = (delivery.DELIVERY_ITEM_BYTES + delivery.ITEM_OVERHEAD_BYTES) / GB
        remembered *= self._remember_days() / DAYS_PER_MONTH
        yield Item(KEPT, "event, into the archive", event, prices.ARCHIVED)
        yield Item(KEPT, "event, in the archive", archived, prices.ARCHIVE_MONTH)
        yield Item(KEPT, "delivery, as long as it is known", remembered, prices.TABLE_MONTH)
        yield Item(KEPT, "entry, for each month", entry, prices.TABLE_MONTH, grows=True)
        yield Item(KEPT, "lines of logs", logs * log_days / DAYS_PER_MONTH, prices.LOG_MONTH)
        if any(_is_recoverable(table) for table in self.all("DynamoDB::Table")):
            yield Item(KEPT, "delivery, recoverable", remembered, prices.RECOVERY_MONTH)
            yield Item(
                KEPT, "entry, recoverable, for each month", entry, prices.RECOVERY_MONTH, grows=True
            )

    def months(self) -> Iterator[Item]:
        part = "month"
        polls = len(self.mappings) * delivery.POLLS_PER_MONTH
        watched = sum(map(_metrics, self.all("CloudWatch::Alarm")))
        dashboards = len(self.all("CloudWatch::Dashboard"))
        secrets = len(self.all("SecretsManager::Secret"))
        yield Item(part, "providers' secrets", secrets, prices.SECRET_MONTH)
        yield Item(part, "Lambda asks the queues", polls, prices.QUEUE_REQUEST)
        yield Item(part, "metrics that alarms watch", watched, prices.ALARM_MONTH)
        yield Item(part, "dashboard", dashboards, prices.DASHBOARD_MONTH)
        if self._snap_start:
            kept = SECONDS_PER_MONTH * self._ingest_gb
            yield Item(part, "snapshot of ingest", kept, prices.SNAPSHOT_SECOND)
        yield Item(part, "keys", len(self.all("KMS::Key")), prices.KEY_MONTH)

    def metrics(self, combinations: Mapping[str, int]) -> int:
        """How many custom metrics the log lines of traffic make, beside those of a canary."""
        providers = len(self.all("SecretsManager::Secret"))
        count = 0
        for made in self.all("Logs::MetricFilter"):
            (metric,) = made["MetricTransformations"]
            by = {dimension["Key"] for dimension in metric["Dimensions"]}
            each = combinations.get(metric["MetricName"], 0)
            count += each * providers if "provider" in by else each
        of_canary = delivery.CANARY_METRICS & combinations.keys()
        return count - len(of_canary) if self.all("Scheduler::Schedule") else count

    def canary(self, one_delivery: float) -> Iterator[Item]:
        """A canary's flights, each a delivery like any other, and the metrics that they keep up."""
        for schedule in self.all("Scheduler::Schedule"):
            minutes = re.fullmatch(r"cron\(0/(\d+) .*\)", schedule["ScheduleExpression"])
            assert minutes, schedule["ScheduleExpression"]  # noqa: S101 - it would cost otherwise
            flights = SECONDS_PER_MONTH / 60 / int(minutes[1])
            whole = Price("all of these", "delivery", one_delivery, "")
            yield Item("month", "canaries, as deliveries", flights, whole)
            yield Item("month", "canaries, on schedule", flights, prices.SCHEDULED)
            yield Item("month", "canaries, signed", flights, prices.SECRET_READ)
            yield Item("month", "canaries, looked for", flights, prices.READ)
            metrics = len(delivery.CANARY_METRICS)
            yield Item("month", "metrics of the canary", metrics, prices.METRIC_MONTH)

    def _logged_bytes(self) -> int:
        """What three log groups get of a delivery."""
        lines = delivery.REQUEST_LINE_BYTES, delivery.EVENT_LINE_BYTES, self._access_line_bytes()
        return sum(lines)

    def _access_line_bytes(self) -> int:
        (door,) = self.all("ApiGatewayV2::Stage")
        form: dict[str, str] = json.loads(door["AccessLogSettings"]["Format"])
        line = {name: delivery.ACCESS.get(variable, "-") for name, variable in form.items()}
        return len(json.dumps(line, separators=(",", ":")))

    def _remember_days(self) -> int:
        settings = (f["Environment"]["Variables"] for f in self.all("Lambda::Function"))
        return int(next(one["REMEMBER_DAYS"] for one in settings if "REMEMBER_DAYS" in one))


def _metrics(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm is billed for."""
    return sum("MetricStat" in one for one in alarm["Metrics"]) if "Metrics" in alarm else 1


def _is_recoverable(table: Mapping[str, Any]) -> bool:
    recovery: Mapping[str, bool] = table.get("PointInTimeRecoverySpecification", {})
    return recovery.get("PointInTimeRecoveryEnabled", False)


def _chunks(size: int) -> int:
    """How many events or requests a size is billed as."""
    return math.ceil(size / 64_000)

"""Metrics: what CloudWatch counts of the functions' log lines, for alarms and the dashboard."""

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)
HOUR = Duration.hours(1)


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric: one more for each line of a log that matches a pattern, by fields of the line.

    The fields have few values: no event type, id or subject. A line without one counts nowhere.
    """

    name: str
    pattern: str
    by: tuple[str, ...]

    def count(self, group: logs.LogGroup) -> None:
        """Count the lines of a log group, in a namespace of the stage."""
        logs.MetricFilter(
            group,
            self.name,
            log_group=group,
            filter_pattern=logs.FilterPattern.literal(self.pattern),
            # Two stages may live in one account.
            metric_namespace=Stack.of(group).stack_name,
            metric_name=self.name,
            metric_value="1",
            unit=cloudwatch.Unit.COUNT,
            dimensions={field: f"$.{field}" for field in self.by},
        )


OF_REQUESTS = (
    Counted("Requests", '{ $.message = "request" }', ("provider", "outcome")),
    Counted(
        "CredentialUses",
        '{ $.message = "request" && $.credential = "*" }',
        ("provider", "credential"),
    ),
    Counted("Quarantined", '{ $.message = "request" && $.quarantined = "*" }', ("provider",)),
    Counted("QuarantineFull", '{ $.message = "quarantine full" }', ("provider",)),
    Counted("Releases", '{ $.message = "release" }', ("provider", "outcome")),
)
OF_EVENTS = (Counted("Events", '{ $.message = "event" }', ("consumer", "outcome")),)
OF_CANARIES = (Counted("Canaries", '{ $.message = "canary" }', ("outcome",)),)


def counted(
    scope: Construct, name: str, *, period: Duration = FIVE_MINUTES, **dimensions: str
) -> cloudwatch.Metric:
    """How often something was counted."""
    return cloudwatch.Metric(
        namespace=Stack.of(scope).stack_name,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period,
    )

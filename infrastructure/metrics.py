"""Metrics: those that the functions count themselves, as alarms and the dashboard name them."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

FIVE_MINUTES = Duration.minutes(5)
HOUR = Duration.hours(1)


def counted(
    scope: Construct, name: str, *, period: Duration = FIVE_MINUTES, **dimensions: str
) -> cloudwatch.Metric:
    """How often the functions counted something, as `functions.telemetry.counted` lets them."""
    return cloudwatch.Metric(
        namespace=Stack.of(scope).stack_name,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period,
    )

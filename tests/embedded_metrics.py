"""What CloudWatch counts of a log line, by the rules of its embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from collections.abc import Mapping
from typing import Any

LATEST_SECONDS, EARLIEST_SECONDS = 2 * 60 * 60, 14 * 24 * 60 * 60
"""How far from now the time of a metric may be, on either side."""


def counted(line: Mapping[str, Any]) -> list[tuple[str, dict[str, str], float]]:
    """The metrics of a line, each with its name, its dimensions and its value.

    Raises AssertionError where the line breaks a rule: CloudWatch would drop its metrics then, and
    tell nobody.
    """
    assert set(line["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    ago = time.time() - line["_aws"]["Timestamp"] / 1000
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert -LATEST_SECONDS < ago < EARLIEST_SECONDS
    found: list[tuple[str, dict[str, str], float]] = []
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert directive["Namespace"] == "inlet-test"
        (metric,) = directive["Metrics"]
        assert set(metric) == {"Name"}
        assert type(line[metric["Name"]]) in (int, float)
        assert directive["Dimensions"]
        for names in directive["Dimensions"]:
            assert len(set(names)) == len(names) <= 30
            dimensions = {name: line[name] for name in names}
            for value in dimensions.values():
                assert isinstance(value, str)
                assert 0 < len(value) <= 1024
                assert value.isascii()
            found.append((metric["Name"], dimensions, line[metric["Name"]]))
    assert found
    return found

"""The lifetimes in docs/personal-data.md are those of the templates."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from tests.infrastructure.conftest import PROJECT
from tests.infrastructure.template import Template

PAGE = (PROJECT / "docs" / "personal-data.md").read_text()
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
BACKUPS_DAYS = 35
"""How far back DynamoDB goes where nobody says less."""
COUNTED_LONGER_DAYS = 7
"""How much longer a quarantined content is counted than kept: a test of the function says so."""


def lifetimes(template: Template) -> dict[str, str]:
    """How long each copy is there, as the page would say it."""
    queues = template.all("SQS::Queue")
    (archive,) = template.all("Events::Archive").values()
    tables = template.all("DynamoDB::Table")
    buckets = {
        name: bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]
        for name, bucket in template.all("S3::Bucket").items()
    }
    environment = template.all("Lambda::Function")["IngestFunction"]["Environment"]["Variables"]
    recoverable = {
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        for table in tables.values()
    }
    return {
        "timeline": "" if "TimeToLiveSpecification" in tables["TimelineTable"] else "no end",
        "backups of both tables": days(BACKUPS_DAYS) if only(recoverable) else "none",
        "bodies in S3": days(buckets["BodiesBucket"]),
        "quarantine": days(buckets["QuarantineBucket"]),
        "counts of the quarantine": days(int(environment["QUARANTINE_DAYS"]) + COUNTED_LONGER_DAYS),
        "deliveries": days(int(environment["REMEMBER_DAYS"])),
        "rules of the bus": "{} hours".format(
            only(
                target["RetryPolicy"]["MaximumEventAgeInSeconds"] // 3600
                for rule in template.all("Events::Rule").values()
                for target in rule["Targets"]
            )
        ),
        "queues": days(only(seconds(queues, dead=False)) // 86_400),
        "dead letters": days(only(seconds(queues, dead=True)) // 86_400),
        "archive of the bus": days(archive["RetentionDays"]),
        "logs": days(
            only(group["RetentionInDays"] for group in template.all("Logs::LogGroup").values())
        ),
    }


def days(number: int) -> str:
    return f"{number} days"


def only(values: Iterable[Any]) -> Any:
    """The one value that all of these are."""
    (value,) = set(values)
    return value


def seconds(queues: dict[str, dict[str, Any]], *, dead: bool) -> list[int]:
    """How long queues keep a message: those of dead letters, or the others."""
    return [
        queue["MessageRetentionPeriod"]
        for name, queue in queues.items()
        if name.endswith("DeadLetters") is dead
    ]


@pytest.mark.parametrize(("stage", "column"), [("dev", 1), ("prod", 2)])
def test_every_copy_is_there_for_as_long_as_the_page_says(
    templates: dict[str, Template], stage: str, column: int
) -> None:
    rows = ROW.findall(PAGE.partition("## Every copy")[2])[1:]
    assert {row[0]: row[column] for row in rows} == lifetimes(templates[stage])

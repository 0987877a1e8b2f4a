"""Pausing a consumer, and what then waits for it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from inlet.cli.commands import app
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.pause import pause, resume
from tests.support.aws import Aws
from tests.support.deployed import Deployed


def test_a_paused_consumer_takes_nothing_until_it_is_resumed(deployed: Deployed) -> None:
    assert pause(deployed.deployment, "documents").state == "Disabling"
    assert deployed.lambda_.enabled["documents"] is False
    assert deployed.lambda_.enabled["payments"] is True
    assert resume(deployed.deployment, "documents").state == "Enabling"
    assert all(deployed.lambda_.enabled.values())


def test_it_says_what_waits_and_for_how_long(deployed: Deployed) -> None:
    url = deployed.url("documents")
    deployed.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "345600"})
    for _ in range(3):
        deployed.sqs.send_message(QueueUrl=url, MessageBody="{}")
    deployed.sqs.receive_message(QueueUrl=url)
    now = pause(deployed.deployment, "documents")
    assert (now.waiting, now.in_progress) == (2, 1)
    assert now.expires_in == timedelta(days=4)


def test_the_oldest_has_less_time_left(deployed: Deployed, aws: Aws) -> None:
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "documents"}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=age),
                "Value": 3600 * age,
            }
            for age in (1, 5)
        ],
    )
    assert pause(deployed.deployment, "documents").expires_in == timedelta(days=4, hours=-1)


def test_a_consumer_that_is_not_there_is_named(deployed: Deployed) -> None:
    with pytest.raises(OperationError, match="There is no consumer parcels: say one of documents"):
        pause(deployed.deployment, "parcels")


@pytest.mark.parametrize(("verb", "state"), [("pause", "disabling"), ("resume", "enabling")])
@pytest.mark.usefixtures("deployed")
def test_the_command_says_how_it_stands(verb: str, state: str) -> None:
    assert CliRunner().invoke(app, [verb, "documents"]).output.splitlines() == [
        f"documents is {state}",
        "    0 waiting, 0 in progress",
        "    the oldest may wait 4 days, 0:00:00 more",
    ]
    told: dict[str, Any] = json.loads(CliRunner().invoke(app, [verb, "documents", "--json"]).output)
    assert told == {
        "consumer": "documents",
        "state": state.capitalize(),
        "waiting": 0,
        "in_progress": 0,
        "expires_in": 345_600,
    }


def test_a_deployment_of_another_version_is_said_to_be_one(deployed: Deployed) -> None:
    old = Deployment("inlet-dev", {}, deployed.deployment._session)  # noqa: SLF001
    with pytest.raises(OperationError, match="inlet-dev has no output DocumentsConsumer"):
        pause(old, "documents")

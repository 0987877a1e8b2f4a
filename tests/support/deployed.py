"""A deployment in memory: the parts that an operator works on, and outputs that name them."""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from inlet.consumers import CONSUMERS
from inlet.operations.deployment import Deployment
from tests.support.aws import SERVICES, Aws

session = cache(boto3.Session)
"""The session of every deployment: making one takes longer than several calls."""


class Lambda:
    """Lambda, as far as operators use it: mappings that are on or off, and a quota."""

    def __init__(self) -> None:
        self.enabled = dict.fromkeys(CONSUMERS, True)
        self.concurrency = 1000

    def get_event_source_mapping(self, *, UUID: str) -> dict[str, Any]:  # noqa: N803
        state = "Enabled" if self.enabled[UUID] else "Disabled"
        return {"State": state, "ScalingConfig": {"MaximumConcurrency": 5}}

    def update_event_source_mapping(self, *, UUID: str, Enabled: bool) -> dict[str, str]:  # noqa: N803
        self.enabled[UUID] = Enabled
        return {"State": "Enabling" if Enabled else "Disabling"}

    def get_account_settings(self) -> dict[str, dict[str, int]]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self.concurrency}}


def write_laptop(folder: Path, outputs: Mapping[str, str], **more: Any) -> None:
    """Let commands find a deployment in memory in a folder, as that of the laptop run."""
    (folder / ".inlet").mkdir()
    written = {"region": "eu-west-1", "endpointUrl": None, "lambdaUrl": None, "pid": os.getpid()}
    written |= {"outputs": outputs} | more
    (folder / ".inlet" / "laptop.json").write_text(json.dumps(written))


class Deployed:
    """A deployment in memory; its laptop.json is in a folder, and `lambda_` stands for Lambda."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self._aws, self.sqs, self.logs = aws, aws("sqs"), aws("logs")
        self.lambda_ = Lambda()
        self.outputs: dict[str, str] = aws.prepared("deployed", self._make)
        write_laptop(folder, self.outputs)

    def _make(self) -> dict[str, str]:
        """Make what operators work on, and return the outputs that name it."""
        outputs = {
            "RuleDeadLetters": self.queue("rule-dead-letters"),
            "IngestLogs": "ingest-logs",
        }
        for name in ("ingest", *CONSUMERS):
            self.logs.create_log_group(logGroupName=f"{name}-logs")
            self.logs.create_log_stream(logGroupName=f"{name}-logs", logStreamName="s")
        for name in CONSUMERS:
            parts = {
                "queue": self.queue(name),
                "deadLetters": self.queue(f"{name}-dead-letters"),
                "function": name,
                "logs": f"{name}-logs",
                "mapping": name,
            }
            outputs[f"{name.capitalize()}Consumer"] = json.dumps(parts)
        return outputs

    @property
    def deployment(self) -> Deployment:
        """What operations work on."""
        clients = {name: self._aws(name) for name in (*SERVICES, "cloudwatch", "sts")}
        clients["lambda"] = self.lambda_
        return Deployment("a deployment", self.outputs, session(), _clients=clients)

    def queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def url(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def consumer_letter(self, consumer: str, event: Any, error: str | None = None) -> None:
        """A message that a consumer failed on, time after time."""
        body = event if isinstance(event, str) else json.dumps(event)
        self.sqs.send_message(QueueUrl=self.url(f"{consumer}-dead-letters"), MessageBody=body)
        if error:
            self.log(
                consumer,
                {
                    "outcome": "failed",
                    "event_id": event["detail"]["metadata"]["eventId"],
                    "causes": [{"type": "ClientError", "code": error}, {"type": "OSError"}],
                },
            )

    def rule_letter(self, target: str | None, event: Any) -> None:
        """A message that a rule, or the bus itself, could not deliver, as EventBridge writes it."""
        attributes = {"ERROR_CODE": "NO_PERMISSIONS"}
        if target:
            attributes["TARGET_ARN"] = f"arn:aws:sqs:eu-west-1:123456789012:{target}"
        self.sqs.send_message(
            QueueUrl=self.url("rule-dead-letters"),
            MessageBody=json.dumps(event),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    def log(self, function: str, line: Any) -> None:
        """A line that the ingest function or a consumer wrote."""
        message = line if isinstance(line, str) else json.dumps(line)
        self.logs.put_log_events(
            logGroupName=f"{function}-logs",
            logStreamName="s",
            logEvents=[{"timestamp": int(time.time() * 1000) + 1000, "message": message}],
        )

    def bodies(self, name: str) -> list[Any]:
        """What is in a queue, for whoever asks next."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url(name), MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

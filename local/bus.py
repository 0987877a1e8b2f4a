"""The bus: takes every event, matches it with the template's rules, and delivers it."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.json_value import Json
from local.patterns import compiled
from local.policies import Statement, allows
from local.resources import QueuePolicy, Rule, Target

if TYPE_CHECKING:
    from local.assembly import Place, Resource, Stack
    from local.queues import Queues

LOG = logging.getLogger(__name__)

Event = Mapping[str, Json]


@dataclass(frozen=True)
class Undelivered:
    """Why a target did not get an event, in EventBridge's words."""

    code: str
    message: str


class Gates:
    """The policies of the stack's queues: who may send to them."""

    def __init__(self, stack: "Stack") -> None:
        self._account = stack.place.account
        self._statements: dict[str, list[Statement]] = {}
        for policy in stack.of(QueuePolicy):
            for url in policy.properties.queues:
                statements = self._statements.setdefault(url, [])
                statements.extend(policy.properties.policy_document.statement)

    def let_in(self, rule_arn: str, queue_arn: str, queue_url: str) -> bool:
        """Whether EventBridge may send to the queue on behalf of the rule."""
        return allows(
            self._statements.get(queue_url, []),
            service="events.amazonaws.com",
            action="sqs:SendMessage",
            resource=queue_arn,
            context={
                "aws:SourceArn": rule_arn,
                "aws:SourceAccount": self._account,
                "aws:SecureTransport": "true",
            },
        )


class Bus:
    """Delivers events by the rules of a stack."""

    def __init__(self, stack: "Stack", queues: "Queues") -> None:
        self._place = stack.place
        self._queues = queues
        self._gates = Gates(stack)
        self._rules: Sequence[tuple[Resource[Rule], Callable[[Event], bool]]] = [
            (rule, compiled(rule.properties.event_pattern))
            for rule in stack.of(Rule)
            if rule.properties.state == "ENABLED"
        ]

    def deliver(self, fed: str) -> None:
        """Deliver an event, given as moto fed it to us, to the targets of every rule it matches."""
        event = envelope(json.loads(fed), self._place)
        body = json.dumps(event, ensure_ascii=False)
        for rule, matches in self._rules:
            if matches(event):
                for target in rule.properties.targets:
                    self._deliver_to(target, rule.arn, body)

    def _deliver_to(self, target: Target, rule_arn: str, body: str) -> None:
        undelivered = self._send(rule_arn, target.arn, body)
        if undelivered is None:
            return
        LOG.warning("%s did not reach %s: %s", rule_arn, target.arn, undelivered.message)
        if target.dead_letter_config is None:
            return
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target.arn,
            "ERROR_CODE": undelivered.code,
            "ERROR_MESSAGE": undelivered.message,
            "RETRY_ATTEMPTS": "0",
        }
        lost = self._send(rule_arn, target.dead_letter_config.arn, body, attributes)
        if lost:
            LOG.error("An event of %s is lost: %s", rule_arn, lost.message)

    def _send(
        self, rule_arn: str, queue_arn: str, body: str, attributes: Mapping[str, str] | None = None
    ) -> Undelivered | None:
        url = f"{self._place.endpoint}/{self._place.account}/{queue_arn.rpartition(':')[2]}"
        if not self._gates.let_in(rule_arn, queue_arn, url):
            return Undelivered("NO_PERMISSIONS", f"The policy of {queue_arn} does not allow it.")
        try:
            self._queues.send(url, body, attributes)
        except ClientError as problem:
            missing = "NonExistentQueue" in problem.response["Error"]["Code"]
            return Undelivered("NO_RESOURCE" if missing else "SDK_CLIENT_ERROR", str(problem))
        return None


def envelope(fed: Event, place: "Place") -> Event:
    """The event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": fed["id"],
        "detail-type": fed["detail-type"],
        "source": fed["source"],
        "account": place.account,
        "time": fed["time"],
        "region": place.region,
        "resources": fed["resources"],
        "detail": fed["detail"],
    }

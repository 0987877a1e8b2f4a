"""Doctor: what of a deployment would not work, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from inlet.operations.consumers import deployed
from inlet.operations.credentials import listed
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.pause import waiting
from inlet.operations.quarantine import listed as quarantined
from inlet.provider import Provider
from inlet.providers import PROVIDERS

CLOCK_MAY_BE_WRONG_SECONDS = 60
"""Sooner than AWS and Standard Webhooks refuse what is signed, at five minutes."""
SPARE_CONCURRENCY = 100
"""Functions that should be able to run at once: bursts at the door, and every consumer beside."""

TOPICS: tuple[tuple[str, str, Literal["look", "broken"]], ...] = (
    ("AttentionTopicArn", "Attention", "broken"),
    ("PageTopicArn", "A page", "look"),
    ("TicketTopicArn", "A ticket", "look"),
)
"""The outputs with the topics, what each carries, and how bad it is that nobody gets it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one look has found: fine, to be looked at, or broken. `todo` says what to do next."""

    severity: Literal["fine", "look", "broken"]
    what: str
    todo: str | None = None


def doctor(deployment: Deployment) -> Iterator[Finding]:
    """Look at everything that a deployment needs to work, part by part.

    What the caller may not look at is a finding, and so is what cannot be reached.
    """
    for look in LOOKS:
        try:
            yield from look(deployment)
        except OperationError as error:
            yield Finding(severity="broken", what=str(error))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            yield Finding(
                severity="look",
                what=f"Not seen: {error.operation_name} answered {code}.",
                todo="Ask for that permission, or let somebody look who has it.",
            )
        except BotoCoreError as error:
            yield Finding(severity="broken", what=f"AWS cannot be reached: {error}.")


def _topics(deployment: Deployment) -> Iterator[Finding]:
    for output, what, severity in TOPICS:
        yield _subscriptions(deployment, deployment.output(output), what, severity)


def _subscriptions(
    deployment: Deployment, topic: str, what: str, severity: Literal["look", "broken"]
) -> Finding:
    pages = (
        deployment.client("sns")
        .get_paginator("list_subscriptions_by_topic")
        .paginate(TopicArn=topic)
    )
    arns = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
    confirmed = [arn for arn in arns if arn.startswith("arn:")]
    if confirmed:
        return Finding(severity="fine", what=f"{what} reaches {len(confirmed)} subscriptions.")
    if arns:
        return Finding(
            severity=severity,
            what=f"{what} reaches nobody: no subscription was confirmed.",
            todo="Open the message that AWS sent to whoever is subscribed, and confirm.",
        )
    return Finding(
        severity=severity,
        what=f"{what} reaches nobody.",
        todo=f"Subscribe a person or a channel to {topic}.",
    )


def _credentials(deployment: Deployment) -> Iterator[Finding]:
    for provider in PROVIDERS.values():
        try:
            yield _proofs(deployment, provider)
        except OperationError as error:
            yield Finding(severity="broken", what=str(error))


def _proofs(deployment: Deployment, provider: Provider) -> Finding:
    labels = [one.label for one in listed(deployment, provider.name)]
    if labels:
        return Finding(
            severity="fine", what=f"{provider.name} may prove itself with {', '.join(labels)}."
        )
    return Finding(
        severity="broken",
        what=f"{provider.name} has no credential, so that nobody is let in.",
        todo=f"Add one: inlet credentials add {provider.name} <label>.",
    )


def _consumers(deployment: Deployment) -> Iterator[Finding]:
    for consumer in deployed(deployment):
        now = waiting(deployment, consumer)
        if now.state == "Enabled":
            yield Finding(
                severity="fine", what=f"{now.consumer} takes events, {now.waiting} are waiting."
            )
        else:
            yield Finding(
                severity="look",
                what=(
                    f"{now.consumer} is {now.state.lower()}: {now.waiting} events are waiting, and"
                    f" the oldest is lost in {now.expires_in}."
                ),
                todo=f"Let it go on: inlet resume {now.consumer}.",
            )


def _dead_letters(deployment: Deployment) -> Iterator[Finding]:
    queues = {one.name: one.dead_letters for one in deployed(deployment)}
    queues["the rules"] = deployment.output("RuleDeadLetters")
    counted = {name: _messages(deployment, url) for name, url in queues.items()}
    if not any(counted.values()):
        yield Finding(severity="fine", what="There are no dead letters.")
    for name, count in counted.items():
        if count:
            yield Finding(
                severity="look",
                what=f"{name} has {count} dead letters.",
                todo="See why: inlet dead-letters list. They are kept for 14 days.",
            )


def _messages(deployment: Deployment, url: str) -> int:
    attributes = deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def _rules(deployment: Deployment) -> Iterator[Finding]:
    pages = (
        deployment.client("events")
        .get_paginator("list_rules")
        .paginate(EventBusName=deployment.output("BusName"))
    )
    rules = [rule for page in pages for rule in page["Rules"]]
    asleep = [rule["Name"] for rule in rules if rule["State"] != "ENABLED"]
    patterns = " ".join(rule.get("EventPattern", "") for rule in rules)
    without = [
        f"{event_type} of {provider.name}"
        for provider in PROVIDERS.values()
        for event_type in provider.catalogue
        if f'"{event_type}"' not in patterns
    ]
    if not asleep and not without:
        yield Finding(severity="fine", what=f"All {len(rules)} rules of the bus are there.")
    if asleep:
        yield Finding(
            severity="broken",
            what=f"Rules are disabled, and what they match is lost: {', '.join(asleep)}.",
            todo="Enable them with aws events enable-rule; to stop a consumer, pause it instead.",
        )
    if without:
        yield Finding(
            severity="broken",
            what=f"There is no rule for {', '.join(without)}.",
            todo="The deployment is older than this checkout, or was changed by hand: deploy it.",
        )


def _quarantine(deployment: Deployment) -> Iterator[Finding]:
    kept = [one for one in quarantined(deployment) if not one.is_delivered]
    if not kept:
        yield Finding(severity="fine", what="Nothing in quarantine waits to be released.")
        return
    yield Finding(
        severity="look",
        what=f"{len(kept)} refused contents are in quarantine, the last from {kept[-1].last_at}.",
        todo="See why: inlet quarantine list.",
    )


def _clock(deployment: Deployment) -> Iterator[Finding]:
    answer = deployment.client("sts").get_caller_identity()
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    yield Finding(severity="fine", what=f"You are {answer['Arn']}.")
    off = abs((parsedate_to_datetime(headers["date"]) - datetime.now(UTC)).total_seconds())
    if off > CLOCK_MAY_BE_WRONG_SECONDS:
        yield Finding(
            severity="broken",
            what=f"This machine's clock is {off:.0f} seconds off: what it signs will be refused.",
            todo="Set the clock.",
        )


def _concurrency(deployment: Deployment) -> Iterator[Finding]:
    account = deployment.client("lambda").get_account_settings()["AccountLimit"]
    most = account["UnreservedConcurrentExecutions"]
    if most >= SPARE_CONCURRENCY:
        yield Finding(severity="fine", what=f"The account lets {most} functions run at once.")
    else:
        yield Finding(
            severity="look",
            what=f"The account lets only {most} functions run at once: bursts will be throttled.",
            todo="Ask for more: the quota is Concurrent executions, of AWS Lambda.",
        )


LOOKS: tuple[Callable[[Deployment], Iterator[Finding]], ...] = (
    _clock,
    _credentials,
    _rules,
    _consumers,
    _dead_letters,
    _quarantine,
    _topics,
    _concurrency,
)
"""What is looked at, in the order of the journey after who looks."""

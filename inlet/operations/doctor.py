"""Doctor: what of a deployment would not work, and what to do about it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from inlet.consumers import CONSUMERS, consumer_of
from inlet.operations.consumers import DeployedConsumer, deployed, rules_of
from inlet.operations.credentials import listed
from inlet.operations.dead_letters import error_of
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.logs import CutShort, Line, lines
from inlet.operations.pause import waiting
from inlet.operations.quarantine import listed as quarantined
from inlet.provider import UNRECOGNISED, Provider
from inlet.providers import PROVIDERS

CLOCK_MAY_BE_WRONG_SECONDS = 60
"""Sooner than AWS and Standard Webhooks refuse what is signed, at five minutes."""
SPARE_CONCURRENCY = 100
"""Functions that should be able to run at once: bursts at the door, and every consumer beside."""

LATELY = timedelta(hours=1)
"""How far back is looked for what a consumer failed on."""
READ_SECONDS = 2
"""How long one log is read."""
NOT_THERE = frozenset(
    {"NoSuchBucket", "NonExistentQueue", "NotFound", "QueueDoesNotExist"}
    | {"ResourceNotFound", "ResourceNotFoundException"}
)
"""What AWS's services answer where there is nothing of that name, after the last dot."""
UNKNOWN_TYPES = "types that no catalogue knows"

MENDED = (
    "Put back what the template says: make deploy STAGE=<stage> ARGS=--revert-drift, as a"
    " deployment without it leaves alone what was changed by hand."
)
REPLAYED = "Then replay what was received meanwhile: inlet replay --since <time>."
TAKE_BACK = (
    "Take the last change back: move AWSCURRENT to the version of the secret that has AWSPREVIOUS."
)

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

    What the caller may not look at is a finding, and so is what cannot be reached or is not there.
    """
    for part, look in LOOKS.items():
        yield from _seen(part, look(deployment))


def _seen(part: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of one part; the last of them says why there are no more, where it was not seen
    to its end.
    """
    try:
        yield from findings
    except OperationError as error:
        yield Finding(severity="broken", what=str(error))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code.rpartition(".")[2] in NOT_THERE:
            yield Finding(
                severity="broken",
                what=f"Gone: {part} ({error.operation_name} answered {code}).",
                todo=MENDED,
            )
        else:
            yield Finding(
                severity="look",
                what=f"Not seen: {part} ({error.operation_name} answered {code}).",
                todo="Ask for that permission, or let somebody look who has it.",
            )
    except BotoCoreError as error:
        yield Finding(severity="broken", what=f"AWS cannot be reached: {error}.")


def _topics(deployment: Deployment) -> Iterator[Finding]:
    for output, what, severity in TOPICS:
        yield from _seen(f"the topic {output}", _subscriptions(deployment, output, what, severity))


def _subscriptions(
    deployment: Deployment, output: str, what: str, severity: Literal["look", "broken"]
) -> Iterator[Finding]:
    topic = deployment.output(output)
    pages = (
        deployment.client("sns")
        .get_paginator("list_subscriptions_by_topic")
        .paginate(TopicArn=topic)
    )
    arns = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
    confirmed = [arn for arn in arns if arn.startswith("arn:")]
    if confirmed:
        yield Finding(severity="fine", what=f"{what} reaches {len(confirmed)} subscriptions.")
    elif arns:
        yield Finding(
            severity=severity,
            what=f"{what} reaches nobody: no subscription was confirmed.",
            todo="Open the message that AWS sent to whoever is subscribed, and confirm.",
        )
    else:
        yield Finding(
            severity=severity,
            what=f"{what} reaches nobody.",
            todo=f"Subscribe a person or a channel to {topic}.",
        )


def _credentials(deployment: Deployment) -> Iterator[Finding]:
    for provider in PROVIDERS.values():
        yield from _seen(f"the secret of {provider.name}", _proofs(deployment, provider))


def _proofs(deployment: Deployment, provider: Provider) -> Iterator[Finding]:
    try:
        labels = [one.label for one in listed(deployment, provider.name)]
    except OperationError as error:
        yield Finding(severity="broken", what=str(error), todo=TAKE_BACK)
        return
    if labels:
        yield Finding(
            severity="fine", what=f"{provider.name} may prove itself with {', '.join(labels)}."
        )
    else:
        yield Finding(
            severity="broken",
            what=f"{provider.name} has no credential, so that nobody is let in.",
            todo=f"{TAKE_BACK} Or add one: inlet credentials add {provider.name} <label>.",
        )


def _consumers(deployment: Deployment) -> Iterator[Finding]:
    for consumer in deployed(deployment):
        yield from _seen(
            f"the consumer {consumer.name}, or its queue", _consumer(deployment, consumer)
        )


def _consumer(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[Finding]:
    now = waiting(deployment, consumer)
    if now.state == "Enabled":
        yield Finding(
            severity="fine",
            what=(
                f"{now.consumer} takes events, {now.waiting} are waiting, and"
                f" {now.in_progress} are being taken or tried again."
            ),
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
    if not _lets_the_bus_in(deployment, consumer.queue):
        yield Finding(
            severity="broken",
            what=f"The queue of {now.consumer} does not let the bus in: its policy was changed.",
            todo=f"{MENDED} Then send on what rules could not: inlet dead-letters redrive --all.",
        )
    if now.in_progress and (failed := _failed(deployment, consumer)):
        event_id = failed[-1].get("event_id")
        yield Finding(
            severity="look",
            what=(
                f"{now.consumer} failed {len(failed)} times in the last hour, and tries again; the"
                f" last time with {error_of(failed[-1])}."
            ),
            todo=f"See one: inlet show {event_id}." if event_id else "That one is no event.",
        )
    if errors := _died(deployment, consumer):
        yield Finding(
            severity="look",
            what=f"The function of {now.consumer} died {errors} times in the last hour.",
            todo=f"The log group {consumer.logs} says of what: its time, its memory, or its start.",
        )


def _lets_the_bus_in(deployment: Deployment, url: str) -> bool:
    """Whether a queue's policy names EventBridge at all; its conditions are not looked at."""
    attributes = deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["Policy"]
    )
    policy = json.loads(attributes.get("Attributes", {}).get("Policy") or "{}")
    return any(
        one["Effect"] == "Allow" and "events.amazonaws.com" in json.dumps(one["Principal"])
        for one in policy.get("Statement", ())
    )


def _failed(deployment: Deployment, consumer: DeployedConsumer) -> list[Line]:
    """What a consumer's log says of its failures, as much as can be read of it in time."""
    found: list[Line] = []
    with suppress(CutShort):
        found.extend(
            lines(
                deployment,
                consumer.logs,
                since=datetime.now(UTC) - LATELY,
                pattern='{ $.outcome = "failed" }',
                seconds=READ_SECONDS,
            )
        )
    return found


def _died(deployment: Deployment, consumer: DeployedConsumer) -> int:
    """How often a consumer's function ended before it could say what became of its events."""
    now = datetime.now(UTC)
    answer = deployment.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": consumer.function}],
        StartTime=now - LATELY,
        EndTime=now,
        Period=int(LATELY.total_seconds()),
        Statistics=["Sum"],
    )
    return sum(int(point["Sum"]) for point in answer["Datapoints"])


def _dead_letters(deployment: Deployment) -> Iterator[Finding]:
    queues = {one.name: one.dead_letters for one in deployed(deployment)}
    queues["the rules"] = deployment.output("RuleDeadLetters")
    found = [
        finding
        for name, url in queues.items()
        for finding in _seen(f"dead letters of {name}", _letters(deployment, name, url))
    ]
    yield from found or [Finding(severity="fine", what="There are no dead letters.")]


def _letters(deployment: Deployment, name: str, url: str) -> Iterator[Finding]:
    attributes = deployment.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    if count := int(attributes["ApproximateNumberOfMessages"]):
        yield Finding(
            severity="look",
            what=f"{name} has {count} dead letters.",
            todo="See why: inlet dead-letters list. They are kept for 14 days.",
        )


def _rules(deployment: Deployment) -> Iterator[Finding]:
    pages = (
        deployment.client("events")
        .get_paginator("list_rules")
        .paginate(EventBusName=deployment.output("BusName"))
    )
    rules = {rule["Name"]: rule for page in pages for rule in page["Rules"]}
    asleep = [name for name, rule in rules.items() if rule["State"] != "ENABLED"]
    if asleep:
        yield Finding(
            severity="broken",
            what=f"Rules are disabled, and what they match is lost: {', '.join(asleep)}.",
            todo=f"{MENDED} {REPLAYED} To stop a consumer, pause it instead.",
        )
    astray = [
        f"{what} (to {consumer})"
        for consumer, types in _expected().items()
        for what in types - _received(deployment, consumer, rules)
    ]
    if astray:
        yield Finding(
            severity="broken",
            what=f"No rule sends to its consumer: {', '.join(sorted(astray))}.",
            todo=f"{MENDED} {REPLAYED} Or the deployment is older than this checkout.",
        )
    if not asleep and not astray:
        yield Finding(
            severity="fine",
            what=f"All {len(rules)} rules are on, and every type has one to its consumer.",
        )


def _expected() -> dict[str, set[str]]:
    """What the rules must send to each consumer: types of providers, and types not known."""
    expected: dict[str, set[str]] = {name: set() for name in CONSUMERS}
    expected[UNRECOGNISED].add(UNKNOWN_TYPES)
    for provider in PROVIDERS.values():
        for event_type, known in provider.catalogue.items():
            expected[consumer_of(known.kind).name].add(f"{event_type} of {provider.name}")
    return expected


def _received(
    deployment: Deployment, name: str, rules: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """What the rules with a consumer's queue as their target match, as it is expected."""
    (consumer,) = deployed(deployment, name)
    received = set()
    for rule in rules_of(deployment, consumer):
        pattern = json.loads(rules[rule]["EventPattern"])
        sources = [one for one in pattern.get("source", ()) if isinstance(one, str)]
        for event_type in pattern.get("detail-type", ()):
            received |= {f"{event_type} of {one.removeprefix('inlet.')}" for one in sources}
        if pattern.get("detail") == {"metadata": {"known": [False]}}:
            received.add(UNKNOWN_TYPES)
    return received


def _stores(deployment: Deployment) -> Iterator[Finding]:
    asked: tuple[tuple[str, Callable[[], object]], ...] = (
        ("the timeline", lambda: _table(deployment, "TimelineTable")),
        ("the table of deliveries", lambda: _table(deployment, "DeliveriesTable")),
        ("the bucket of large bodies", lambda: _bucket(deployment, "BodiesBucket")),
        ("the archive", lambda: _archive(deployment)),
    )
    for what, ask in asked:
        yield from _seen(what, _there(what, ask))


def _there(what: str, ask: Callable[[], object]) -> Iterator[Finding]:
    ask()
    yield Finding(severity="fine", what=f"{what.capitalize()} is there.")


def _table(deployment: Deployment, output: str) -> None:
    deployment.client("dynamodb").describe_table(TableName=deployment.output(output))


def _bucket(deployment: Deployment, output: str) -> None:
    deployment.client("s3").list_objects_v2(Bucket=deployment.output(output), MaxKeys=1)


def _archive(deployment: Deployment) -> None:
    name = deployment.output("ArchiveArn").rpartition("/")[2]
    deployment.client("events").describe_archive(ArchiveName=name)


def _quarantine(deployment: Deployment) -> Iterator[Finding]:
    kept = [one for one in quarantined(deployment) if not one.is_delivered]
    if not kept:
        yield Finding(severity="fine", what="Nothing in quarantine waits to be released.")
        return
    why = Counter(f"{one.provider} {one.reason}" for one in kept)
    yield Finding(
        severity="look",
        what=(
            f"{len(kept)} refused contents are in quarantine, the last from {kept[-1].last_at}:"
            f" {', '.join(f'{count} {of}' for of, count in why.most_common())}."
        ),
        todo="See why: inlet quarantine list, and inlet quarantine show <id>.",
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


LOOKS: Mapping[str, Callable[[Deployment], Iterator[Finding]]] = MappingProxyType(
    {
        "you and the clock": _clock,
        "secrets": _credentials,
        "rules": _rules,
        "consumers": _consumers,
        "what is kept": _stores,
        "dead letters": _dead_letters,
        "the quarantine": _quarantine,
        "topics": _topics,
        "the quota": _concurrency,
    }
)
"""What is looked at, in the order of the journey after who looks."""

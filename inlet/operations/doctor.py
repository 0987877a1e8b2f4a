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
from inlet.operations.dead_letters import DeadLetter, Wanted, dead_letters, error_of
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.logs import CutShort, Line, lines, texts
from inlet.operations.pause import Waiting, waiting
from inlet.operations.quarantine import listed as quarantined
from inlet.operations.queues import depth
from inlet.provider import UNRECOGNISED, Provider
from inlet.providers import PROVIDERS

CLOCK_MAY_BE_WRONG_SECONDS = 60
"""Sooner than AWS and Standard Webhooks refuse what is signed, at five minutes."""
INGEST_CONCURRENCY = 50
"""Concurrent runs that consumers should leave to ingest: 500 requests a second of 0.1 s each."""

LATELY = timedelta(hours=1)
"""How far back failures and crashes of a consumer are read."""
READ_SECONDS = 2
"""How long one log is read."""
RETRY = timedelta(minutes=6)
"""When a message is retried at the latest if its line has no `retry_in`: the queue's time-out."""
RUN = timedelta(minutes=2)
"""How long a retry may take to be logged: the function's time-out, and the log's delay."""
LISTED_RETRIES = 10
"""Retried messages of one consumer that are listed."""
LISTED_LETTERS = 100
"""Dead letters that are listed one by one; of more, doctor prints the number."""
CRASHED = ("errorType", "Runtime exited", "Task timed out")
"""What the log of a run contains that ended with an exception, an exit or a time-out."""
NOT_THERE = frozenset(
    {"NoSuchBucket", "NonExistentQueue", "NotFound", "QueueDoesNotExist"}
    | {"ResourceNotFound", "ResourceNotFoundException"}
)
"""What AWS's services answer where there is nothing of that name, after the last dot."""
UNSEEN = (OperationError, ClientError, BotoCoreError)
"""The errors of a check that could not read what it checks."""
UNKNOWN_TYPES = "types that no catalogue knows"

MENDED = (
    "Put back what the template says: make deploy STAGE=<stage> ARGS=--revert-drift, as a"
    " deployment without it leaves alone what was changed by hand."
)
REPLAYED = "Then replay what was received meanwhile: inlet replay --since <time>."
TAKE_BACK = (
    "Take the last change back: move AWSCURRENT to the version of the secret that has AWSPREVIOUS."
)

TOPICS = (
    ("AttentionTopicArn", "notices"),
    ("PageTopicArn", "pages"),
    ("TicketTopicArn", "tickets"),
)
"""The outputs with the topics, and the messages of each."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One result of a check. `todo` is what to do next.

    An error keeps the deployment from working; a warning does not, but somebody should act on it.
    """

    severity: Literal["ok", "warning", "error"]
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
    except UNSEEN as error:
        yield _unseen(part, error)


def _unseen(part: str, error: Exception) -> Finding:
    """Return the finding that a part could not be read because of an error of UNSEEN."""
    if isinstance(error, BotoCoreError):
        return Finding(severity="error", what=f"AWS cannot be reached: {error}.")
    if not isinstance(error, ClientError):
        return Finding(severity="error", what=str(error))
    code = error.response["Error"]["Code"]
    if code.rpartition(".")[2] in NOT_THERE:
        return Finding(
            severity="error",
            what=f"Gone: {part} ({error.operation_name} answered {code}).",
            todo=MENDED,
        )
    return Finding(
        severity="warning",
        what=f"Not seen: {part} ({error.operation_name} answered {code}).",
        todo="Ask for that permission, or let somebody look who has it.",
    )


def _inlet(deployment: Deployment, arguments: str) -> str:
    """Return a command that works on this deployment, to be copied."""
    return f"`{deployment.command(f'inlet {arguments}')}`"


def _topics(deployment: Deployment) -> Iterator[Finding]:
    for output, messages in TOPICS:
        yield from _seen(f"the topic {output}", _subscriptions(deployment, output, messages))


def _subscriptions(deployment: Deployment, output: str, messages: str) -> Iterator[Finding]:
    topic = deployment.output(output)
    pages = deployment.pages("sns", "list_subscriptions_by_topic", TopicArn=topic)
    arns = [one["SubscriptionArn"] for page in pages for one in page["Subscriptions"]]
    confirmed = [arn for arn in arns if arn.startswith("arn:")]
    if confirmed:
        yield Finding(severity="ok", what=f"The topic for {messages}: {len(confirmed)} subscribed.")
    elif arns:
        yield Finding(
            severity="warning",
            what=f"The topic for {messages} has no confirmed subscription, so nobody gets them.",
            todo="Open the message that AWS sent to the subscribed address, and confirm.",
        )
    else:
        yield Finding(
            severity="warning",
            what=f"The topic for {messages} has no subscription, so nobody gets them.",
            todo=f"Subscribe a person or a channel to {topic}.",
        )


def _credentials(deployment: Deployment) -> Iterator[Finding]:
    for provider in PROVIDERS.values():
        yield from _seen(f"the secret of {provider.name}", _proofs(deployment, provider))


def _proofs(deployment: Deployment, provider: Provider) -> Iterator[Finding]:
    try:
        labels = [one.label for one in listed(deployment, provider.name)]
    except OperationError as error:
        yield Finding(severity="error", what=str(error), todo=TAKE_BACK)
        return
    if labels:
        yield Finding(
            severity="ok", what=f"{provider.name} may prove itself with {', '.join(labels)}."
        )
    else:
        yield Finding(
            severity="error",
            what=f"{provider.name} has no credential, so that nobody is let in.",
            todo=(
                f"{TAKE_BACK} Or add one: "
                f"{_inlet(deployment, f'credentials add {provider.name} <label>')}."
            ),
        )


def _consumers(deployment: Deployment) -> Iterator[Finding]:
    for consumer in deployed(deployment):
        yield from _seen(
            f"the consumer {consumer.name}, or its queue", _consumer(deployment, consumer)
        )


def _consumer(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[Finding]:
    now = waiting(deployment, consumer)
    yield _state(deployment, now)
    if not _lets_the_bus_in(deployment, consumer.queue):
        redrive = _inlet(deployment, "dead-letters redrive --all")
        yield Finding(
            severity="error",
            what=f"The queue of {now.consumer} does not let the bus in: its policy was changed.",
            todo=f"{MENDED} Then send on what rules could not: {redrive}.",
        )
    if now.waiting or now.in_progress:
        yield from _retries(deployment, consumer)
    yield from _crashes(deployment, consumer)


def _state(deployment: Deployment, now: Waiting) -> Finding:
    if now.state == "Enabled":
        return Finding(
            severity="ok",
            what=(
                f"{now.consumer} takes events, {now.waiting} are waiting, and"
                f" {now.in_progress} are being taken or tried again."
            ),
        )
    return Finding(
        severity="warning",
        what=(
            f"{now.consumer} is {now.state.lower()}: {now.waiting} events are waiting, and"
            f" the oldest is lost in {now.expires_in}."
        ),
        todo=f"Let it go on: {_inlet(deployment, f'resume {now.consumer}')}.",
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


def _retries(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[Finding]:
    """Each message that failed lately and is to be retried, the longest failing one first."""
    failed: dict[str, list[Line]] = {}
    try:
        for line in _failures(deployment, consumer):
            failed.setdefault(line.written["message_id"], []).append(line)
    except CutShort:
        yield Finding(
            severity="warning",
            what=f"{consumer.name} logged more failures than were read in {READ_SECONDS} s.",
            todo=f"Read the log group {consumer.logs}.",
        )
    retried = {one: found for one, found in failed.items() if _is_retried(found[-1])}
    for message_id, found in [*retried.items()][:LISTED_RETRIES]:
        yield _retry(deployment, consumer, message_id, found)
    if len(retried) > LISTED_RETRIES:
        yield Finding(
            severity="warning",
            what=f"{consumer.name} retries {len(retried) - LISTED_RETRIES} more messages.",
            todo=f"Read the log group {consumer.logs}.",
        )


def _failures(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[Line]:
    return lines(
        deployment,
        consumer.logs,
        since=datetime.now(UTC) - LATELY,
        any_of=[{"outcome": "failed", "message_id": None}],
        seconds=READ_SECONDS,
    )


def _is_retried(last: Line) -> bool:
    """Return whether the retry after this failure is not over: another one would be logged."""
    seconds = last.get("retry_in")
    retry = RETRY if seconds is None else timedelta(seconds=seconds)
    return datetime.now(UTC) < datetime.fromisoformat(last.at) + retry + RUN


def _retry(
    deployment: Deployment, consumer: DeployedConsumer, message_id: str, failed: list[Line]
) -> Finding:
    times = "once" if len(failed) == 1 else f"{len(failed)} times"
    error = error_of(failed[-1]) or "an unknown error"
    failure = f"It failed {times} in the last hour, last with {error}."
    event_id = failed[-1].get("event_id")
    dead = "After its last attempt it becomes a dead letter"
    if event_id is None:
        show = _inlet(deployment, f"dead-letters show {message_id}")
        return Finding(
            severity="warning",
            what=f"{consumer.name} cannot parse message {message_id}. {failure}",
            todo=f"{dead}, which this shows: {show}.",
        )
    return Finding(
        severity="warning",
        what=f"{consumer.name} retries message {message_id}, event {event_id}. {failure}",
        todo=f"Show it: {_inlet(deployment, f'show {event_id}')}. {dead}.",
    )


def _crashes(deployment: Deployment, consumer: DeployedConsumer) -> Iterator[Finding]:
    """The runs that ended before they logged what became of their events."""
    count, last = _crash_metric(deployment, consumer), ""
    if count is None:
        found = _crash_lines(deployment, consumer)
        count, last = len(found), f", last with: {found[-1]}" if found else ""
    if count:
        times = "once" if count == 1 else f"{count} times"
        yield Finding(
            severity="warning",
            what=f"The function of {consumer.name} crashed {times} in the last hour{last}.",
            todo=(
                f"Read the log group {consumer.logs}. Causes are a time-out, too little memory, or"
                " an error at its start. Its events are retried."
            ),
        )


def _crash_metric(deployment: Deployment, consumer: DeployedConsumer) -> int | None:
    """Return the number of crashes, or None without metrics: as locally, and without a run."""
    now = datetime.now(UTC)
    points = deployment.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": consumer.function}],
        StartTime=now - LATELY,
        EndTime=now,
        Period=int(LATELY.total_seconds()),
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(int(point["Sum"]) for point in points) if points else None


def _crash_lines(deployment: Deployment, consumer: DeployedConsumer) -> list[str]:
    """Return the error of each crash in the log, as far as it can be read in time."""
    found: list[str] = []
    logged = texts(
        deployment,
        consumer.logs,
        since=datetime.now(UTC) - LATELY,
        any_of=CRASHED,
        seconds=READ_SECONDS,
    )
    with suppress(CutShort):
        found.extend(map(_crash, logged))
    return found


def _crash(text: str) -> str:
    """Return the type of an exception, which the runtime logs as JSON; else Lambda's own words."""
    try:
        return str(json.loads(text).get("errorType", "an unknown error"))
    except ValueError:
        return text.rpartition("Error: ")[2].strip()


def _dead_letters(deployment: Deployment) -> Iterator[Finding]:
    queues = {one.name: one.dead_letters for one in deployed(deployment)}
    queues["the rules"] = deployment.output("RuleDeadLetters")
    counts: dict[str, int] = {}
    for name, url in queues.items():
        try:
            counts[name] = depth(deployment, url).total
        except UNSEEN as error:
            yield _unseen(f"dead letters of {name}", error)
    total = sum(counts.values())
    if len(counts) == len(queues) and 0 < total <= LISTED_LETTERS:
        yield from _seen("messages of dead-letter queues", _letters(deployment, total))
    elif total:
        found = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        yield Finding(
            severity="warning",
            what=f"There are {total} dead letters: {found}.",
            todo=f"List them: {_inlet(deployment, 'dead-letters list')}.",
        )
    elif len(counts) == len(queues):
        yield Finding(severity="ok", what="There are no dead letters.")


def _letters(deployment: Deployment, total: int) -> Iterator[Finding]:
    found = dead_letters(deployment, Wanted())
    for letter in found:
        yield _letter(deployment, letter)
    if (hidden := total - len(found)) > 0:
        yield Finding(
            severity="warning",
            what=f"{hidden} more dead letters cannot be listed: somebody has just received them.",
            todo="Run this again in some minutes.",
        )


def _letter(deployment: Deployment, letter: DeadLetter) -> Finding:
    target = letter.consumer or "another target"
    queue = f"the rules for {target}" if letter.is_of_rule else target
    show = _inlet(deployment, f"dead-letters show {letter.message_id}")
    redrive = _inlet(deployment, f"dead-letters redrive {letter.message_id}")
    if letter.event_id is None:
        return Finding(
            severity="warning",
            what=f"Dead letter {letter.message_id} of {queue} cannot be parsed as an event.",
            todo=f"Show it: {show}. A redrive does not help; it expires after 14 days.",
        )
    return Finding(
        severity="warning",
        what=(
            f"Dead letter {letter.message_id} of {queue}: event {letter.event_id}, failed with"
            f" {letter.error or 'an unknown error'}."
        ),
        todo=f"Show it: {show}." + (f" After the fix: {redrive}." if letter.consumer else ""),
    )


def _rules(deployment: Deployment) -> Iterator[Finding]:
    pages = deployment.pages("events", "list_rules", EventBusName=deployment.output("BusName"))
    rules = {rule["Name"]: rule for page in pages for rule in page["Rules"]}
    asleep = [name for name, rule in rules.items() if rule["State"] != "ENABLED"]
    if asleep:
        yield Finding(
            severity="error",
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
            severity="error",
            what=f"No rule sends to its consumer: {', '.join(sorted(astray))}.",
            todo=f"{MENDED} {REPLAYED} Or the deployment is older than this checkout.",
        )
    if not asleep and not astray:
        yield Finding(
            severity="ok",
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
    yield Finding(severity="ok", what=f"{what.capitalize()} is there.")


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
        yield Finding(severity="ok", what="Nothing in quarantine waits to be released.")
        return
    why = Counter(f"{one.provider} {one.reason}" for one in kept)
    yield Finding(
        severity="warning",
        what=(
            f"{len(kept)} refused contents are in quarantine, the last from {kept[-1].last_at}:"
            f" {', '.join(f'{count} {of}' for of, count in why.most_common())}."
        ),
        todo=(
            f"See why: {_inlet(deployment, 'quarantine list')}, and"
            f" {_inlet(deployment, 'quarantine show <id>')}."
        ),
    )


def _clock(deployment: Deployment) -> Iterator[Finding]:
    answer = deployment.client("sts").get_caller_identity()
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    yield Finding(severity="ok", what=f"You are {answer['Arn']}.")
    off = abs((parsedate_to_datetime(headers["date"]) - datetime.now(UTC)).total_seconds())
    if off > CLOCK_MAY_BE_WRONG_SECONDS:
        yield Finding(
            severity="error",
            what=f"This machine's clock is {off:.0f} seconds off: what it signs will be refused.",
            todo="Set the clock.",
        )


def _concurrency(deployment: Deployment) -> Iterator[Finding]:
    client = deployment.client("lambda")
    most = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    consumers = sum(
        client.get_event_source_mapping(UUID=consumer.mapping)
        .get("ScalingConfig", {})
        .get("MaximumConcurrency", most)
        for consumer in deployed(deployment)
    )
    left = max(0, most - consumers)
    what = (
        f"The account runs {most} functions at once, and consumers take {consumers} of them at"
        f" most: {left} are left for ingest."
    )
    if left >= INGEST_CONCURRENCY:
        yield Finding(severity="ok", what=what)
    else:
        starved = " While events wait, consumers can starve ingest." if not left else ""
        yield Finding(
            severity="warning",
            what=f"{what}{starved} Throttled requests get 5xx, and are retried by the provider.",
            todo="Request a higher quota of AWS Lambda: Concurrent executions.",
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

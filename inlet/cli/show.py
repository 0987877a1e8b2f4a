"""`inlet show` and `inlet tail`: what became of an event, and what becomes of those that come."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated

import typer

from inlet.cli.face import (
    JsonOption,
    LocalOption,
    ProviderOption,
    StageOption,
    deployment_of,
    err,
    out,
    print_json,
    time_option,
)
from inlet.operations.dead_letters import error_of
from inlet.operations.deployment import Deployment
from inlet.operations.logs import Line
from inlet.operations.show import READ_SECONDS, Story, show
from inlet.operations.tail import tail
from inlet.operations.verdict import Verdict, verdict


def show_event(
    event_id: Annotated[
        str, typer.Argument(help="Its id, or the correlation id of a request that carried it.")
    ],
    subject: Annotated[
        str | None,
        typer.Option(help="What it is about, where nothing remembers that: marosa/document/1."),
    ] = None,
    since: Annotated[
        datetime | None,
        time_option(
            "Read logs from this time on, in UTC. [default: when it was received, or an hour ago]"
        ),
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show where an event is, which command comes next, and what happened at each step.

    The exit code is 1 if nothing is found of it, and 2 if a place could not be read as well.
    """
    deployment = deployment_of(stage_name, local=local)
    found = show(deployment, event_id, subject=subject, since=since)
    if as_json:
        print_json(_as_json(found, deployment))
    elif not found.is_empty:
        kind = " (a type that no catalogue has)" if found.known is False else ""
        out.print(
            f"{found.event_type or 'unknown type'}{kind}  {found.subject or 'unknown subject'}"
        )
        for step, sentence in _steps(found, deployment):
            out.print(f"{step:12}  {sentence}")
    if found.is_empty:
        err.print(_nothing(event_id, found, deployment))
        raise typer.Exit(2 if found.unread else 1)


def show_lines(
    provider: ProviderOption = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show deliveries and their consumption as they happen, until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        for line in tail(deployment_of(stage_name, local=local), provider=provider):
            typer.echo(json.dumps(line.written) if as_json else _told(line))


def _verdict(story: Story, deployment: Deployment) -> Verdict:
    """Return the verdict, with commands that can be copied."""
    found = verdict(story)
    return replace(found, commands=tuple(map(deployment.command, found.commands)))


def _as_json(story: Story, deployment: Deployment) -> dict[str, object]:
    shown: dict[str, object] = {
        "verdict": None if story.is_empty else asdict(_verdict(story, deployment))
    }
    shown |= asdict(story)
    if story.consumer:
        shown["consumer"] = story.consumer.told()
    return shown


def _nothing(event_id: str, story: Story, deployment: Deployment) -> str:
    """Return the places that were searched in vain, and what to try next."""
    searched = (
        f"the table of deliveries, the logs since {story.since}, the dead letters and"
        f" {story.quarantine_read} of {story.quarantine_total} requests in quarantine"
    )
    sentences = [f"Nothing was found of {event_id} in {searched}."]
    sentences += [f"Could not read {place}." for place in story.unread]
    if story.unread:
        sentences.append(f"Next: {deployment.command('inlet doctor')}.")
    if story.quarantine_read < story.quarantine_total:
        search = deployment.command(f"inlet quarantine list --event {event_id}")
        sentences.append(f"Next: {search} reads all of them.")
    sentences.append(
        "Next: read older logs with --since, or a timeline with --subject. An event that is in"
        " none of them was not received: ask the provider to send it again."
    )
    return " ".join(sentences)


def _steps(story: Story, deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Return a step and a sentence for each thing that happened there, or did not."""
    now = _verdict(story, deployment)
    for step, sentences in (
        ("status", [now.sentence]),
        ("next", now.commands),
        ("received", _received(story)),
        ("bus", _bus(story)),
        ("rules", _rules(story)),
        ("consumer", _consumer(story)),
        ("timeline", _timeline(story)),
        ("dead letters", _dead_letters(story)),
        ("quarantine", _quarantine(story)),
        ("forgotten", _forgotten(story)),
        ("logs", (f"that of {of} was read for {READ_SECONDS} s only" for of in story.cut_short)),
        ("not read", story.unread),
    ):
        for sentence in sentences:
            yield step, sentence


def _received(story: Story) -> Iterator[str]:
    for one in story.arrivals:
        outcome = f"released: {one.outcome}" if one.is_release else one.outcome
        proof = f"credential {one.credential}" if one.credential else "no credential"
        yield f"{one.at}  {outcome}  {one.provider}, {proof}, request {one.correlation_id}"
        if one.detail:
            yield " ".join((one.detail, *(f"({name})" for name in one.fields)))
    if story.arrivals:
        return
    if story.delivery and story.delivery.received_at:
        yield f"{story.delivery.received_at}  accepted; the log has no line of it any more"
    else:
        yield f"the log of the ingest function has no line of it since {story.since}"


def _bus(story: Story) -> Iterator[str]:
    yield "published" if story.is_on_the_bus else "not published"
    if not story.delivery:
        yield "not among the deliveries that are remembered"


def _rules(story: Story) -> Iterator[str]:
    for rule in story.rules:
        to = ", ".join(target.rpartition(":")[2] for target in rule.targets) or "no target"
        verb = "matches" if rule.is_sure else "may match"
        if rule.problem:
            verb = f"is not understood ({rule.problem.removesuffix('.')})"
        elif rule.targets and len(rule.consumers) < len(rule.targets):
            verb = f"{'matched' if rule.is_sure else 'may match'}; delivery not checked"
        yield f"{rule.name} {verb}: to {to}{'' if rule.is_enabled else '; it is disabled'}"
    if not story.rules:
        yield "none matches" if story.event_type else "unknown, as its type is"
    elif story.consumer_name and not any(
        rule.is_enabled and story.consumer_name in rule.consumers for rule in story.rules
    ):
        yield f"none sends to {story.consumer_name} now: inlet doctor says what to do"


def _consumer(story: Story) -> Iterator[str]:
    if story.consumer_name is None:
        yield "unknown, as its subject is: name it with --subject"
        return
    if now := story.consumer:
        yield (
            f"{now.consumer} is {now.state.lower()}: {now.waiting} waiting, {now.in_progress} in"
            f" progress in {str(story.queue).rpartition('/')[2]}"
        )
    for one in story.attempts:
        again = f", again in {one.retry_in} s" if one.retry_in is not None else ""
        replay = f", replay {one.replay}" if one.replay else ""
        yield f"{one.at}  {' '.join(filter(None, (one.outcome, one.error)))}{again}{replay}"
    if not story.attempts and story.entry:
        yield "the log has no line of its attempts"
    elif not story.attempts:
        yield "not consumed yet" if story.is_on_the_bus else "not consumed"


def _timeline(story: Story) -> Iterator[str]:
    for conflict in story.conflicts:
        yield (
            f"another content with this event id, received {conflict['receivedAt']}, is stored as a"
            f" conflict: no part of the state, attention {conflict['attention']}"
        )
    if body := story.body:
        is_there = "is" if body.is_there else "is gone: it was"
        yield f"its body of {body.bytes} bytes {is_there} in s3://{body.bucket}/{body.key}"
    if story.entry is None:
        yield f"no entry in {story.subject}" if story.subject else "no entry"
        return
    entry = story.entry
    yield f"{entry['status']} in {story.subject}, {entry['occurredAt']}"
    yield (
        "it is the latest state"
        if story.state_event_id == story.event_id
        else f"the latest state is that of event {story.state_event_id}"
    )
    yield f"attention: {entry['attention']}"
    yield f"replay: {entry.get('replay', 'none')}"


def _dead_letters(story: Story) -> Iterator[str]:
    for letter in story.dead_letters:
        of = f"rule of {letter.consumer}" if letter.is_of_rule else str(letter.consumer)
        error = letter.error or "unknown error"
        yield f"{letter.since}  {letter.message_id} of {of}: {error}"
    if not story.dead_letters:
        yield "none"


def _quarantine(story: Story) -> Iterator[str]:
    for kept in story.quarantined:
        outcome = f", released: {kept.outcome}" if kept.outcome else ""
        yield f"{kept.last_at}  {kept.identifier}  {kept.reason}, {kept.times} times{outcome}"
    if not story.quarantined:
        yield f"none among {story.quarantine_read} of {story.quarantine_total} stored requests"
    if story.quarantine_read < story.quarantine_total:
        yield f"inlet quarantine list --event {story.event_id or '<id>'} reads all of them"


def _forgotten(story: Story) -> Iterator[str]:
    if story.forgotten_at:
        yield f"all of {story.subject} that was received until {story.forgotten_at}"
    elif story.subject or not story.delivery:
        yield "no"
    else:
        yield "perhaps: nothing stores its subject any more"


def _told(line: Line) -> str:
    """An event as one line: when, where, what became of it, and what it is."""
    where = line.get("consumer") or ("release" if line.get("message") == "release" else "ingest")
    what = (line.get(name) for name in ("outcome", "provider", "event_type", "event_id"))
    more = error_of(line) or line.get("detail")
    return "  ".join(str(one) for one in (line.at, where, *what, more) if one)

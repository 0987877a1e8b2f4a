"""`inlet dead-letters`: what could not be delivered or consumed, to be seen and sent on."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated

import typer

from inlet.cli.face import (
    DryRunOption,
    JsonOption,
    LocalOption,
    StageOption,
    deployment_of,
    err,
    out,
    print_json,
)
from inlet.consumers import CONSUMERS
from inlet.operations.dead_letters import (
    HIDDEN_SECONDS,
    DeadLetter,
    Found,
    Wanted,
    look,
    redrive,
)
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError

app = typer.Typer(
    help="What could not be delivered or consumed, to be seen and sent on its way again.",
    no_args_is_help=True,
)

ConsumerOption = Annotated[
    str | None, typer.Option(help=f"Only what was meant for one of {', '.join(CONSUMERS)}.")
]
ErrorOption = Annotated[
    str | None, typer.Option(help="Only what failed with an error, as the list shows it.")
]
EventOption = Annotated[str | None, typer.Option("--event", help="Only those of an event id.")]
TypeOption = Annotated[str | None, typer.Option("--type", help="Only events of a type.")]


@app.command("list")
def show_list(
    consumer: ConsumerOption = None,
    error: ErrorOption = None,
    event_id: EventOption = None,
    event_type: TypeOption = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the dead letters of consumers and rules, by consumer and error."""
    wanted = _wanted(consumer, error, event_id, event_type)
    found = look(deployment_of(stage_name, local=local), wanted)
    if as_json:
        print_json([asdict(letter) for letter in found.letters])
    elif found.letters or not found.invisible:
        _show(found.letters)
    _exit_if_invisible(found.invisible)


@app.command("show")
def show_one(
    message_id: Annotated[str, typer.Argument(help="The id of its message, as the list has it.")],
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one: what it failed with, and the event."""
    found = _find(deployment_of(stage_name, local=local), message_id)
    _exit_if_invisible(found.invisible)
    (letter,) = found.letters
    if as_json:
        print_json(asdict(letter))
        return
    _show([letter])
    if letter.body is None:
        print_json(letter.event)
    else:
        out.print(letter.body)


@app.command("redrive")
def redrive_letters(
    message_id: Annotated[
        str | None, typer.Argument(help="One, by the id of its message; otherwise see the options.")
    ] = None,
    consumer: ConsumerOption = None,
    error: ErrorOption = None,
    event_id: EventOption = None,
    event_type: TypeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All that there are.")] = False,
    per_second: Annotated[float, typer.Option(help="How many to move a second.", min=0.1)] = 20,
    dry_run: DryRunOption = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put dead letters into the queues that they were meant for."""
    wanted = _wanted(consumer, error, event_id, event_type)
    if sum((message_id is not None, wanted != Wanted(), everything)) != 1:
        raise OperationError(
            "Name one by its id, or say which by --consumer, --error, --event or --type, or"
            " say --all."
        )
    deployment = deployment_of(stage_name, local=local)
    found = _find(deployment, message_id) if message_id else look(deployment, wanted)
    left = [letter for letter in found.letters if not letter.is_movable]
    movable = [letter for letter in found.letters if letter.is_movable]
    moved: list[DeadLetter] = []
    if not dry_run:
        with typer.progressbar(length=len(movable), label="Moved", file=sys.stderr) as bar:

            def note(letter: DeadLetter) -> None:
                moved.append(letter)
                bar.update(1)

            redrive(deployment, movable, per_second=per_second, moved=note)
    listed = movable if dry_run else moved
    invisible = found.invisible + (0 if dry_run else len(movable) - len(moved))
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "moved": [asdict(letter) for letter in listed],
                "left": [asdict(letter) for letter in left],
                "invisible": invisible,
            }
        )
    else:
        if listed or not invisible:
            if dry_run:
                _show(movable)
            out.print(f"{len(listed)} {'would be ' if dry_run else ''}moved")
        _show_left(left)
    _exit_if_invisible(invisible)
    if left:
        raise typer.Exit(1)


def _find(deployment: Deployment, message_id: str) -> Found:
    """Look for one dead letter by the id of its message."""
    found = look(deployment, Wanted(message_id=message_id))
    if not found.letters and not found.invisible:
        raise OperationError(
            f"No dead letter has the id {message_id}: `inlet dead-letters list` shows those there"
            " are."
        )
    return found


def _exit_if_invisible(count: int) -> None:
    """Report invisible messages, and exit with 1, since the command did not reach all."""
    if not count:
        return
    until = datetime.now(UTC) + timedelta(seconds=HIDDEN_SECONDS)
    err.print(
        f"Invisible messages: {count}. Another run received them, and may have been killed. They"
        f" are visible again by {until:%H:%M:%S} UTC at the latest, unless that run moves them."
        " Run this command again then."
    )
    raise typer.Exit(1)


def _show_left(left: list[DeadLetter]) -> None:
    keys = [letter.encrypted.key_arn for letter in left if letter.encrypted]
    if others := len(left) - len(keys):
        out.print(f"{others} left: the target of their rule is no queue of this deployment")
    for key in sorted(set(keys)):
        out.print(
            f'{keys.count(key)} left: encrypted with {key}. See "Encrypted dead letters" in'
            " docs/operations.md."
        )


def _wanted(
    consumer: str | None, error: str | None, event_id: str | None, event_type: str | None
) -> Wanted:
    return Wanted(consumer=consumer, error=error, event_id=event_id, event_type=event_type)


def _show(letters: list[DeadLetter]) -> None:
    def group(letter: DeadLetter) -> tuple[str, str]:
        if letter.encrypted:
            return "encrypted", letter.encrypted.key_arn
        kind = "rule of " if letter.is_of_rule else ""
        return f"{kind}{letter.consumer or 'another target'}", letter.error or "unknown error"

    for (consumer, error), found in groupby(sorted(letters, key=group), key=group):
        listed = list(found)
        out.print(f"{consumer}  {error}  {len(listed)}")
        for letter in listed:
            out.print(f"    {letter.message_id}  since {letter.since}")
            out.print(f"        {_about(letter)}", style="dim")
    if not letters:
        out.print("No dead letters")


def _about(letter: DeadLetter) -> str:
    if letter.event_id:
        return f"{letter.event_type}  {letter.subject}  event {letter.event_id}"
    if letter.encrypted:
        return letter.encrypted.rule_arn or "no rule: the bus failed"
    return "no event of Inlet's"

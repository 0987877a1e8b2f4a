"""`inlet show` and `inlet tail`: what became of an event, and what becomes of those that come."""

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from inlet.cli.face import (
    JsonOption,
    LocalOption,
    StageOption,
    deployment_of,
    err,
    errors,
    out,
    print_json,
)
from inlet.operations.dead_letters import error_of
from inlet.operations.logs import Line
from inlet.operations.show import Story, hops, show
from inlet.operations.tail import tail
from inlet.providers import PROVIDERS


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
        typer.Option(
            help="Read logs from this time on, in UTC."
            " [default: when it was received, or an hour ago]"
        ),
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what became of an event, station by station, and what did not happen.

    The exit code is 1 if nothing at all is known of it.
    """
    with errors():
        found = show(
            deployment_of(stage_name, local=local),
            event_id,
            subject=subject,
            since=since and since.replace(tzinfo=UTC),
        )
    if as_json:
        print_json(_as_json(found))
    elif not found.is_empty:
        for station, sentence in hops(found):
            out.print(f"{station:12}  {sentence}", soft_wrap=True)
    if found.is_empty:
        err.print(
            f"Nothing is known of {event_id}. The logs were read from {found.since} on: --since"
            " says from when else.",
            soft_wrap=True,
        )
        raise typer.Exit(1)


def show_lines(
    provider: Annotated[
        str | None, typer.Option(help=f"Only what comes from {', '.join(PROVIDERS)}.")
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show deliveries and their consumption as they happen, until Ctrl-C."""
    with errors(), suppress(KeyboardInterrupt):
        for line in tail(deployment_of(stage_name, local=local), provider=provider):
            typer.echo(json.dumps(line.written) if as_json else _told(line))


def _as_json(story: Story) -> dict[str, object]:
    shown = asdict(story)
    if story.consumer:
        shown["consumer"]["expires_in"] = story.consumer.expires_in.total_seconds()
    return shown


def _told(line: Line) -> str:
    """An event as one line: when, where, what became of it, and what it is."""
    where = line.get("consumer") or ("release" if line.get("message") == "release" else "ingest")
    what = (line.get(name) for name in ("outcome", "provider", "event_type", "event_id"))
    more = error_of(line) or line.get("detail")
    return "  ".join(str(one) for one in (line.at, where, *what, more) if one)

"""`inlet replay`: events run through consumers again."""

import sys
from datetime import UTC, datetime, timedelta
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
    time_option,
)
from inlet.consumers import CONSUMERS
from inlet.operations.consumers import DeployedConsumer, deployed
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.replay import (
    ARCHIVE_DELAY,
    Wanted,
    count_received,
    kept,
    new_name,
    progress,
    replay,
    start_from_archive,
)
from inlet.replay import tells_humans


def replay_events(
    subject: Annotated[
        str | None, typer.Option(help="From the timeline: all events of a subject.")
    ] = None,
    event_id: Annotated[
        str | None, typer.Option("--event", help="From the timeline: one event, by its id.")
    ] = None,
    event_type: Annotated[
        str | None, typer.Option("--type", help="From the timeline: all events of a type.")
    ] = None,
    since: Annotated[
        datetime | None,
        time_option("From the archive: what was received at this time or later, in UTC."),
    ] = None,
    until: Annotated[
        datetime | None,
        time_option(
            "From the archive: only events received before this time, in UTC."
            " [default: ten minutes ago; in the local environment: now]"
        ),
    ] = None,
    consumers: Annotated[
        list[str] | None,
        typer.Option(
            "--consumer",
            help=f"Only to {', '.join(CONSUMERS)}; may be given again. [default: to its own]",
        ),
    ] = None,
    attention: Annotated[
        bool, typer.Option("--attention", help="Tell humans again what they were told.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="Go on with a replay that was stopped, by its name.")
    ] = None,
    per_second: Annotated[
        float, typer.Option(help="From the timeline: events to send a second.", min=0.1)
    ] = 20,
    dry_run: DryRunOption = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run events through their consumers again, from the timeline or from the archive.

    Entries are written anew and states are computed again; nobody outside gets the events.
    """
    wanted = Wanted(subject=subject, event_id=event_id, event_type=event_type)
    if (since is None) == (wanted == Wanted()):
        raise OperationError(
            "Say which events: by --subject, --event or --type, or by --since and --until."
        )
    if name and attention and not tells_humans(name):
        raise OperationError(f"The replay {name} was started without --attention.")
    deployment = deployment_of(stage_name, local=local)
    name = name or new_name(deployment, attention=attention)
    chosen = [one for only in consumers or CONSUMERS for one in deployed(deployment, only)]
    if since is not None:
        end = _end(since, until, delay=ARCHIVE_DELAY if stage_name else timedelta(0))
        _from_archive(deployment, since, end, name, chosen, dry_run=dry_run, as_json=as_json)
        return
    _from_timeline(
        deployment,
        wanted,
        name,
        chosen if consumers else [],
        per_second=per_second,
        dry_run=dry_run,
        as_json=as_json,
    )


def _from_timeline(
    deployment: Deployment,
    wanted: Wanted,
    name: str,
    to: list[DeployedConsumer],
    *,
    per_second: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    events = kept(deployment, wanted)
    if dry_run:
        _tell_count(len(events), as_json=as_json)
    else:
        err.print(f"Replay {name}; to go on after a stop, add --name {name}")
        with typer.progressbar(length=len(events), label="Sent", file=sys.stderr) as bar:
            for _ in replay(deployment, events, name=name, to=to, per_second=per_second):
                bar.update(1)
        if as_json:
            print_json({"name": name, "state": "COMPLETED", "events": len(events)})
        else:
            out.print(f"{len(events)} replayed")
    if not events:
        err.print(
            "The timeline has no such event. What never got there is in the archive: say --since"
            " when it was received."
        )
        raise typer.Exit(1)


def _end(start: datetime, until: datetime | None, *, delay: timedelta) -> datetime:
    """Return when a replay from the archive ends, and report events that it may miss."""
    complete = datetime.now(UTC) - delay
    end = until or complete
    if end <= start:
        raise OperationError(
            f"The replay would end at {end:%Y-%m-%d %H:%M:%S} UTC, which is not after --since."
            " --until now includes the last minutes."
        )
    if delay and not until:
        err.print(
            f"The replay ends with events received before {end:%Y-%m-%d %H:%M:%S} UTC: later ones"
            " may not be in the archive yet. --until now includes those that are."
        )
    elif end > complete:
        err.print(
            f"Warning: events received after {complete:%Y-%m-%d %H:%M:%S} UTC may not be in the"
            " archive yet. Replay that time again in ten minutes."
        )
    return end


def _from_archive(
    deployment: Deployment,
    start: datetime,
    end: datetime,
    name: str,
    consumers: list[DeployedConsumer],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    if dry_run:
        _tell_count(count_received(deployment, start, end), as_json=as_json)
        err.print("So many the timeline has. The archive has those that are missing there, too.")
        return
    err.print(f"Replay {name}; to wait for it again, add --name {name}")
    start_from_archive(deployment, start, end, name=name, consumers=consumers)
    for state, upto in progress(deployment, name):
        err.print(f"{state.lower()}, up to {upto}" if upto else state.lower())
    if as_json:
        print_json({"name": name, "state": state, "events": None})
    else:
        out.print(f"{name} is {state.lower()}")
    if state != "COMPLETED":
        raise typer.Exit(1)


def _tell_count(events: int, *, as_json: bool) -> None:
    """How many events a replay would have; it has no name yet."""
    if as_json:
        print_json({"name": None, "state": None, "events": events})
    else:
        out.print(f"{events} would be replayed")

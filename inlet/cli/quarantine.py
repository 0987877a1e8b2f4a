"""`inlet quarantine`: what was refused, to be seen and released."""

import base64
import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from inlet.cli.face import (
    DryRunOption,
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
from inlet.operations.errors import OperationError
from inlet.operations.quarantine import DELIVERED, Listed, find, listed, read, release, search
from inlet.quarantined import ReleaseOptions

app = typer.Typer(
    help="What was refused after it was authenticated, to be seen and released.",
    no_args_is_help=True,
)

ReasonOption = Annotated[
    str | None, typer.Option(help="Only what was refused for a reason, such as wrong-contract.")
]
SinceOption = Annotated[
    datetime | None, time_option("Only what came at this time or later, in UTC.")
]
UntilOption = Annotated[datetime | None, time_option("Only what came before this time, in UTC.")]


@app.command("list")
def show_list(
    provider: ProviderOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    event_id: Annotated[
        str | None,
        typer.Option(
            "--event", help="Only requests about an event. Reads each stored body to find them."
        ),
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """List what is kept, in the order in which it last came."""
    deployment = deployment_of(stage_name, local=local)
    found = listed(deployment, provider=provider, reason=reason, since=since, until=until)
    searched = search(deployment, found, event_id) if event_id else None
    read_count = f"{searched.read} stored requests read" if searched else ""
    found = list(searched.found) if searched else found
    if as_json:
        print_json([asdict(kept) for kept in found])
        if searched:
            err.print(read_count)
        return
    for kept in found:
        _show(kept)
    out.print(", ".join(filter(None, (f"{len(found)} kept", read_count))))


@app.command("show")
def show_one(
    identifier: Annotated[str, typer.Argument(help="The id under which it is kept.")],
    body: Annotated[
        bool, typer.Option("--body", help="Print the body as it came, and nothing else.")
    ] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one: why it was refused, when it came, and with which headers."""
    deployment = deployment_of(stage_name, local=local)
    kept = find(deployment, identifier)
    request = read(deployment, kept)
    if body:
        typer.echo(base64.b64decode(request.body), nl=False)
        return
    shown = asdict(kept) | request.told() | {"headers": dict(request.headers)}
    if as_json:
        print_json(shown)
        return
    _show(kept)
    out.print(f"    {request.detail}")
    for problem in request.problems:
        out.print(f"    {problem.field}: {problem.problem}")
    for name, value in request.headers.items():
        out.print(f"    {name}: {value}", style="dim")


@app.command("release")
def release_kept(
    identifier: Annotated[
        str | None, typer.Argument(help="The id of one; otherwise all that the options name.")
    ] = None,
    provider: ProviderOption = None,
    reason: ReasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    dry_run: DryRunOption = False,
    released_as_json: Annotated[
        bool,
        typer.Option("--as-json", help="Parse the body as JSON, whatever its content type is."),
    ] = False,
    accept_conflict: Annotated[
        bool,
        typer.Option(
            "--accept-conflict",
            help="Publish one whose event id has another content under the same id.",
        ),
    ] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Reprocess quarantined requests: decode, validate and publish. Skips delivered ones."""
    chosen = (provider, reason, since, until)
    if (identifier is None) == (not any(chosen)):
        raise OperationError(
            "Name one by its id, or say which by --provider, --reason, --since or --until."
        )
    if accept_conflict and identifier is None:
        raise OperationError("Name the request for --accept-conflict by its id.")
    options = ReleaseOptions(as_json=released_as_json, accept_conflict=accept_conflict)
    deployment = deployment_of(stage_name, local=local)
    found = (
        [find(deployment, identifier)]
        if identifier
        else listed(deployment, provider=provider, reason=reason, since=since, until=until)
    )
    waiting = [kept for kept in found if identifier or not kept.is_delivered]
    refused = 0
    for kept in [] if dry_run else waiting:
        # Each is told when it is done: a run that is stopped has said what it did.
        outcome = release(deployment, kept, options)
        refused += outcome["status"] not in DELIVERED
        if as_json:
            typer.echo(json.dumps({"identifier": kept.identifier} | outcome))
            continue
        more = outcome.get("eventId") or outcome["detail"]
        out.print(f"{kept.identifier}  {outcome['status']}  {more}")
    if dry_run and as_json:
        print_json([asdict(kept) for kept in waiting])
    elif dry_run:
        for kept in waiting:
            _show(kept)
        out.print(f"{len(waiting)} would be released")
    elif not as_json:
        out.print(f"{len(waiting) - refused} released")
    if refused:
        raise typer.Exit(1)


def _show(kept: Listed) -> None:
    times = "once" if kept.times == 1 else f"{kept.times} times, first {kept.first_at}"
    what = " ".join(filter(None, (kept.provider, kept.path_type)))
    out.print(f"{kept.identifier}  {kept.last_at}  {what}  {kept.reason}")
    released = f" · released: {kept.outcome}" if kept.outcome else ""
    out.print(f"    {times}{released}", style="dim")

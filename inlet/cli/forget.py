"""`inlet forget`: erase what is kept of a subject."""

from dataclasses import asdict
from typing import Annotated

import typer

from inlet.cli.face import (
    DryRunOption,
    JsonOption,
    LocalOption,
    StageOption,
    SubjectArgument,
    deployment_of,
    err,
    out,
    print_json,
)
from inlet.operations.forget import Traces, forget, traces
from inlet.operations.timeline import full_subject


def forget_subject(
    subject: SubjectArgument,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is erased.")] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Erase a subject's timeline, its bodies, and refused requests that mention it, for good.

    What was received before and comes late is turned away; what is received afterwards begins a
    new timeline. A run that was stopped is to be run again.
    """
    deployment = deployment_of(stage_name, local=local)
    subject = full_subject(deployment, subject)
    if dry_run or not yes:
        found = traces(deployment, subject)
        if as_json and dry_run:
            print_json({"subject": subject, "forgotten_at": None} | asdict(found))
            return
        asking = out if dry_run else err
        asking.print(f"{_told(found)} would be erased")
        for identifier in found.quarantined:
            asking.print(f"    quarantined {identifier}", style="dim")
    if dry_run:
        return
    if not yes:
        typer.confirm(f"Forget {subject} for good?", abort=True, err=True)
    at, erased = forget(deployment, subject)
    if as_json:
        print_json({"subject": subject, "forgotten_at": at} | asdict(erased))
        return
    out.print(f"{subject} was forgotten at {at}")
    out.print(f"{_told(erased)} erased")


def _told(found: Traces) -> str:
    parts = (
        _number(found.entries, "entry", "entries"),
        _number(found.bodies, "body", "bodies"),
        _number(len(found.quarantined), "quarantined request", "quarantined requests"),
    )
    return ", ".join(parts)


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"

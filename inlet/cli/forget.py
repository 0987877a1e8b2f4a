"""`inlet forget`: erase what is kept of a subject."""

from typing import Annotated

import typer

from inlet.cli.face import StageOption, deployment_of, errors, out
from inlet.operations.forget import Traces, forget, traces


def forget_subject(
    subject: Annotated[
        str, typer.Argument(help="What events are about: marosa/document/INV-2025-00123.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is erased.")] = False,
    stage_name: StageOption = None,
) -> None:
    """Erase a subject's timeline, its bodies, and refused requests that mention it, for good.

    What was received before and comes late is turned away; what is received afterwards begins a
    new timeline. A run that was stopped is to be run again.
    """
    with errors():
        deployment = deployment_of(stage_name)
        if dry_run or not yes:
            found = traces(deployment, subject)
            out.print(f"{_told(found)} would be erased", soft_wrap=True)
            for identifier in found.quarantined:
                out.print(f"    quarantined {identifier}", soft_wrap=True, style="dim")
        if dry_run:
            return
        if not yes:
            typer.confirm(f"Forget {subject} for good?", abort=True)
        at, erased = forget(deployment, subject)
    out.print(f"{subject} was forgotten at {at}", soft_wrap=True)
    out.print(f"{_told(erased)} erased", soft_wrap=True)


def _told(found: Traces) -> str:
    parts = (
        _number(found.entries, "entry", "entries"),
        _number(found.bodies, "body", "bodies"),
        _number(len(found.quarantined), "quarantined request", "quarantined requests"),
    )
    return ", ".join(parts)


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"

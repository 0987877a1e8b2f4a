"""`inlet simulate`: the providers, played against a door."""

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from inlet.cli.face import JsonOption, LocalOption, StageOption, deployment_of, err, out, print_json
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.simulate import (
    PLAYED,
    Door,
    begin,
    door_at,
    door_of,
    left_of,
    report_of,
    simulate,
)
from inlet.operations.verify import Verification, verify
from inlet.simulator.checker import Violation
from inlet.simulator.journal import Planned
from inlet.simulator.plan import Shares
from inlet.simulator.report import Report

SEEDS = 1_000_000
"""How many there are to draw one from where none is given: few enough to be typed."""


def play_providers(
    total: Annotated[int, typer.Option(help="How many requests to send.", min=1)] = 200,
    rate: Annotated[float, typer.Option(help="How many a second.", min=0.01)] = 20,
    seed: Annotated[
        int | None, typer.Option(help="Repeats a simulation exactly. [default: a new one]")
    ] = None,
    duplicates: Annotated[float, typer.Option(help="Share of copies, sent later.")] = 0.05,
    simultaneous: Annotated[
        float, typer.Option(help="Share of copies, sent together with their original.")
    ] = 0.05,
    reordered: Annotated[float, typer.Option(help="Share of events that come too early.")] = 0.05,
    malformed: Annotated[float, typer.Option(help="Share of what no door should take.")] = 0.02,
    new_types: Annotated[
        float, typer.Option(help="Share of types that no catalogue knows.")
    ] = 0.02,
    wrong_credentials: Annotated[
        float, typer.Option(help="Share of requests with wrong credentials, or none.")
    ] = 0.02,
    journal: Annotated[
        Path | None,
        typer.Option(
            help="A file to keep what is sent and answered; one that is there is gone on with."
        ),
    ] = None,
    verified: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Wait until all is consumed, and compare what was sent with the timelines.",
        ),
    ] = False,
    url: Annotated[str | None, typer.Option(help="The address of a door.")] = None,
    secrets_file: Annotated[
        Path | None,
        typer.Option(
            "--secrets",
            help=f"JSON with the secrets of {' and '.join(PLAYED)} at that door, by name.",
        ),
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Play the providers: what they would send, with a share of all that goes wrong.

    What is answered neither with 2xx nor with a 4xx that is final is sent again, 8 times in all.
    The exit code is 1 where --verify finds anything lost, twice, or otherwise than it was sent.
    """
    with _journal(journal) as kept:
        asked = Planned(
            seed=secrets.randbelow(SEEDS) if seed is None else seed,
            total=total,
            rate=rate,
            shares=_shares(
                duplicates=duplicates,
                simultaneous=simultaneous,
                reordered=reordered,
                malformed=malformed,
                new_types=new_types,
                wrong_credentials=wrong_credentials,
            ),
        )
        door = _door(url, secrets_file, stage_name, local=local)
        behind = deployment_of(stage_name, local=local) if verified else None
        planned = begin(kept, asked)
        err.print(f"Seed {planned.seed}: {planned.total} requests at {planned.rate:g} a second")
        _play(door, kept)
        report = report_of(kept)
        verification = _verified(behind, kept) if behind else None
    _show(planned.seed, report, verification, as_json=as_json)
    if verification and verification.wrong:
        raise typer.Exit(1)


@contextmanager
def _journal(named: Path | None) -> Iterator[Path]:
    """The journal that was named, or one that is gone afterwards."""
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "journal"


def _shares(**shares: float) -> Shares:
    try:
        return Shares(**shares)
    except ValueError as error:
        raise OperationError(f"This cannot be simulated: {error}.") from None


def _door(
    url: str | None, secrets_file: Path | None, stage_name: str | None, *, local: bool
) -> Door:
    """The door that was named, with what a person gave, or with what the deployment says."""
    if secrets_file:
        if not url:
            raise OperationError("--secrets goes with --url.")
        return door_at(url, secrets_file)
    return door_of(deployment_of(stage_name, local=local), url)


def _play(door: Door, journal: Path) -> None:
    left = sum(1 for _ in left_of(journal))
    with Progress(*Progress.get_default_columns(), console=err, transient=True) as bar:
        task = bar.add_task("Sent", total=left)
        simulate(door, journal, lambda _: bar.advance(task))


def _verified(deployment: Deployment, journal: Path) -> Verification:
    with err.status("Waiting until all is consumed, and comparing"):
        return verify(deployment, journal)


def _show(seed: int, report: Report, verification: Verification | None, *, as_json: bool) -> None:
    told = report.told()
    if as_json:
        found = {"verified": asdict(verification)} if verification else {}
        print_json({"seed": seed, **told, **found})
        return
    out.print(f"{report.sent} sent in {report.attempts} attempts, {told['ratePerSecond']} a second")
    out.print(f"    {report.accepted} accepted")
    out.print(f"    {report.duplicates} duplicates")
    for reason, times in told["refused"].items():
        out.print(f"    {times} refused: {reason}")
    out.print(f"    {report.unanswered} given up")
    latency = ", ".join(f"{name} {value} ms" for name, value in told["latencyMilliseconds"].items())
    out.print(f"answered in {latency}")
    if verification:
        _show_verification(verification)


def _show_verification(verification: Verification) -> None:
    if not verification.wrong:
        out.print("verified: all that was taken is where it must be, once, and nothing else is")
    _show_violations(verification.violations, "")
    _show_violations(verification.unsettled, ", unless it is in a queue")
    if verification.dead_letters:
        out.print(f"    {verification.dead_letters} are dead letters")
    if verification.waiting:
        out.print(f"    {verification.waiting} events are still in queues, these or others")
    if verification.unsettled:
        out.print("Verify again when these are consumed, with the same --journal.")


def _show_violations(violations: Sequence[Violation], unless: str) -> None:
    for violation in violations:
        of = f" (request {violation.number})" if violation.number is not None else ""
        out.print(f"    {violation.what}{unless}: {violation.about}{of}")

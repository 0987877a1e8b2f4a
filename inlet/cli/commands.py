"""The verbs of the `inlet` command.

Exit codes: 0 done, 1 a no (a refusal, or nothing found) or an output that cannot be written, 2 a
mistake in the call or a deployment that cannot be reached, 130 after Ctrl-C.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from inlet.authentication import SIGNING_PREFIX, Credentials
from inlet.cli import credentials, dead_letters, forget, quarantine, replay, show, simulate
from inlet.cli.face import (
    ConsumerArgument,
    JsonOption,
    LocalOption,
    ProviderArgument,
    StageOption,
    SubjectArgument,
    Verbs,
    deployment_of,
    err,
    out,
    print_json,
)
from inlet.operations.catalogue import catalogue, markdown
from inlet.operations.credentials import credentials_of
from inlet.operations.doctor import doctor
from inlet.operations.errors import OperationError
from inlet.operations.new_provider import new_provider
from inlet.operations.openapi import openapi
from inlet.operations.pause import Waiting, pause, resume
from inlet.operations.provider_setup import oauth2_setup, provider_setup
from inlet.operations.samples import Sample, find
from inlet.operations.send import Answer, send, send_with_token
from inlet.operations.timeline import Timeline, full_subject, timeline

app = typer.Typer(
    cls=Verbs,
    help="Operate Inlet, the webhook receiver.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(credentials.app, name="credentials")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(quarantine.app, name="quarantine")
app.command("forget")(forget.forget_subject)
app.command("replay")(replay.replay_events)
app.command("show")(show.show_event)
app.command("simulate")(simulate.play_providers)
app.command("tail")(show.show_lines)


@app.command("send")
def send_sample(
    sample: Annotated[
        str, typer.Argument(help="An event type, such as PAYMENT_INITIATED, or a sample's file.")
    ],
    url: Annotated[str | None, typer.Option(help="A webhook URL or the address of a door.")] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="USER:PASSWORD, or whsec_… for who signs; otherwise read from the deployment."
        ),
    ] = None,
    with_token: Annotated[
        bool, typer.Option("--oauth2", help="Prove it with a token of OAuth2, on the laptop run.")
    ] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Post a sample as its provider would, and show the answer."""
    chosen = find(sample)
    if with_token:
        if url or user:
            raise OperationError("--oauth2 goes without --url and --user: it finds both itself.")
        answer = send_with_token(chosen, deployment_of(stage_name, local=local))
    else:
        answer = _send(chosen, url, user, stage_name, local=local)
    if as_json:
        print_json(asdict(answer))
    else:
        _show_answer(answer)
    if answer.status >= 300:  # noqa: PLR2004 - the edge of success in HTTP
        raise typer.Exit(1)


@app.command("timeline")
def show_timeline(
    subject: SubjectArgument,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of a subject: its state, and its events in their order."""
    deployment = deployment_of(stage_name, local=local)
    subject = full_subject(deployment, subject)
    found = timeline(deployment, subject)
    if as_json:
        print_json(asdict(found))
    elif found.entries or found.conflicts or found.forgotten_at:
        _show_timeline(subject, found)
    if not (found.entries or found.conflicts or found.forgotten_at):
        err.print(f"Nothing is known of {subject}.")
        raise typer.Exit(1)


@app.command("catalogue")
def show_catalogue(
    as_json: JsonOption = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page docs/reference/events.md.")
    ] = False,
) -> None:
    """List every event type that Inlet knows."""
    types = list(catalogue())
    if as_json:
        print_json([asdict(listed) for listed in types])
    elif as_markdown:
        typer.echo(markdown(), nl=False)
    else:
        for listed in types:
            out.print(f"{listed.provider}  {listed.event_type}  ({listed.kind})")
            out.print(f"    {listed.description}", style="dim")


@app.command("openapi")
def show_openapi() -> None:
    """Print what may be sent and what is answered, as OpenAPI 3.1: docs/reference/openapi.json."""
    typer.echo(json.dumps(openapi(), indent=2))


@app.command("provider-setup")
def show_provider_setup(
    provider: ProviderArgument,
    stage_name: StageOption = None,
    local: LocalOption = False,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password instead of where it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what to enter or POST at a provider, so that it sends to a deployment."""
    deployment = deployment_of(stage_name, local=local)
    setup = provider_setup(deployment, provider, show_password=show_password)
    more = oauth2_setup(deployment, provider, show_password=show_password)
    if as_json:
        print_json({"provider": provider, "setup": setup, "oauth2": more})
        return
    typer.echo(setup)
    if more:  # beside the setup itself, which may be JSON to be piped on
        typer.echo(more, err=True)


@app.command("new-provider")
def write_new_provider(
    name: Annotated[str, typer.Argument(help="What to call it, in lower case: acme.")],
    recording: Annotated[
        Path,
        typer.Option(
            "--from", help="A recorded delivery: its JSON body, or its headers and body as JSON."
        ),
    ],
    event_type: Annotated[
        str | None, typer.Option("--type", help="Its event type, where it does not name one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a provider's folder, its line in the registry and its first sample."""
    written = new_provider(name, recording, event_type, Path.cwd())
    if as_json:
        print_json([str(path) for path in written])
    else:
        for path in written:
            out.print(path)
    err.print(
        "Nothing in it is sure yet. See that the sample holds no real data, and let the tests say"
        " what is left: make test ARGS=tests/contract"
    )


def _send(
    sample: Sample, url: str | None, user: str | None, stage_name: str | None, *, local: bool
) -> Answer:
    """Send with what a person has typed, and with what the deployment says for the rest."""
    if url and user:
        return send(sample, url, _credentials(user))
    deployment = deployment_of(stage_name, local=local)
    return send(
        sample,
        url or deployment.output(f"{sample.provider.capitalize()}WebhookUrl"),
        _credentials(user) if user else credentials_of(deployment, sample.provider),
    )


@app.command("pause")
def pause_consumer(
    consumer: ConsumerArgument,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Stop a consumer from taking events; its queue keeps what comes."""
    _show_waiting(pause(deployment_of(stage_name, local=local), consumer), as_json=as_json)


@app.command("resume")
def resume_consumer(
    consumer: ConsumerArgument,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let a paused consumer go on with what is in its queue."""
    _show_waiting(resume(deployment_of(stage_name, local=local), consumer), as_json=as_json)


@app.command("doctor")
def show_findings(
    stage_name: StageOption = None, local: LocalOption = False, as_json: JsonOption = False
) -> None:
    """Check everything that a deployment needs to work. The exit code is 1 if there is an error."""
    deployment = deployment_of(stage_name, local=local)
    found = []
    for finding in doctor(deployment):
        found.append(finding)
        if not as_json:
            out.print(f"{finding.severity:7}  {finding.what}")
            if finding.todo:
                out.print(f"         {finding.todo}", style="dim")
    if as_json:
        print_json([asdict(finding) for finding in found])
    if any(finding.severity == "error" for finding in found):
        raise typer.Exit(1)


def _show_waiting(now: Waiting, *, as_json: bool) -> None:
    if as_json:
        print_json(now.told())
        return
    out.print(f"{now.consumer} is {now.state.lower()}")
    out.print(f"    {now.waiting} waiting, {now.in_progress} in progress")
    out.print(f"    the oldest may wait {now.expires_in} more")


def _credentials(user: str) -> Credentials:
    """The credentials that a person has typed."""
    name, _, password = user.partition(":")
    written = (
        {"signing": [{"label": "typed", "secret": user}]}
        if user.startswith(SIGNING_PREFIX)
        else {"basic": [{"label": "typed", "username": name, "password": password}]}
    )
    try:
        return Credentials.model_validate(written)
    except ValueError:
        raise OperationError(
            f"--user must be USER:PASSWORD, or {SIGNING_PREFIX} and base64 of a key."
        ) from None


def _show_answer(answer: Answer) -> None:
    out.print(f"POST {answer.url}")
    out.print(answer.status)
    if isinstance(answer.body, str):
        out.print(answer.body)
    else:
        out.print_json(json.dumps(answer.body))


def _show_timeline(subject: str, found: Timeline) -> None:
    if found.forgotten_at:
        out.print(f"{subject} was forgotten at {found.forgotten_at}")
    if found.state:
        state = found.state
        out.print(f"{subject} is {state['status']} since {state['occurredAt']}")
        for flag in state.get("flags", []):
            out.print(f"    {flag}")
    for entry, is_conflict in (
        *((entry, False) for entry in found.entries),
        *((entry, True) for entry in found.conflicts),
    ):
        out.print(f"{entry['occurredAt']}  {entry['eventType']}  {entry['status']}")
        more = [f"event {entry['eventId']}"]
        if is_conflict:
            more.append("conflict: the id has another content; no part of the state")
        if entry["attention"] != "none":
            more.append(f"attention {entry['attention']}")
        more += entry["detail"]["metadata"]["flags"]
        out.print(f"    {' · '.join(more)}", style="dim")

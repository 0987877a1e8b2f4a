"""`inlet credentials`: what a provider may prove itself with, to be seen, added to and retired."""

from typing import TYPE_CHECKING, Annotated

import typer

from inlet.authentication import MIN_KEY_BYTES
from inlet.cli.face import (
    JsonOption,
    LocalOption,
    ProviderArgument,
    StageOption,
    deployment_of,
    err,
    out,
    print_json,
)
from inlet.operations.credentials import Listed, add, has_short_key, listed, new, retire
from inlet.operations.errors import OperationError

if TYPE_CHECKING:
    from inlet.authentication import CredentialKind

app = typer.Typer(
    help="What a provider may prove itself with, to be seen, added to and retired.",
    no_args_is_help=True,
)


@app.command("show")
def show_credentials(
    provider: ProviderArgument,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show passwords, keys and signing secrets too.")
    ] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """List a provider's credentials, kind by kind; the last of a kind was added last."""
    found = listed(deployment_of(stage_name, local=local), provider)
    if as_json:
        print_json([_told(one, show_values=show_values) for one in found])
    else:
        for one in found:
            out.print(f"{one.label}  {_described(one)}")
            if show_values:
                out.print(f"    {one.value.get_secret_value()}")
    if not found:
        err.print(f"The secret of {provider} holds no credential: it lets nobody in.")
        raise typer.Exit(1)


@app.command("add")
def add_credential(
    provider: ProviderArgument,
    label: Annotated[str, typer.Argument(help="What logs and metrics call it: 2026-11.")],
    username: Annotated[
        str | None, typer.Option("--basic", metavar="USERNAME", help="A user and a password.")
    ] = None,
    header: Annotated[
        str | None, typer.Option("--api-key", metavar="HEADER", help="A key in a header.")
    ] = None,
    signing: Annotated[bool, typer.Option("--signing", help="A signing secret.")] = False,
    value_from: Annotated[
        typer.FileText | None,
        typer.Option(metavar="FILE|-", help="Take the value that the provider made from here."),
    ] = None,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add a credential, and print its value where it is made here.

    Without a kind it is the provider's usual one; a user has the provider's name.
    """
    said: dict[CredentialKind, str | bool | None] = {
        "basic": username,
        "apiKey": header,
        "signing": signing,
    }
    kinds = [kind for kind, option in said.items() if option]
    if len(kinds) > 1:
        raise OperationError("Say one of --basic, --api-key and --signing.")
    added = new(
        provider,
        label,
        kind=kinds[0] if kinds else None,
        name=username or header,
        value=_read(value_from) if value_from else None,
    )
    add(deployment_of(stage_name, local=local), provider, added)
    if as_json:
        print_json(_told(added, show_values=not value_from))
    elif not value_from:
        typer.echo(added.value.get_secret_value())
    err.print(
        f"{label} ({_described(added)}) is added to the secret of {provider}, and works within"
        " seconds."
    )
    if has_short_key(added):
        err.print(
            f"Warning: the signing key of {label} has fewer than {MIN_KEY_BYTES} bytes, the minimum"
            " of Standard Webhooks. Ask the sender for a longer one."
        )


@app.command("retire")
def retire_credential(
    provider: ProviderArgument,
    label: Annotated[str, typer.Argument(help="Which one, as `show` lists it.")],
    last: Annotated[
        bool, typer.Option("--last", help="Even if it is the last: nobody gets in without any.")
    ] = False,
    stage_name: StageOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a credential out of a provider's secret."""
    retire(deployment_of(stage_name, local=local), provider, label, last=last)
    if as_json:
        print_json({"provider": provider, "label": label})
        return
    out.print(f"{label} is out of the secret of {provider}, and stops within five minutes.")


def _read(file: typer.FileText) -> str:
    """The one line of a file."""
    try:
        value = file.read().rstrip("\r\n")
    except UnicodeDecodeError:
        value = ""
    if not value or not value.isprintable():
        raise OperationError(f"{file.name} must hold the value, on one line, and nothing else.")
    return value


def _described(one: Listed) -> str:
    """The kind of a credential, and the name of its user or header."""
    names = (("user", one.username), ("header", one.header))
    return " ".join([one.kind, *(f"{what} {name}" for what, name in names if name)])


def _told(one: Listed, *, show_values: bool) -> dict[str, str]:
    """A credential, for a script."""
    told = {"kind": one.kind, "label": one.label, "username": one.username, "header": one.header}
    shown = {"value": one.value.get_secret_value()} if show_values else {}
    return {name: text for name, text in told.items() if text} | shown

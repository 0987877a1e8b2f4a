"""What the commands share: options, how they print, and how they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.highlighter import JSONHighlighter

from inlet.json_text import dumps
from inlet.operations.deployment import Deployment, laptop, stage
from inlet.operations.errors import OperationError

out = Console(highlight=False, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, markup=False, emoji=False)

StageOption = Annotated[
    str | None, typer.Option("--stage", help="A deployed stage, such as dev. [default: the laptop]")
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="The laptop run, as where no stage is named.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

_place: ContextVar[str | None] = ContextVar("place", default=None)
"""The region and the account that the command asks, once its stage has been found."""


def deployment_of(stage_name: str | None, *, local: bool) -> Deployment:
    """The stage that was named, or the laptop run."""
    if stage_name and local:
        raise OperationError("Name a stage or say --local, not both.")
    deployment = stage(stage_name) if stage_name else laptop()
    _place.set(deployment.place)
    return deployment


@contextmanager
def errors() -> Iterator[None]:
    """Say what went wrong in a sentence instead of a traceback."""
    _place.set(None)
    try:
        yield
    except OperationError as error:
        err.print(f"inlet: {error}", soft_wrap=True)
    except (BotoCoreError, ClientError) as error:
        where = f" in {place}" if (place := _place.get()) else ""
        err.print(
            f"inlet: AWS did not do what was asked{where}: {error}. `inlet doctor` says what is"
            " gone, or what you may not see.",
            soft_wrap=True,
        )
    else:
        return
    raise typer.Exit(2)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value for a script."""
    # Not by `out.print_json`, which reads and writes a text again and changes its numbers.
    out.print(JSONHighlighter()(dumps(value, indent=2)), soft_wrap=True)

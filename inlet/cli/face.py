"""What the commands share: arguments and options, how they print, and how they end."""

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.highlighter import JSONHighlighter
from typer.core import TyperGroup

from inlet.consumers import CONSUMERS
from inlet.json_text import dumps
from inlet.operations.deployment import Deployment, laptop, stage
from inlet.operations.errors import OperationError
from inlet.providers import PROVIDERS

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

StageOption = Annotated[
    str | None, typer.Option("--stage", help="A deployed stage, such as dev. [default: the laptop]")
]
LocalOption = Annotated[
    bool, typer.Option("--local", help="The laptop run, as where no stage is named.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")
]
ConsumerArgument = Annotated[str, typer.Argument(help=f"One of {', '.join(CONSUMERS)}.")]
ProviderArgument = Annotated[str, typer.Argument(help=f"One of {', '.join(PROVIDERS)}.")]
ProviderOption = Annotated[
    str | None, typer.Option(help=f"Only requests of one provider: {', '.join(PROVIDERS)}.")
]
SubjectArgument = Annotated[
    str,
    typer.Argument(help="What events are about: marosa/document/INV-2025-00123, or its id."),
]

_place: ContextVar[str | None] = ContextVar("place", default=None)
"""The region and the account that the command asks, once its stage has been found."""


def deployment_of(stage_name: str | None, *, local: bool) -> Deployment:
    """The stage that was named, or the laptop run."""
    if stage_name and local:
        raise OperationError("Name a stage or say --local, not both.")
    deployment = stage(stage_name) if stage_name else laptop()
    _place.set(deployment.place)
    return deployment


class Verbs(TyperGroup):
    """A group of commands whose errors are printed as a sentence, with exit code 2."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - its type is private to typer
        """Run the command of a call."""
        _place.set(None)
        try:
            return super().invoke(ctx)
        except OperationError as error:
            err.print(f"inlet: {error}")
        except (BotoCoreError, ClientError) as error:
            where = f" in {place}" if (place := _place.get()) else ""
            err.print(
                f"inlet: AWS did not do what was asked{where}: {error}. `inlet doctor` says what is"
                " gone, or what you may not see."
            )
        raise typer.Exit(2)


def time_option(text: str) -> Any:  # noqa: ANN401 - typer's options have a private type
    """Return an option for a time, which is in UTC unless it has an offset."""
    formats = "[%Y-%m-%d|%Y-%m-%dT%H:%M:%S|now]"
    return typer.Option(parser=_time, metavar=formats, help=text)


def _time(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
        return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        raise typer.BadParameter(f"{text} is not a time such as 2025-03-30T10:15:00.") from None


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value for a script."""
    # Not by `out.print_json`, which reads and writes a text again and changes its numbers.
    out.print(JSONHighlighter()(dumps(value, indent=2)))

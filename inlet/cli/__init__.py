"""The `inlet` command: a thin face over the operations."""

from inlet.cli.program import run


def app() -> None:
    """Run the `inlet` command."""
    run("inlet.cli.commands", "app")

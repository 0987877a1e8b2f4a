"""The `inlet` command: a thin face over the operations."""

from inlet.cli.commands import app

__all__ = ["app"]

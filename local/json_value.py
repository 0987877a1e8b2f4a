"""What JSON can hold: templates, events, patterns and answers have no narrower type here."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A JSON value."""

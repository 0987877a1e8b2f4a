"""Providers, as operators name them."""

from inlet.operations.errors import OperationError
from inlet.provider import Provider
from inlet.providers import PROVIDERS


def provider_named(name: str) -> Provider:
    """The provider of a name. Raises OperationError, which names those there are."""
    if name not in PROVIDERS:
        raise OperationError(f"There is no provider {name}: say {' or '.join(PROVIDERS)}.")
    return PROVIDERS[name]

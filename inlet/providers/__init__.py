"""The registry of providers: adding one is a folder beside this file and a line here."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pydantic import ConfigDict, TypeAdapter

from inlet.provider import EventType, Provider
from inlet.providers.digiteal import DIGITEAL
from inlet.providers.marosa import MAROSA
from inlet.providers.standard import STANDARD

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            MAROSA,
            DIGITEAL,
            STANDARD,
        )
    }
)

Types = Mapping[str, Mapping[str, EventType]]
"""Event types by provider and name: what a stage knows beyond the catalogues."""

TYPES: TypeAdapter[Types] = TypeAdapter(Types, config=ConfigDict(hide_input_in_errors=True))
"""Such types as JSON, and back."""


def with_types(
    types: Types, providers: Mapping[str, Provider] = PROVIDERS
) -> Mapping[str, Provider]:
    """The registry of a stage that knows more types. Raises LookupError for an unknown provider."""
    if unknown := types.keys() - providers.keys():
        raise LookupError(f"there is no provider {sorted(unknown)[0]!r}")
    return {
        name: replace(provider, catalogue={**provider.catalogue, **types.get(name, {})})
        for name, provider in providers.items()
    }

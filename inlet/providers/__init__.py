"""The registry of providers: adding one is a folder beside this file and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from inlet.providers.digiteal import DIGITEAL
from inlet.providers.marosa import MAROSA
from inlet.providers.provider import Provider

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        provider.name: provider
        for provider in (
            MAROSA,
            DIGITEAL,
        )
    }
)

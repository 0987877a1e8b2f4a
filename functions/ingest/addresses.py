"""Addresses: where a provider sends from, where a stage says so."""

import json
from ipaddress import ip_address, ip_network

from inlet.refusals import AddressNotAllowed
from inlet.request import Request


class Addresses:
    """The networks that each provider sends from.

    `allowed` is a JSON object of provider names and lists of networks such as `192.0.2.0/24`; a
    provider that is not in it may send from anywhere.
    """

    def __init__(self, allowed: str) -> None:
        self._networks = {
            provider: [ip_network(network) for network in networks]
            for provider, networks in json.loads(allowed).items()
        }

    def check(self, provider: str, request: Request) -> None:
        """Raises AddressNotAllowed where the provider does not send from the request's address."""
        networks = self._networks.get(provider)
        if networks is None:
            return
        address = ip_address(request.address)
        if not any(address in network for network in networks):
            raise AddressNotAllowed("The provider does not send from the request's address.")

"""What the tests of the infrastructure share: templates."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import cost.synthesis
from infrastructure.stack import InletStack
from infrastructure.stages import STAGES, Domain, Stage
from inlet.consumers import CONSUMERS as REGISTERED
from inlet.provider import Provider
from inlet.providers import PROVIDERS
from tests.infrastructure.template import CONSUMERS, Template
from tests.support import synthesis
from tests.support.synthesis import Synthesized

PROJECT = Path(__file__).parents[2]
THREE = {name: PROVIDERS[name] for name in ("marosa", "digiteal", "standard")}
NINE = {name.lower(): REGISTERED[name.lower()] for name in CONSUMERS}
"""What these tests say holds for these; who adds one need not change it."""
OFF: dict[str, Any] = {
    "types": {},
    "addresses": {},
    "domain": None,
    "customer_key": False,
    "snap_start": False,
}
"""The same for values of a stage: each is off, except where a test turns it on."""
DOMAIN = Domain(
    "hooks.example.com",
    "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000001",
    "s3://our-truststores/providers.pem",
    "first",
)
HARDENED: dict[str, dict[str, Any]] = {
    "addresses": {
        "addresses": {
            "marosa": ("192.0.2.0/24", "2001:db8::/32"),
            "digiteal": ("198.51.100.7",),
        }
    },
    "domain": {"domain": DOMAIN, "canary": False},
    "customer key": {"customer_key": True},
}
"""What makes a stage harder to attack, and is off unless somebody asks for it."""


@pytest.fixture
def stack_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., InletStack]:
    """Makes the stack of a stage as `app.py` does, but without a bundle; `values` are changed."""

    def make(
        stage: str = "dev", providers: Mapping[str, Provider] = THREE, **values: Any
    ) -> InletStack:
        folder = tmp_path_factory.mktemp("stack")
        return cost.synthesis.stack_of(_stage(stage, values), folder, providers, NINE)

    return make


def synthesized(stage: str = "dev", **values: Any) -> Synthesized:
    """The template of a stage, with other values, and what cdk-nag finds in it."""
    return synthesis.synthesized(_stage(stage, values), THREE, NINE)


def template_of(stage: str = "dev", **values: Any) -> Template:
    """The template of a stage, with other values."""
    return Template(synthesized(stage, **values).template)


def _stage(name: str, values: dict[str, Any]) -> Stage:
    return replace(STAGES[name], **(OFF | values))


class Templates(dict[str, Template]):
    """Templates by name, each read when it is asked for."""

    def __init__(self, named: Callable[[str], Template]) -> None:
        super().__init__()
        self._named = named

    def __missing__(self, name: str) -> Template:
        return self.setdefault(name, self._named(name))


@pytest.fixture(scope="session")
def templates() -> dict[str, Template]:
    """The template of every stage."""
    return Templates(template_of)


@pytest.fixture(scope="session")
def hardened() -> dict[str, Template]:
    """The template of a stage with each value that makes it harder to attack."""
    return Templates(lambda what: template_of("prod", **HARDENED[what]))


@pytest.fixture(params=["dev", "prod", "laptop"])
def template(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    """Each stage's template in turn: an invariant holds for all."""
    return templates[request.param]


@pytest.fixture(scope="session")
def dev(templates: dict[str, Template]) -> Template:
    return templates["dev"]


@pytest.fixture(scope="session")
def prod(templates: dict[str, Template]) -> Template:
    return templates["prod"]


@pytest.fixture(scope="session")
def laptop(templates: dict[str, Template]) -> Template:
    """The stage that has OAuth2 for a provider."""
    return templates["laptop"]

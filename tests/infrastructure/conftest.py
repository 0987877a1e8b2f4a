"""What the tests of the infrastructure share: templates, synthesised once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import infrastructure  # noqa: F401 - it chooses the Node of jsii, so it comes before aws_cdk

# isort: split
from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from infrastructure.stack import InletStack
from infrastructure.stages import STAGES, Domain
from inlet.consumers import CONSUMERS as REGISTERED
from inlet.provider import Provider
from inlet.providers import PROVIDERS
from tests.infrastructure.template import CONSUMERS, Template

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
    "addresses": {"addresses": {"marosa": ("192.0.2.0/24", "2001:db8::/32")}},
    "domain": {"domain": DOMAIN, "canary": False},
    "customer key": {"customer_key": True},
}
"""What makes a stage harder to attack, and is off unless somebody asks for it."""


@pytest.fixture(scope="session")
def folder_of_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "handler.py").write_text("'''In the place of a bundle.'''\n")
    return folder


@pytest.fixture(scope="session")
def stack_of(
    folder_of_code: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., InletStack]:
    """Makes the stack of a stage as `app.py` does, but without a bundle; `values` are changed."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]

    def make(
        stage: str = "dev", providers: Mapping[str, Provider] = THREE, **values: Any
    ) -> InletStack:
        app = App(
            context=context,
            outdir=str(tmp_path_factory.mktemp("cdk.out")),
            # cfn-lint says the same, in less time.
            builtin_cloud_formation_validation=False,
        )
        code = lambda_.Code.from_asset(str(folder_of_code))
        return InletStack(
            app,
            stage=replace(STAGES[stage], **(OFF | values)),
            code=code,
            architecture=lambda_.Architecture.ARM_64,
            providers=providers,
            consumers=NINE,
        )

    return make


@pytest.fixture(scope="session")
def templates(stack_of: Callable[..., InletStack]) -> dict[str, Template]:
    """The template of every stage."""
    return {stage: Template.of(stack_of(stage)) for stage in ("dev", "prod", "laptop")}


@pytest.fixture(scope="session")
def hardened(stack_of: Callable[..., InletStack]) -> dict[str, Template]:
    """The template of a stage with each value that makes it harder to attack."""
    return {what: Template.of(stack_of("prod", **values)) for what, values in HARDENED.items()}


@pytest.fixture(scope="session", params=["dev", "prod", "laptop"])
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

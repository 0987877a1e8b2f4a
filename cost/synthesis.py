"""Synthesis of a stage as `app.py` does it, without a bundle, which costs nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from infrastructure.stack import InletStack
from infrastructure.stages import Stage
from inlet.consumers import CONSUMERS
from inlet.consumers.consumer import Consumer
from inlet.provider import Provider
from inlet.providers import PROVIDERS

PROJECT = Path(__file__).parent.parent


def template(stage: Stage) -> dict[str, Any]:
    """What a stage synthesizes."""
    with TemporaryDirectory() as folder:
        return template_of(stack_of(stage, Path(folder)))


def stack_of(
    stage: Stage,
    folder: Path,
    providers: Mapping[str, Provider] = PROVIDERS,
    consumers: Mapping[str, Consumer] = CONSUMERS,
) -> InletStack:
    """Make the stack of a stage, to be synthesized into a folder."""
    code = folder / "code"
    code.mkdir()
    (code / "handler.py").write_text("'''In the place of a bundle.'''\n")
    app = App(
        context=json.loads((PROJECT / "cdk.json").read_text())["context"],
        outdir=str(folder / "cdk.out"),
        # cfn-lint and the laptop run are stricter, and this takes seconds.
        builtin_cloud_formation_validation=False,
    )
    return InletStack(
        app,
        stage=stage,
        code=lambda_.Code.from_asset(str(code)),
        architecture=lambda_.Architecture.ARM_64,
        providers=providers,
        consumers=consumers,
    )


def template_of(stack: InletStack) -> dict[str, Any]:
    """Synthesize a stack. Raises the errors of the synthesis."""
    app = stack.node.root
    assert isinstance(app, App)  # noqa: S101 - for its type
    file = app.synth().get_stack_by_name(stack.stack_name).template_full_path
    return dict(json.loads(Path(file).read_text()))

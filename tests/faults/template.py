"""The template: what is synthesised for a laptop, without a bundle, as the laptop run reads it."""

import json
from pathlib import Path

import infrastructure  # noqa: F401 - it chooses the Node of jsii, so it comes before aws_cdk

# isort: split
from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from infrastructure.stack import InletStack
from infrastructure.stages import STAGES
from local.assembly import Place, Stack, resolved

PROJECT = Path(__file__).parents[2]
PLACE = Place(endpoint="https://nowhere.invalid")


def template(folder: Path) -> Stack:
    """The stack, resolved. It is written into an empty folder."""
    code = folder / "code"
    code.mkdir()
    (code / "handler.py").write_text("'''In the place of a bundle.'''\n")
    app = App(
        context=json.loads((PROJECT / "cdk.json").read_text())["context"],
        outdir=str(folder / "cdk.out"),
        # The laptop run is stricter, and this takes seconds.
        builtin_cloud_formation_validation=False,
    )
    stack = InletStack(
        app,
        stage=STAGES["laptop"],
        code=lambda_.Code.from_asset(str(code)),
        architecture=lambda_.Architecture.ARM_64,
    )
    file = app.synth().get_stack_by_name(stack.stack_name).template_full_path
    return resolved(stack.stack_name, json.loads(Path(file).read_text()), PLACE, {})

"""Synthesis: the template of a stage, without its bundle, which costs nothing."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_cdk import App
from aws_cdk import aws_lambda as lambda_

from infrastructure.stack import InletStack
from infrastructure.stages import Stage

PROJECT = Path(__file__).parent.parent


def template(stage: Stage) -> dict[str, Any]:
    """What a stage synthesizes."""
    with TemporaryDirectory() as folder:
        app = App(
            context=json.loads((PROJECT / "cdk.json").read_text())["context"],
            outdir=f"{folder}/cdk.out",
            # It says what is wrong with a template before it is deployed; this one never is.
            builtin_cloud_formation_validation=False,
        )
        code = lambda_.Code.from_asset(str(Path(__file__).parent))
        stack = InletStack(app, stage=stage, code=code, architecture=lambda_.Architecture.ARM_64)
        file = Path(app.synth().get_stack_by_name(stack.stack_name).template_full_path)
        return dict(json.loads(file.read_text()))

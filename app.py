"""Synthesise one stage of Inlet: `cdk synth -c stage=dev`, or this file by itself."""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("app")

import json
import os
import sys
from pathlib import Path

import infrastructure  # noqa: F401 - it chooses the Node of jsii, so it comes before aws_cdk

# isort: split
from aws_cdk import App, Validations
from aws_cdk import aws_lambda as lambda_
from cdk_nag import AwsSolutionsChecks

from infrastructure.bundle import Builder, target_named
from infrastructure.mistakes import Mistake
from infrastructure.stack import InletStack
from infrastructure.stages import stage_named

PROJECT = Path(__file__).parent


def main() -> None:
    """Pick the stage, build its bundle, and write the cloud assembly."""
    try:
        _synthesise()
    except Mistake as mistake:
        sys.exit(str(mistake))
    except RuntimeError as error:  # of jsii, which has no types for what fails in the CDK
        if not str(error).startswith("ValidationFailed"):
            raise
        sys.exit("Each finding above is to be mended, or acknowledged where it is with its reason.")


def _synthesise() -> None:
    app = App(
        # The same by itself as under the CLI, which reads cdk.json too; its `-c` comes on top.
        context=json.loads((PROJECT / "cdk.json").read_text())["context"],
        outdir=os.environ.get("CDK_OUTDIR", "cdk.out"),
        auto_synth=False,
    )
    bundle = app.node.get_context("bundle")
    stage = stage_named(
        app.node.get_context("stage"),
        bundle=bundle,
        deployed=app.node.get_context("deployed"),
    )
    target = target_named(
        bundle, bytecode_required=app.node.try_get_context("bytecode") == "required"
    )
    builder = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles")
    code = lambda_.Code.from_asset(str(builder.build(target, stage.all_types)))
    InletStack(
        app,
        stage=stage,
        code=code,
        architecture=target.architecture,
        # `make deploy` names it; the CDK's command sets the variable.
        region=app.node.try_get_context("region") or os.environ.get("CDK_DEFAULT_REGION"),
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()

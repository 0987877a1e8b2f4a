"""Synthesis of a stage as `app.py` does it, without a bundle, once for the same sources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psutil

import cost.synthesis  # before aws_cdk, because it chooses the Node of jsii

# isort: split
from aws_cdk import Duration, Validations
from cdk_nag import AwsSolutionsChecks

from cost.synthesis import stack_of, template_of
from infrastructure.stack import InletStack
from infrastructure.stages import Stage
from inlet.consumers import CONSUMERS
from inlet.consumers.consumer import Consumer
from inlet.provider import Provider
from inlet.providers import PROVIDERS
from local.synthesis import Synthesis
from tests.support.stored import PROJECT, stored

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
SYNTHESIZED_IN = "inlet-synthesized-in-"
"""How the name of the folder begins in which a stage is synthesized."""


@dataclass(frozen=True, slots=True)
class Synthesized:
    """A template, the findings of cdk-nag as text, and the reasons of the acknowledged ones."""

    template: dict[str, Any]
    findings: str
    acknowledged: dict[str, str]


def check(stack: InletStack) -> None:
    """Let cdk-nag check a stack when it is synthesized."""
    Validations.of(stack.node.root).add_plugins(AwsSolutionsChecks(stack.node.root))


def synthesized(
    stage: Stage,
    providers: Mapping[str, Provider] = PROVIDERS,
    consumers: Mapping[str, Consumer] = CONSUMERS,
) -> Synthesized:
    """Return the template and the findings of a stage, with registered providers and consumers."""

    def synthesize() -> list[Any]:
        with TemporaryDirectory(prefix=SYNTHESIZED_IN) as folder:
            stack = stack_of(stage, Path(folder), providers, consumers)
            check(stack)
            findings = ""
            try:
                template_of(stack)
            except RuntimeError as error:
                findings = str(error)
                if not findings.startswith("ValidationFailed"):
                    raise
            written = Path(folder) / "cdk.out" / stack.stack_name
            metadata = json.loads(Path(f"{written}.metadata.json").read_text())
            acknowledged = {
                f"{finding.removeprefix('Annotation::')} on {path[1:]}": reason
                for path, entries in metadata.items()
                for entry in entries
                if entry["type"] == ACKNOWLEDGED
                for finding, reason in entry["data"].items()
            }
            return [
                json.loads(Path(f"{written}.template.json").read_text()),
                findings,
                acknowledged,
            ]

    values = (_described(stage), [*providers], [*consumers])
    inputs = [sources(psutil.Process().create_time()), repr(values).encode()]
    distributions = ["aws-cdk-lib", "cdk-nag", "constructs", "jsii"]
    return Synthesized(*stored("template", inputs, distributions, synthesize))


def _described(stage: Stage) -> dict[str, Any]:
    """Return the values of a stage, each with the same `repr` in every process."""
    values = ((field.name, getattr(stage, field.name)) for field in fields(stage))
    return {
        name: value.to_iso_string() if isinstance(value, Duration) else value
        for name, value in values
    }


def sources(started: float) -> bytes:
    """Return bytes that differ between sources, and are unique if one was edited since `started`.

    The modules of that process may be older than the files, so its results are not shared.
    `started` is in seconds since the epoch.
    """
    synthesis = Synthesis(PROJECT, "")
    ours = [Path(__file__), Path(cost.synthesis.__file__)]
    if any(file.stat().st_mtime > started for file in (*synthesis.files(), *ours)):
        return uuid4().bytes
    return b"".join([synthesis.fingerprint().encode(), *(file.read_bytes() for file in ours)])

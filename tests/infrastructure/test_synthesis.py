"""A stored template belongs to the sources and the values that it was synthesized from."""

import time
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, Duration, Stack

import tests.support.stored
from infrastructure.stages import Stage
from tests.infrastructure.conftest import template_of
from tests.support import synthesis
from tests.support.synthesis import sources


def test_sources_have_the_same_hash_until_one_is_edited() -> None:
    now = time.time()
    assert sources(now) == sources(now)
    assert sources(started=0) != sources(started=0)


def test_a_stored_template_is_that_of_its_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def small(stage: Stage, folder: Path, *_: Any) -> Stack:
        app = App(outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False)
        stack = Stack(app, "small")
        CfnOutput(stack, "Days", value=str(stage.archive_retention.to_days()))
        return stack

    def retention(days: int) -> int:
        document = template_of(archive_retention=Duration.days(days)).document
        return int(document["Outputs"]["Days"]["Value"])

    monkeypatch.setattr(synthesis, "stack_of", small)
    monkeypatch.setattr(tests.support.stored, "PROJECT", tmp_path)
    assert [retention(days) for days in (14, 15, 14)] == [14, 15, 14]

"""`app.py` as people and the CDK's command run it."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import app
from infrastructure.stages import DEV
from inlet.provider import EventType
from tests.infrastructure.inside import in_the
from tests.support.processes import Completed, completed

PROJECT = Path(__file__).parents[2]


def run(folder: Path, **context: str | bool) -> Completed:
    """Run `app.py` with nothing of AWS or of this test run in its environment."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CDK_", "PYTEST_", "PYTHON"))
    }
    environment |= {
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_VALIDATION": "false",  # cfn-lint says the same, in less time
    }
    return completed(sys.executable, "app.py", cwd=PROJECT, env=environment)


@pytest.mark.exhaustive  # the journeys run the laptop's stage that it synthesised
def test_it_synthesises_a_stage_for_this_machine_in_silence(tmp_path: Path) -> None:
    ran = run(tmp_path, stage="prod", bundle="host", deployed=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    template = json.loads((tmp_path / "inlet-prod.template.json").read_text())
    assets = {path.name for path in tmp_path.glob("asset.*")}
    keys = {
        f"asset.{resource['Properties']['Code']['S3Key']}".removesuffix(".zip")
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert keys == assets
    (asset,) = assets
    assert (tmp_path / asset / "stage-types.json").read_text() == (
        '{"standard":{"inlet.canary":{"description":"Inlet sent it to itself, to see it come out.",'
        '"kind":"canary","rank":0}}}'
    )
    assert in_the(
        tmp_path / asset, "from functions.settings import stage_types; print(stage_types())"
    ).startswith('b\'{"standard":{"inlet.canary":')
    # CloudFormation can remove what a failed first deployment made.
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["artifacts"]["inlet-prod"]["properties"]["terminationProtection"] is False
    tables = [r for r in template["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert [t["Properties"]["DeletionProtectionEnabled"] for t in tables] == [False, False]


def test_a_deployment_to_a_region_with_fewer_rules_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = EventType("A type.", kind="document", rank=1)
    stage = replace(DEV, types={"standard": {f"made.up.{n}": made for n in range(100)}})
    monkeypatch.setattr(app, "stage_named", lambda *_, **__: stage)
    monkeypatch.setattr("infrastructure.bundle.Builder.build", lambda *_: PROJECT / "events")
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path))
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-south-1")
    with pytest.raises(SystemExit, match=r"a fifth of the 100 of a bus is left"):
        app.main()


LAPTOP_ONLY = (
    "The stage 'laptop' is for the laptop run, which `make run` starts: deploy dev or prod.\n"
)


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        pytest.param(
            {"stage": "staging"},
            "There is no stage 'staging': the stages are dev, prod, laptop.\n",
            marks=pytest.mark.exhaustive,
        ),
        ({"stage": "laptop"}, LAPTOP_ONLY),
        pytest.param(
            {"bundle": "arm"},
            "There is no bundle 'arm': the bundles are lambda and host.\n",
            marks=pytest.mark.exhaustive,
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    tmp_path: Path, context: dict[str, str], sentence: str
) -> None:
    ran = run(tmp_path, **context)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", sentence)

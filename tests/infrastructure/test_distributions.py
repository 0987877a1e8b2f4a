"""What is kept of the distributions: all that is needed, and what is missing is named."""

from pathlib import Path

import pytest

from infrastructure import distributions
from infrastructure.bundle import Builder, for_host
from infrastructure.distributions import keep_what_is_used
from infrastructure.mistakes import Mistake
from tests.infrastructure.inside import in_the

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (
            "from functions.runtime.aws import client; client('lambda', 'amazonaws.com')",
            "KeyError: 'lambda'",
        ),
        (
            "import boto3; boto3.client('s3')",
            (
                "AttributeError: The bundle has no boto3.client. Call AWS with"
                " functions.runtime.aws.client, and add the operation there; or keep boto3 and"
                " botocore/data in infrastructure/distributions.py."
            ),
        ),
        (
            "import aws_lambda_powertools.event_handler",
            "ModuleNotFoundError: No module named 'aws_lambda_powertools.event_handler'",
        ),
    ],
)
def test_what_is_not_in_the_bundle_is_named_when_it_is_used(program: str, says: str) -> None:
    bundle = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles").build(for_host())
    assert in_the(bundle, program) == says


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Distributions that have everything that is removed."""
    root = tmp_path / "packages"
    stand_ins = [
        str(file.relative_to(distributions.STAND_INS))
        for file in distributions.STAND_INS.rglob("*.py")
    ]
    for name in [*distributions.UNUSED, *stand_ins]:
        file = root / name.replace("*", "1")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return root


def test_what_is_taken_away_must_be_there(packages: Path) -> None:
    (packages / "pydantic/mypy.py").unlink()
    with pytest.raises(Mistake) as mistake:
        keep_what_is_used(packages)
    assert str(mistake.value) == (
        "There is no pydantic/mypy.py any more: take it out of infrastructure.distributions."
    )


def test_bytecode_goes_with_its_module(packages: Path) -> None:
    compiled = packages / "pydantic/__pycache__/mypy.cpython-313.pyc"
    compiled.parent.mkdir()
    compiled.write_text("")
    keep_what_is_used(packages)
    assert not compiled.exists()

"""Distributions: which parts of the locked ones go into a bundle."""

import shutil
from pathlib import Path

from infrastructure.mistakes import Mistake

UNUSED = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    "boto3/crt.py",
    "boto3/data",
    "boto3/docs",
    "boto3/dynamodb/conditions.py",
    "boto3/dynamodb/table.py",
    "boto3/dynamodb/transform.py",
    "boto3/ec2",
    "boto3/examples",
    "boto3/exceptions.py",
    "boto3/resources",
    "boto3/s3",
    "boto3/session.py",
    "boto3/utils.py",
    "botocore/data",
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "pydantic/mypy.py",
    "pydantic/v1",
    "s3transfer",
    "s3transfer-*.dist-info",
)
"""Files and folders that no function imports."""

STAND_INS = Path(__file__).parent / "stand_ins"
"""Two modules of boto3, from which Powertools needs a version and a converter of values.

Imported whole, boto3 takes longer than everything else at a start.
"""


def keep_what_is_used(root: Path) -> None:
    """Remove from a folder of distributions what no function needs, and put in the stand-ins.

    Raises Mistake where something to remove is missing: a new version of its distribution should
    be looked at again.
    """
    stand_ins = [str(file.relative_to(STAND_INS)) for file in sorted(STAND_INS.rglob("*.py"))]
    for name in (*UNUSED, *stand_ins):
        _remove(root, name)
    if _has(root, "boto3"):
        for name in stand_ins:
            shutil.copyfile(STAND_INS / name, root / name)


def fingerprint() -> bytes:
    """Return everything that decides what is kept."""
    return b"".join(
        file.read_bytes() for file in [Path(__file__), *sorted(STAND_INS.rglob("*.py"))]
    )


def _has(root: Path, name: str) -> bool:
    """Return whether the distribution of a name is there."""
    return (root / name.partition("/")[0]).exists()


def _remove(root: Path, name: str) -> None:
    """Remove a module with its bytecode, or a folder. Raises Mistake where it is missing."""
    found = list(root.glob(name))
    if not found and _has(root, name):
        raise Mistake(f"There is no {name} any more: take it out of {__name__}.")
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
            continue
        path.unlink()
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()

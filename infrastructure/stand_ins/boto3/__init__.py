"""Stands in for boto3: Powertools reads its version."""

from typing import NoReturn

from botocore import __version__ as __version__


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"The bundle has no boto3.{name}. Call AWS with functions.runtime.aws.client, and add the"
        " operation there; or keep boto3 and botocore/data in infrastructure/distributions.py."
    )

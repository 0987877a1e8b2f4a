"""Stands in for boto3, of which a function needs what Powertools imports of it, and no more."""

from typing import NoReturn

from botocore import __version__ as __version__


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"There is no boto3.{name} in the bundle: functions.aws.client makes a client, and for what"
        " else is needed, infrastructure/distributions.py is to be changed."
    )

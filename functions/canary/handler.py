"""The entry of the canary function."""

import os
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from functions.canary.door import Door
from functions.canary.fly import Stations, fly
from functions.canary.settings import CanarySettings
from functions.runtime.aws import client
from functions.start import starting
from functions.telemetry import last_resort
from inlet.canary import Canary

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def stations() -> Stations:
    """The stations as the settings in the environment say, made once in a function's life."""
    settings = CanarySettings.from_environment(os.environ)
    aws = partial(client, url_suffix=settings.url_suffix)
    return Stations(
        door=Door(aws("secretsmanager"), settings.secret, settings.url),
        dynamodb=aws("dynamodb"),
        timeline_table=settings.timeline_table,
    )


def handler(event: dict[str, str], _context: "LambdaContext") -> None:
    """Send the canary of the time that the schedule planned."""
    with last_resort():
        fly(Canary(datetime.fromisoformat(event["planned"])), stations())


if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: what is slow happens before the first call
    with starting():
        stations()

"""What tests of operations and commands share."""

from pathlib import Path

import pytest

from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.station import Station


@pytest.fixture
def station(aws: Aws) -> Station:
    """The consumer of documents on AWS in memory."""
    return Station(aws)


@pytest.fixture
def deployed(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A deployment in memory, which commands without `--stage` work on."""
    made = Deployed(aws, tmp_path)
    monkeypatch.setattr("inlet.cli.face.laptop", lambda: made.deployment)
    return made

"""What tests share: AWS in memory, and the stations of both functions on it."""

import gc
import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from moto.secretsmanager.models import SecretsManagerBackend

from functions.runtime.endpoint import UNSUPPORTED_VARIABLES
from functions.telemetry import logger
from local.data_planes import following
from tests.support.aws import Aws
from tests.support.computed_once import computed_once
from tests.support.door import Door
from tests.support.pools import connected_to, moto

settings.register_profile("quick", max_examples=5, deadline=None)
settings.register_profile(
    "full",
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
)

SHARING = ("tests/journey/", "tests/infrastructure/")
"""Folders whose tests share something slow: the local environment, or the CDK's Node process."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give one worker all tests of a folder that shares something, and else of a file."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        group = next((folder for folder in SHARING if file.startswith(folder)), file)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session", autouse=True)
def _no_aws() -> Iterator[None]:
    """No test can reach a real account, whatever the machine it runs on is set up for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        # Nothing listens there.
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        yield


@pytest.fixture(scope="session", autouse=True)
def _computed_once() -> Iterator[None]:
    """Compute once what libraries compute again for each client, request and command."""
    with computed_once():
        yield


@pytest.fixture(scope="session")
def _aws(_no_aws: None) -> Iterator[Aws]:
    """AWS in memory, once."""
    moved = following(SecretsManagerBackend.update_secret_version_stage)
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(SecretsManagerBackend, "update_secret_version_stage", moved)
        yield Aws()


@pytest.fixture
def aws(_aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS in memory, with nothing in it, for boto3 and for the functions' clients."""
    for name in ("AWS_ENDPOINT_URL", *UNSUPPORTED_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    _aws.reset()
    with connected_to(moto):
        yield _aws


@pytest.fixture
def start_undone() -> Iterator[None]:
    """Garbage is collected again after the test."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[dict[str, Any]]]:
    """What the functions have written since it was last asked: logs first, then metrics."""
    logs = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", logs)

    def lines() -> list[dict[str, Any]]:
        text = logs.getvalue() + capsys.readouterr().out
        logs.seek(0)
        logs.truncate()
        return [json.loads(line) for line in text.splitlines()]

    return lines


@pytest.fixture
def door(aws: Aws) -> Door:
    """The ingest function on AWS in memory."""
    return Door(aws)

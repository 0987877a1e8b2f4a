"""Where functions are run as Lambda runs them, with an AWS beside them that counts."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.candidates import PROJECT, SECRET, Candidate, unhurried, variables_of_lambda
from benchmarks.certificates import make_certificates
from benchmarks.measured import Laboratory, Life
from benchmarks.meters import CPU
from benchmarks.stub import Stub
from infrastructure.bundle import Builder
from local.environments import Runtime

START = {"DescribeEventBus": 1, "GetItem": 1, "GetSecretValue": 3}
"""The calls of a start that has the time for all of them."""
BUILDER = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles")


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Where functions are run."""
    folder = tmp_path_factory.mktemp("laboratory")
    runtime = Runtime(folder / "runtime")
    runtime.lay_out()
    certificates = make_certificates(folder)
    with Stub(certificates, SECRET) as stub:
        variables = variables_of_lambda(stub.urls, certificates)
        yield Laboratory(stub, variables, runtime.folder, folder / "log", CPU)


@contextmanager
def started(laboratory: Laboratory, candidate: Candidate) -> Iterator[Life]:
    """An ingest function whose start made all of its calls, however slow the machine is."""
    laboratory.stub.calls.clear()
    with laboratory.life(unhurried(candidate, laboratory.runtime)) as life:
        assert laboratory.stub.calls == START
        laboratory.stub.calls.clear()
        yield life

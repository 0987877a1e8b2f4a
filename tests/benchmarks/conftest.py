"""Where functions are run as Lambda runs them, with an AWS beside them that counts."""

from collections.abc import Iterator

import pytest

from benchmarks.candidates import PROJECT, SECRET, variables_of_lambda
from benchmarks.certificates import make_certificates
from benchmarks.measured import Laboratory
from benchmarks.meters import CPU
from benchmarks.stub import Stub
from infrastructure.bundle import Builder
from local.environments import Runtime

BUILDER = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles")


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """Where functions are run."""
    folder = tmp_path_factory.mktemp("laboratory")
    runtime = Runtime(folder / "runtime")
    runtime.lay_out()
    certificates = make_certificates(folder)
    with Stub(certificates, SECRET) as stub:
        variables = variables_of_lambda(stub.url, certificates)
        yield Laboratory(stub, variables, runtime.folder, folder / "log", CPU)

"""A bundle is taken where it was made for, and elsewhere refused with a sentence."""

import os
import sys
from pathlib import Path

import pytest

from functions.machine import check

HERE = f"{sys.implementation.cache_tag} {os.uname().machine}"


@pytest.mark.parametrize("meant", ["cpython-311 aarch64", "cpython-313 mips"])
def test_a_bundle_is_refused_on_another_machine_only(tmp_path: Path, meant: str) -> None:
    runs_on = tmp_path / "runs-on.txt"
    check(runs_on)  # there is none: it is no bundle
    runs_on.write_text(HERE)
    check(runs_on)
    runs_on.write_text(meant)
    with pytest.raises(ImportError) as refused:
        check(runs_on)
    assert str(refused.value) == (
        f"This bundle is for {meant}, and this is {HERE}: give the function that runtime and that"
        " architecture, or build the bundle for these."
    )

"""What tests of the proof share: the template, synthesised once."""

import pytest

from local.assembly import Stack
from tests.faults.template import template


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack of the laptop, resolved."""
    return template()

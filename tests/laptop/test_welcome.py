"""The welcome prints a command that works for every provider, whatever its scheme."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from inlet.providers import PROVIDERS
from local import welcome
from tests.support.stored import PROJECT

if TYPE_CHECKING:
    from local.laptop import Laptop


def test_a_provider_with_its_own_signature_scheme_is_sent_to_by_inlet_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standard = PROVIDERS["standard"]
    own = replace(standard, authentication=replace(standard.authentication))
    monkeypatch.setattr(welcome, "PROVIDERS", {"standard": own})
    laptop = cast("Laptop", SimpleNamespace(door_url="http://127.0.0.1:1", clients={}))
    printed = [line.strip() for line in welcome.lines(laptop, PROJECT, Path("state"))]
    assert "http://127.0.0.1:1/webhooks/standard" in printed
    assert [one.partition("inlet ")[2] for one in printed if "inlet" in one] == [
        "send standard/invoice.paid",
        "timeline standard/unrecognised/in_123",
    ]

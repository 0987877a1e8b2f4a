"""The template that the laptop run reads, synthesized without a bundle."""

from infrastructure.stages import STAGES
from local.assembly import Place, Stack, resolved
from tests.support.synthesis import synthesized

PLACE = Place(endpoint="https://nowhere.invalid")


def template() -> Stack:
    """Return the stack of the laptop, resolved."""
    return resolved("inlet-laptop", synthesized(STAGES["laptop"]).template, PLACE, {})

"""Every sample of every provider: what is answered, and what goes on the bus."""

import json

import pytest

from inlet.operations.samples import Sample
from inlet.providers import PROVIDERS
from tests.conftest import Door
from tests.samples import EVENTS, sample, samples

EVERY = pytest.mark.parametrize("case", samples(), ids=lambda case: f"{case.provider}/{case.name}")


@EVERY
def test_a_sample_is_answered_and_published_as_it_says(case: Sample, door: Door) -> None:
    for before in case.after:
        door.send(sample(case.provider, before))
    door.published.clear()

    answered = door.send(case)

    assert {"status": answered["status"], "body": answered["body"]} == case.answer
    assert [_as_delivered(entry) for entry in door.published] == (
        [case.event] if case.event else []
    )


@EVERY
def test_a_sample_says_what_it_rests_on(case: Sample) -> None:
    assert case.evidence in {"documented", "seen", "invented"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_catalogued_type_has_a_sample(provider: str) -> None:
    sampled = {file.stem for file in (EVENTS / provider).glob("*.json")}
    assert set(PROVIDERS[provider].catalogue) - sampled == set()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_sample_that_is_accepted(provider: str) -> None:
    answers = [case.answer for case in samples() if case.provider == provider]
    assert [a for a in answers if a["status"] == 202], f"record a delivery of {provider}"


def test_the_samples_are_of_registered_providers() -> None:
    assert {folder.name for folder in EVENTS.iterdir()} == set(PROVIDERS)


def _as_delivered(entry: dict[str, str]) -> dict[str, object]:
    return {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "resources": entry["Resources"],
        "detail": json.loads(entry["Detail"]),
    }

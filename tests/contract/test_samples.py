"""Every sample of every provider: what is answered, and what goes on the bus."""

import json
import re
from dataclasses import replace

import pytest

from inlet.authentication import Credentials
from inlet.operations.samples import Sample
from inlet.providers import PROVIDERS
from tests.support.door import Door
from tests.support.samples import EVENTS, sample, samples

EVERY = pytest.mark.parametrize("case", samples(), ids=lambda case: f"{case.provider}/{case.name}")


@EVERY
def test_a_sample_is_answered_and_published_as_it_says(case: Sample, door: Door) -> None:
    for before in case.after:
        door.send(sample(case.provider, before))
    door.published.clear()

    answered = door.send(case)

    answer = {"status": answered["status"], "body": answered["body"]}
    events = [_as_delivered(entry) for entry in door.published]
    seen = f"answer and events, to be written down if right: {json.dumps([answer, *events])}"
    assert case.answer, seen
    assert answer == case.answer
    assert events == ([case.event] if case.event else []), seen


@EVERY
def test_a_sample_says_what_it_rests_on(case: Sample) -> None:
    assert case.evidence in {"documented", "seen", "invented"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_sample_that_is_accepted(provider: str) -> None:
    answers = [case.answer for case in samples() if case.provider == provider]
    assert [a for a in answers if a and a["status"] == 202], f"record a delivery of {provider}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_else_is_taken_for_a_provider(provider: str, door: Door) -> None:
    case = next(case for case in samples() if case.provider == provider)
    for credentials in ("none", "wrong"):
        spoilt = replace(case, request={**case.request, "credentials": credentials})
        assert door.send(spoilt)["status"] == 401
    assert door.published == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_to_enter_at_a_provider_is_said_and_secrets_can_be_left_out(provider: str) -> None:
    made = Credentials.parse('{"generated": "made"}', provider)
    url = f"https://door.example/webhooks/{provider}"
    said = PROVIDERS[provider].setup(url, made)
    assert url in said
    secrets = ("made", "bWFkZQ==")  # as it is, and in base64
    assert any(secret in said for secret in secrets)
    hidden = PROVIDERS[provider].setup(url, made.hidden("elsewhere"))
    assert "elsewhere" in hidden
    assert [secret for secret in secrets if secret in hidden] == []


def test_every_flag_of_a_sample_is_documented_and_every_documented_flag_has_a_sample() -> None:
    page = (EVENTS.parent / "docs/subscribing.md").read_text()
    section = page.partition("## Flags")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([a-z-]+)", section, re.MULTILINE)
    events = [case.event for case in samples() if case.event]
    flags = {flag for event in events for flag in event["detail"]["metadata"]["flags"]}
    # No request has this flag: an operator's release sets it.
    flags.add("id-conflict")
    assert {flag.partition(":")[0] for flag in flags} == set(documented)
    assert len(documented) == 11


def _as_delivered(entry: dict[str, str]) -> dict[str, object]:
    return {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "resources": entry["Resources"],
        "detail": json.loads(entry["Detail"]),
    }


def test_accepted_samples_with_one_event_id_have_one_content() -> None:
    """Otherwise their order would decide which of them is a conflict in the journeys."""
    contents: dict[tuple[str, str], set[str]] = {}
    for one in samples():
        if one.event and one.answer["status"] == 202:
            metadata = one.event["detail"]["metadata"]
            found = contents.setdefault((one.provider, metadata["eventId"]), set())
            found.add(metadata["contentHash"])
    assert len(contents) > 50
    assert [key for key, hashes in contents.items() if len(hashes) > 1] == []

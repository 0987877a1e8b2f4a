"""Whoever adds a provider and leaves something out is told so in a sentence.

First, that nothing is left out; then, what each guard says where something is.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from inlet.provider import EventType
from inlet.providers import PROVIDERS
from tests.support import guards
from tests.support.samples import sample, samples

FOLDER = Path(__file__).parents[2] / "inlet" / "providers"
MAROSA = PROVIDERS["marosa"]
OK = sample("marosa", "DOCUMENT_STATUS_CHANGED")


def test_every_folder_of_a_provider_is_registered() -> None:
    _nothing(guards.not_registered(FOLDER, PROVIDERS))


def test_nothing_of_a_provider_is_left_to_decide() -> None:
    _nothing(guards.not_decided(FOLDER))


def test_every_provider_and_every_type_has_a_sample() -> None:
    _nothing(guards.not_sampled(PROVIDERS, samples()))


def test_every_sample_is_of_a_registered_provider() -> None:
    _nothing(guards.not_of_a_provider(PROVIDERS, samples()))


def test_every_kind_has_a_model_and_a_consumer() -> None:
    _nothing(guards.not_taken(PROVIDERS))


def test_every_sample_has_both_ends_of_the_journey() -> None:
    _nothing(guards.not_finished(samples()))


def test_a_folder_that_is_not_registered_is_named(tmp_path: Path) -> None:
    for name in ("marosa", "nobody", "__pycache__"):
        (tmp_path / name).mkdir()
    (tmp_path / "__init__.py").touch()
    assert list(guards.not_registered(tmp_path, PROVIDERS)) == [
        (
            "inlet/providers/nobody is not registered: add its provider to the registry in"
            " inlet/providers/__init__.py."
        ),
    ]


def test_what_is_left_to_decide_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    (tmp_path / "nobody" / "catalogue.py").write_text('"""Types."""\n\nKIND = "TODO"\n')
    assert list(guards.not_decided(tmp_path)) == [
        'inlet/providers/nobody/catalogue.py, line 3, is left to decide: KIND = "TODO"'
    ]


def test_a_provider_and_a_type_without_samples_are_named() -> None:
    nobody = replace(
        MAROSA, name="nobody", catalogue={"LOST": EventType("", kind="nothing", rank=1)}
    )
    assert list(guards.not_sampled({"nobody": nobody}, [OK])) == [
        "nobody has no samples: record a delivery in events/nobody.",
        "LOST of nobody has no sample: record one in events/nobody/LOST.json.",
    ]
    assert list(guards.not_sampled({"marosa": MAROSA}, [OK])) == [
        (
            "INVOICE_STATUS_CHANGED of marosa has no sample: record one in"
            " events/marosa/INVOICE_STATUS_CHANGED.json."
        ),
    ]


def test_a_sample_of_nobody_is_named() -> None:
    assert list(guards.not_of_a_provider({}, [OK])) == [
        "events/marosa/DOCUMENT_STATUS_CHANGED.json is of no registered provider."
    ]


def test_a_kind_without_model_and_consumer_is_named() -> None:
    lost = {"LOST": EventType("Lost.", kind="nothing", rank=1)}
    nobody = replace(MAROSA, name="nobody", catalogue=lost)
    assert list(guards.not_taken({"nobody": nobody})) == [
        (
            "LOST of nobody goes nowhere: no consumer takes the kind 'nothing': add it to one in"
            " inlet/consumers."
        ),
        "LOST of nobody has no model: add 'nothing' to models.",
    ]


def test_a_sample_with_one_end_only_is_named() -> None:
    assert list(guards.not_finished([replace(OK, answer={}), replace(OK, event=None)])) == [
        (
            "events/marosa/DOCUMENT_STATUS_CHANGED.json has no answer: write what it should be"
            " answered."
        ),
        (
            "events/marosa/DOCUMENT_STATUS_CHANGED.json has no event: it is accepted, so write what"
            " goes on the bus."
        ),
    ]


def _nothing(left: Iterable[str]) -> None:
    """Fail with everything that is left to do."""
    sentences = list(left)
    assert not sentences, "\n".join(sentences)

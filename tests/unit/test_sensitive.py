"""What is sensitive is marked on the models, not printed with them, and used in no message."""

import re
from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from functions.ingest.settings import IngestSettings
from inlet.authentication import Credentials
from inlet.consumers import CONSUMERS
from inlet.consumers.consumer import Consumer
from inlet.event import Event
from inlet.model import Open, Sensitive
from inlet.operations.catalogue import models_in, sensitive
from inlet.providers import PROVIDERS
from inlet.providers.digiteal.models import MODELS, Body
from inlet.quarantined import Quarantined
from inlet.remembered import Remembered
from tests.support import dye
from tests.support.dye import filled

EVERY = pytest.mark.parametrize(
    "model",
    [model for provider in PROVIDERS.values() for model in dict.fromkeys(provider.models.values())],
    ids=lambda model: f"{model.__module__.split('.')[2]}.{model.__name__}",
)

PLAIN = frozenset(
    {
        "at", "channel", "code", "currency", "date", "duedate", "event", "flowDetail", "id",
        "method", "methods", "number", "periodicity", "purpose", "sent", "status", "timestamp",
        "type", "uuid",
    }
)  # fmt: skip
"""Names, and last words of names, of fields whose text is an id, a time, or a word of a list."""

NEVER_PLAIN = frozenset(
    {
        "account", "address", "birth", "card", "comment", "content", "email",
        "iban", "ibans", "identification", "identifier", "mail", "message", "name", "national",
        "phone", "reference", "remittance", "tax", "token", "vat",
    }
)  # fmt: skip
"""Words in the names of fields that are sensitive, whatever their last word is."""


def undecided(model: type[BaseModel], marked: set[str], before: str = "") -> Iterator[str]:
    """The fields that can hold text, are not marked, and do not say by their names why not."""
    for name, field in model.model_fields.items():
        within = list(models_in(field.annotation))
        for part in within:
            yield from undecided(part, marked, f"{before}{name}.")
        kinds = [k for k in get_args(field.annotation) or [field.annotation] if k is not NoneType]
        if f"{before}{name}" in marked or within or all(k in (int, float, bool) for k in kinds):
            continue
        words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
        if NEVER_PLAIN & set(words) or not PLAIN & {name, words[-1]}:
            yield f"{before}{name}"


def kinds_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All models that are made of one, wherever they are written."""
    for kind in model.__subclasses__():
        yield from (kind, *kinds_of(kind))


def test_no_model_that_a_function_has_quotes_what_is_wrong() -> None:
    """Its errors go into answers and logs, and what is wrong may be a secret."""
    ours = {
        kind
        for kind in kinds_of(BaseModel)
        if kind.__module__.startswith(("inlet.", "functions."))
        and not kind.__module__.startswith(("inlet.operations", "inlet.cli", "inlet.simulator"))
    }
    assert {Credentials, Event, Quarantined, IngestSettings, Remembered, Open} <= ours
    assert {kind for kind in ours if not kind.model_config.get("hide_input_in_errors")} == set()


@EVERY
def test_every_field_is_sensitive_or_is_plainly_not(model: type[BaseModel]) -> None:
    left = list(undecided(model, set(sensitive(model))))
    assert left == [], (
        f"{model.__module__}.{model.__name__}: mark these as Sensitive, or say in PLAIN why not"
    )


def test_a_field_that_nobody_decided_on_is_named() -> None:
    class Part(Open):
        """A part of a body."""

        buyerName: str | None = None  # noqa: N815 - as providers call them

    class Whole(Open):
        """A body."""

        id: str
        vatId: str | None = None  # noqa: N815 - as above
        note: Any = None
        lines: list[str] | None = None
        count: int | None = None
        iban: Sensitive[str | None] = None
        parts: list[Part] | None = None

    assert list(undecided(Whole, set(sensitive(Whole)))) == [
        "vatId", "note", "lines", "parts.buyerName",
    ]  # fmt: skip


def test_every_body_is_open() -> None:
    """So that what nobody named is shown nowhere, and no error quotes what it was given."""
    models = {model for provider in PROVIDERS.values() for model in provider.models.values()}
    assert [model for model in models if not issubclass(model, Open)] == []
    assert all(model.model_config["hide_input_in_errors"] for model in models)


@EVERY
def test_what_is_sensitive_or_has_no_name_is_not_printed(model: type[BaseModel]) -> None:
    body = model.model_construct(**_with_sensitive_dye(model))
    assert not dye.found(repr(body))
    assert not dye.found(str(body))


def test_what_is_neither_is_printed() -> None:
    assert repr(Body(executionTimestamp="2025", iban="any")) == "Body(executionTimestamp='2025')"


@EVERY
def test_what_is_sensitive_is_marked_in_the_schema(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    marked = [name for p in parts for name, f in p["properties"].items() if f.get("x-sensitive")]
    assert sorted(marked) == sorted(name.rpartition(".")[2] for name in sensitive(model))


def test_what_is_sensitive_of_a_payment() -> None:
    assert list(sensitive(MODELS["payment"])) == [
        "paymentRequestInformation.destinationBankAccount",
        "paymentRequestInformation.requestorVAT",
        "paymentRequestInformation.requestorNationalIdentifier",
        "paymentRequestInformation.amountInCents",
        "paymentRequestInformation.creditorReference",
        "paymentRequestInformation.remittanceInfo",
        "transfer.requestorIdentificationNumber",
        "transfer.reference",
        "payment", "payouts", "invoice", "terminal",
        "originFirstName", "originLastName", "originCompanyName", "originVATNumber",
        "originBankAccount", "targetBankAccount", "transferReference", "errorMessage",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", MODELS)
def test_nothing_that_is_sensitive_names_a_subject(kind: str) -> None:
    body = MODELS[kind].model_construct(**_with_sensitive_dye(MODELS[kind]))
    assert [one for one in body.ids() if one is not None] == []


@pytest.mark.parametrize("consumer", CONSUMERS.values(), ids=lambda consumer: consumer.name)
def test_no_message_and_no_state_uses_what_is_sensitive(consumer: Consumer) -> None:
    asked = {attention.field for attention in consumer.attention} | {consumer.status_field}
    marked = {
        name
        for provider in PROVIDERS.values()
        for kind in consumer.kinds & provider.models.keys()
        for name in sensitive(provider.models[kind])
    }
    assert asked & marked == set()


def _with_sensitive_dye(model: type[BaseModel]) -> Any:
    """Fields of a body that has what is sensitive, what has no name, and nothing else."""
    return {
        name: value
        for name, value in filled(model).items()
        if name in set(sensitive(model)) or name not in model.model_fields
    }

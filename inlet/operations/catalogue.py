"""Catalogue: every event type that Inlet knows, for people who subscribe."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, get_args

from pydantic import BaseModel

from inlet.consumers import consumer_of
from inlet.event import source
from inlet.operations.errors import OperationError
from inlet.provider import Provider
from inlet.providers import PROVIDERS


@dataclass(frozen=True)
class Listed:
    """An event type: who sends it when, what it is about, and how to get it.

    `fields` are those that the provider documents for its body, and `sensitive` those of them, and
    within them, that belong into no log; `pattern` is what a rule matches, and `sample` a file of
    this repository.
    """

    provider: str
    event_type: str
    description: str
    kind: str
    consumer: str
    fields: tuple[str, ...]
    sensitive: tuple[str, ...]
    pattern: dict[str, Any]
    sample: str


def catalogue() -> Iterator[Listed]:
    """Every type, provider by provider and kind by kind.

    Raises OperationError where no consumer takes a kind.
    """
    for provider in PROVIDERS.values():
        for name, known in provider.catalogue.items():
            yield Listed(
                provider=provider.name,
                event_type=name,
                description=known.description,
                kind=known.kind,
                consumer=_consumer(provider, name, known.kind),
                fields=tuple(provider.models[known.kind].model_fields),
                sensitive=tuple(sensitive(provider.models[known.kind])),
                pattern={"source": [source(provider.name)], "detail-type": [name]},
                sample=f"events/{provider.name}/{name}.json",
            )


def _consumer(provider: Provider, event_type: str, kind: str) -> str:
    try:
        return consumer_of(kind).name
    except LookupError as error:
        raise OperationError(f"{event_type} of {provider.name} goes nowhere: {error}.") from None


def sensitive(model: type[BaseModel]) -> Iterator[str]:
    """The dotted names of a model's fields that are sensitive, those in models within it too."""
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("x-sensitive"):
            yield name
        for part in models_in(field.annotation):
            yield from (f"{name}.{within}" for within in sensitive(part))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type
    """The models that a field's type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


HEAD = """# Events

Every event type that Inlet knows: who sends it and when, what it is about, and the rule pattern
that matches it. The fields are those that the provider documents; others pass through, and none
is sure to be there. Those called sensitive hold data of people, of companies and their money, or
free text: Inlet writes none of them into a log or a message, nor should you. Types that are not
listed are published too, with `known` false. This page is written by `inlet catalogue --markdown`.
"""


def markdown() -> str:
    """The catalogue as a page of the documentation."""
    sections = [HEAD]
    for (provider, kind), types in groupby(catalogue(), key=lambda t: (t.provider, t.kind)):
        listed = list(types)
        sections.append(_section(provider, kind, listed))
    return "\n".join(sections)


def _section(provider: str, kind: str, types: list[Listed]) -> str:
    rows = "\n".join(
        f"| [`{t.event_type}`](../../{t.sample}) | {t.description} | `{json.dumps(t.pattern)}` |"
        for t in types
    )
    fields = ", ".join(f"`{field}`" for field in types[0].fields)
    marked = ", ".join(f"`{field}`" for field in types[0].sensitive) or "none"
    return (
        f"## {provider.capitalize()}: {kind}\n\n"
        f"Subject `{provider}/{kind}/…`, taken by the consumer of {types[0].consumer}. Fields:"
        f" {fields}. Sensitive: {marked}.\n\n"
        f"| type | when | rule pattern |\n|---|---|---|\n{rows}\n"
    )

"""What the providers' models share, and checking a document so that refusals name fields only."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from inlet import instant
from inlet.document import Document
from inlet.refusals import Problem, WrongContract

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")

Sensitive = Annotated[Value, Field(repr=False, json_schema_extra={"x-sensitive": True})]
"""Marks a field that holds data of people, or of companies and their money, or free text.

It is not shown where a body is printed, and is marked where the model is described.
"""


Number = Annotated[int | Decimal, WithJsonSchema({"type": "number"})]
"""A JSON number: a Decimal with the digits as sent where it has a fraction or an exponent."""


class Open(BaseModel):
    """Fields that are not named pass through; those that are must have their documented type.

    Printed, it shows neither what is sensitive nor what it has no name for.
    """

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,  # of all the models, a function may never need but a few
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What is shown of it."""
        named = type(self).model_fields
        return ((name, value) for name, value in super().__repr_args__() if name in named)


def checked(model: type[Model], document: Document) -> Model:
    """The document as the model has it. Raises WrongContract with every field that is wrong."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, e["loc"])), e["msg"])
            for e in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    raise WrongContract("Some fields are not what the provider documents.", problems)


def likely_moment(value: object, zone: tzinfo) -> tuple[datetime | None, list[str]]:
    """The time in a field that may hold one, None where it does not, and the flags of that."""
    if isinstance(value, str):
        try:
            return moment("", value, zone)
        except WrongContract:
            pass  # nobody promised a time
    return None, [] if value is None else ["unreadable-time"]


def moment(field: str, value: str | None, zone: tzinfo) -> tuple[datetime | None, list[str]]:
    """The time that a field gives, None where it is absent, and the flags that go with it.

    Raises WrongContract where the field is no ISO 8601 time.
    """
    if value is None:
        return None, []
    try:
        occurred_at, assumed = instant.parse(value, zone)
    except ValueError:
        raise WrongContract(
            "Some fields are not what the provider documents.",
            [Problem(field, "is not an ISO 8601 time")],
        ) from None
    return occurred_at, ["assumed-zone"] if assumed else []

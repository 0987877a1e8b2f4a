"""What the providers' models share, and checking a document so that refusals name fields only."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from inlet.document import Document
from inlet.refusals import Problem, WrongContract
from inlet.subject import integral

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")

Sensitive = Annotated[Value, Field(repr=False, json_schema_extra={"x-sensitive": True})]
"""Marks a field that holds data of people, or of companies and their money, or free text.

It is not shown where a body is printed, and is marked where the model is described.
"""

Integer = Annotated[int, BeforeValidator(integral), WithJsonSchema({"type": "integer"})]
"""An integer as JSON Schema has it: `100.0` and `1e2` are integers, `1.5` and `true` are not."""

_UUID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}(\1[0-9a-f]{4}){3}[0-9a-f]{8}", re.IGNORECASE)


def _identifier(value: object) -> object:
    """Accept a string or an integer."""
    plain = integral(value)
    if isinstance(plain, bool) or not isinstance(plain, str | int | None):
        raise PydanticCustomError("identifier", "Input should be a valid string or integer")
    return plain


def _comparable(value: object) -> object:
    """Return a UUID in lower case, anything else as it is."""
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else value


_Id = Annotated[
    str | int | None,
    PlainValidator(_identifier),
    WithJsonSchema({"type": ["string", "integer", "null"]}),
]
TextId = Annotated[_Id, Field(json_schema_extra={"x-documented-type": "string"})]
"""An id that is documented as a string. An integer is accepted and flagged."""

NumberId = Annotated[_Id, Field(json_schema_extra={"x-documented-type": "integer"})]
"""An id that is documented as an integer. A string is accepted and flagged."""

UuidId = Annotated[TextId, AfterValidator(_comparable)]
"""A `TextId` that is documented as a UUID: one in upper case is the same id."""

LikelyUuid = Annotated[Any, AfterValidator(_comparable)]
"""An undocumented field of any type, which may hold a UUID."""


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


def unusual_ids(model: BaseModel, before: str = "") -> Iterator[str]:
    """Yield a flag for each id, also of inner models, whose type is not the documented one."""
    for name, field in type(model).model_fields.items():
        value, extra = getattr(model, name), field.json_schema_extra
        if isinstance(value, BaseModel):
            yield from unusual_ids(value, f"{before}{name}.")
        elif isinstance(extra, dict) and value is not None:
            is_text = isinstance(value, str)
            if extra.get("x-documented-type") == ("integer" if is_text else "string"):
                yield f"unusual-id:{before}{name}"

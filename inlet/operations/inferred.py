"""Inferred: the pydantic models of a body of which one delivery was seen.

Every field may be missing, a number may have a fraction or none, and what was empty or mixed may
be anything: one delivery shows what there can be, not what there must be. What may be text is
sensitive until a person says otherwise, but for type, id, time and subject.
"""

import keyword
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

USED = frozenset({"Any", "Body", "Field", "Number", "Open", "Sensitive"})
"""Names that a module of models has anyway."""

Path = tuple[str, ...]
"""The keys that lead to a field."""

BUILT_IN = frozenset({"bool", "float", "int", "list", "str"})


def attribute(key: str) -> str:
    """What the field of a key is called: the key itself, wherever Python and pydantic take it."""
    plain = (
        key.isascii()
        and key.isidentifier()
        and not keyword.iskeyword(key)
        and not key.startswith(("_", "model_"))
        and not hasattr(BaseModel, key)
        and key not in USED | BUILT_IN
    )
    return key if plain else "field_" + re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")


def models(body: Mapping[str, Any], doc: str, plain: Collection[Path]) -> str:
    """The source of the classes for a body, `Body` last, with its docstring.

    `plain` are the places of text that is not sensitive.
    """
    classes = _Classes(taken=set(_keys(body)), plain=plain)
    classes.add("Body", doc, (), [body])
    return "\n\n".join(classes.sources)


class _Classes:
    """Classes in the making, those that others need before these."""

    def __init__(self, *, taken: set[str], plain: Collection[Path]) -> None:
        self.sources: list[str] = []
        self._plain = plain
        self._taken = taken | USED

    def add(self, name: str, doc: str, path: Path, objects: Sequence[Mapping[str, Any]]) -> None:
        """Write the class of some objects that stand at the same place."""
        fields: dict[str, str] = {}
        for key in dict.fromkeys(key for one in objects for key in one):
            place = (*path, key)
            annotation = self._annotation(place, [one[key] for one in objects if key in one])
            if re.search(r"\b(str|Any)\b", annotation) and place not in self._plain:
                annotation = f"Sensitive[{annotation}]"
            given = "None" if attribute(key) == key else f"Field(default=None, alias={key!r})"
            fields.setdefault(attribute(key), f"{annotation} = {given}")
        lines = "\n".join(f"    {field}: {written}" for field, written in fields.items())
        self.sources.append(f'class {name}(Open):\n    """{doc}"""\n\n{lines}\n')

    def _annotation(self, path: Path, values: Sequence[Any]) -> str:
        """The type of a field that has had these values, or none."""
        found = self._type(path, values)
        return found if found == "Any" else f"{found} | None"

    def _type(self, path: Path, values: Sequence[Any]) -> str:
        kinds = {_json_type(value) for value in values} - {"null"}
        if kinds == {"object"} and any(values):
            return self._class(path, [value for value in values if value])
        if kinds == {"array"}:
            elements = [element for value in values if value for element in value]
            of_one = self._annotation if None in elements else self._type
            return f"list[{of_one(path, elements)}]"
        if len(kinds) == 1 and not kinds & {"object", "array"}:
            return kinds.pop()
        return "Any"

    def _class(self, path: Path, objects: Sequence[Mapping[str, Any]]) -> str:
        words = re.findall("[A-Za-z0-9]+", path[-1])
        name = "".join(word[:1].upper() + word[1:] for word in words)
        name = name if name[:1].isalpha() else f"Field{name}"
        while name in self._taken:
            name += "Fields"
        self._taken.add(name)
        self.add(name, f"The fields of `{attribute(path[-1])}`.", path, objects)
        return name


def _json_type(value: object) -> str:
    """How the type of a JSON value is written in Python; `object`, `array` and `null` are kept."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float() | Decimal():
            return "Number"
        case str():
            return "str"
        case list():
            return "array"
    return "object"


def _keys(value: object) -> Iterator[str]:
    """Every key of every object in a JSON value."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _keys(child)

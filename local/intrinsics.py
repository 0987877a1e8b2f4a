"""Intrinsics: what CloudFormation computes when it reads a template."""

import re
from collections.abc import Callable, Mapping

from local.errors import LaptopError
from local.json_value import Json

_NOTHING = object()
"""What `Ref: AWS::NoValue` gives: the property is as if it was not there."""


class Intrinsics:
    """Resolves a template's functions. `attribute` gives a resource's attribute, or its Ref."""

    def __init__(self, pseudo: Mapping[str, str], attribute: Callable[[str, str], str]) -> None:
        self._pseudo = pseudo
        self._attribute = attribute

    def resolve(self, value: Json) -> Json:
        """The value with every function in it computed. Raises LaptopError where one is unknown."""
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if _is_call(value):
            [(function, argument)] = value.items()
            return self._call(function, argument)
        resolved = {key: self.resolve(one) for key, one in value.items()}
        return {key: one for key, one in resolved.items() if one is not _NOTHING}

    def _call(self, function: str, argument: Json) -> Json:  # noqa: PLR0911 - one a function
        match function, self.resolve(argument):
            case "Ref", str(name):
                return self._ref(name)
            case "Fn::GetAtt", [str(logical_id), str(name)]:
                return self._attribute(logical_id, name)
            case "Fn::Join", [str(between), list(parts)]:
                return between.join(parts)
            case "Fn::Select", [(int() | str()) as index, list(choices)]:
                return choices[int(index)]
            case "Fn::Split", [str(between), str(text)]:
                return text.split(between)
            case "Fn::Sub", str(text):
                return self._substitute(text, {})
            case "Fn::Sub", [str(text), dict(variables)]:
                return self._substitute(text, variables)
        raise LaptopError(f"{function} is not known to the laptop run in this form.")

    def _ref(self, name: str) -> Json:
        if name == "AWS::NoValue":
            return _NOTHING
        return self._pseudo[name] if name in self._pseudo else self._attribute(name, "Ref")

    def _substitute(self, text: str, variables: Mapping[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in variables:
                return variables[name]
            logical_id, dot, attribute = name.partition(".")
            return str(self._attribute(logical_id, attribute) if dot else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)


def _is_call(value: Mapping[str, Json]) -> bool:
    names = list(value)
    return len(names) == 1 and (names[0] == "Ref" or names[0].startswith("Fn::"))

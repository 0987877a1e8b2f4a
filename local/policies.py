"""Resource policies: may a service do something to a queue or a function?"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Operator = Literal["ArnEquals", "ArnLike", "Bool", "StringEquals", "StringLike"]
Text = str | bool | list[str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=str.capitalize)


class Statement(_Part):
    """A statement of a policy, with the conditions that the laptop run can judge."""

    sid: str = ""
    effect: Literal["Allow", "Deny"]
    principal: Literal["*"] | dict[Literal["Service", "AWS"], Text]
    action: Text
    resource: Text = "*"
    condition: dict[Operator, dict[str, Text]] = Field(default_factory=dict)


class Policy(_Part):
    """A resource policy."""

    version: Literal["2012-10-17"] = "2012-10-17"
    statement: list[Statement]


def allows(
    statements: Iterable[Statement],
    *,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    """Whether a service may do the action: one statement allows it, and none denies it."""
    effects = {
        statement.effect
        for statement in statements
        if _is_about_service(statement, service)
        and _any_like(statement.action, action)
        and _any_like(statement.resource, resource)
        and _holds(statement, context)
    }
    return effects == {"Allow"}


def _is_about_service(statement: Statement, service: str) -> bool:
    principal = statement.principal
    if isinstance(principal, str):
        return True
    return principal == {"AWS": "*"} or service in _texts(principal.get("Service", []))


def _holds(statement: Statement, context: Mapping[str, str]) -> bool:
    return all(
        _condition_holds(operator, wanted, context.get(key))
        for operator, tests in statement.condition.items()
        for key, wanted in tests.items()
    )


def _condition_holds(operator: Operator, wanted: Text, value: str | None) -> bool:
    if value is None:
        return False
    if operator.startswith("Arn"):
        return any(_arn_like(one, value) for one in _texts(wanted))
    if operator == "StringLike":
        return _any_like(wanted, value)
    return value in _texts(wanted)


def _texts(value: Text) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else one for one in values]


def _any_like(wanted: Text, value: str) -> bool:
    return any(_like(one, value) for one in _texts(wanted))


def _arn_like(wanted: str, arn: str) -> bool:
    """Part by part of the six that an ARN has, so that no `*` goes from one part into the next."""
    wanted_parts, parts = wanted.split(":", 5), arn.split(":", 5)
    return len(wanted_parts) == len(parts) and all(map(_like, wanted_parts, parts))


def _like(wanted: str, value: str) -> bool:
    expression = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None

"""What the roles of the functions are allowed to do."""

from typing import Any

from tests.infrastructure.template import Template, listed, readable


def permissions(template: Template) -> dict[str, list[str]]:
    policies = template.statements("IAM::Policy")
    return {
        name: allowed(policies[readable(function["Role"])])
        for name, function in template.all("Lambda::Function").items()
    }


def allowed(statements: list[dict[str, Any]]) -> list[str]:
    return sorted(
        f"{action} on {readable(resource)}{through}"
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        for through in via(statement)
    )


def via(statement: dict[str, Any]) -> list[str]:
    """The one condition that a statement of ours may have: which services ask."""
    match statement.get("Condition"):
        case None:
            return [""]
        case {"StringEquals": {"kms:ViaService": services}}:
            names = [readable(service) for service in listed(services)]
            return [f" via {name.removesuffix('.AWS::Region.amazonaws.com')}" for name in names]
    raise AssertionError(f"another condition: {statement}")

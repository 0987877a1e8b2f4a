"""What cfn-lint finds in a template, once for the same template."""

import json

from tests.infrastructure.template import Template
from tests.support.stored import stored


def linted(template: Template) -> list[str]:
    """Return the rule and the message of each finding."""
    text = json.dumps(template.document)

    def lint() -> list[str]:
        # It takes seconds to import, and most runs find everything stored.
        from cfnlint.api import lint  # type: ignore[import-untyped]  # noqa: PLC0415

        return [f"{found.rule.id} {found}" for found in lint(text)]

    return list(stored("lint", [text.encode()], ["cfn-lint"], lint))

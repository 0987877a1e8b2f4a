"""What an event type may be called: it is an EventBridge detail-type and a part of a URL."""

import re
from typing import Annotated

from pydantic import WithJsonSchema

TYPE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")

TYPE_PATTERN = f"^{TYPE_NAME.pattern}$"
"""The same, as JSON Schema has it."""

TypeName = Annotated[str, WithJsonSchema({"type": "string", "pattern": TYPE_PATTERN})]
"""A field of a body with the event's type. It is checked when all of the body is read."""

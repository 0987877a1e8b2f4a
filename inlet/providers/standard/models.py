"""The body of a Standard Webhooks message. The specification recommends its form, no more."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from inlet.type_name import TypeName


class Message(BaseModel):
    """A message: its type says where it goes, and is the only field that must be there."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    type: TypeName
    """Names such as `invoice.paid`."""
    timestamp: Any = None
    """When it happened, in ISO 8601; when it was sent is in a header."""
    data: Any = None
    """What the event is about; its `id`, where it has one, names the subject."""

"""The body of a Standard Webhooks message. The specification recommends its form, no more."""

from typing import Any

from inlet.instant import Time
from inlet.model import Open, Sensitive
from inlet.type_name import TypeName


class Message(Open):
    """A message: its type says where it goes, and is the only field that must be there."""

    type: TypeName
    """Names such as `invoice.paid`."""
    timestamp: Time = None
    """When it happened, in ISO 8601; when it was sent is in a header."""
    data: Sensitive[Any] = None
    """What the event is about; its `id`, where it has one, names the subject."""

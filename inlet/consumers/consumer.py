"""What a consumer is: a frozen value that says which events it takes and when a human looks."""

from dataclasses import dataclass

from inlet.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """When a human should look, and the plain sentence they then read.

    It holds for events of `types`, whose `field` has one of `values`, and with a flag that
    begins with `flag`; what is left empty holds for all. The sentence may name `{id}` (of the
    subject), `{provider}`, `{type}`, `{value}` (of the field) and `{flags}`.
    """

    sentence: str
    types: frozenset[str] = frozenset()
    field: str | None = None
    values: frozenset[str | bool] = frozenset()
    flag: str | None = None

    def holds(self, event: Event) -> bool:
        """Whether a human should look at this event."""
        metadata = event.metadata
        return (
            (not self.types or metadata.event_type in self.types)
            and (self.field is None or self._value(event) in self.values)
            and (self.flag is None or any(flag.startswith(self.flag) for flag in metadata.flags))
        )

    def _value(self, event: Event) -> str | bool | None:
        """The field's value, where it is of a kind that can be listed."""
        value = event.data.get(self.field or "")
        return value if isinstance(value, str | bool) else None

    def about(self, event: Event) -> str:
        """The sentence about this event."""
        metadata = event.metadata
        return self.sentence.format(
            id=metadata.subject.split("/", 2)[2],
            provider=metadata.provider.capitalize(),
            type=metadata.event_type,
            value=self._value(event),
            flags=", ".join(metadata.flags),
        )


MAX_STATUS_LENGTH = 128
"""Characters of a status; a longer text is none, and would outgrow the timeline's items."""

UNKNOWN_VALUE = Attention(
    flag="unknown-value:",
    sentence=(
        "{provider} sent {type} about {id} with a value that its documents do not list ({flags})."
        " It was accepted. Ask {provider} what the value means, then add it to the models."
    ),
)
"""Every consumer's last rule: a documented field had a value that nobody documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A taker of events of some kinds; its Lambda function and its queue are named after it.

    `status_field` is the field of a body that says what state its subject is in; where a body
    has none, the event's type says it. `attention` is tried in order, and the first that holds
    is told.
    """

    name: str
    kinds: frozenset[str]
    attention: tuple[Attention, ...] = (UNKNOWN_VALUE,)
    status_field: str | None = None

    def status(self, event: Event) -> str:
        """The state that the event puts its subject in."""
        value = event.data.get(self.status_field) if self.status_field else None
        if isinstance(value, str) and len(value) <= MAX_STATUS_LENGTH:
            return value
        return event.metadata.event_type

    def sentence(self, event: Event) -> str | None:
        """What a human should be told about the event, None where nobody needs to look."""
        return next((a.about(event) for a in self.attention if a.holds(event)), None)

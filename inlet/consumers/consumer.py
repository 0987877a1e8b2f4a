"""What a consumer is: a frozen value that says which events it takes and when a human looks."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from inlet.event import Event
from inlet.subject import NO_SUBJECT_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """When a human should look, and the plain sentence they then read.

    It holds for events of `types`, whose `field` has one of `values`, and with a flag that
    begins with `flag`; what is left empty holds for all. The sentence may name `{id}` (of the
    subject), `{provider}`, `{type}`, `{value}` (of the field), `{flags}`, and `{flagged}`, the
    rest of the flag that begins with `flag`.
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
        flag = self.flag or ""
        return self.sentence.format(
            id=metadata.subject.split("/", 2)[2],
            provider=metadata.provider.capitalize(),
            type=metadata.event_type,
            value=self._value(event),
            flags=", ".join(metadata.flags),
            flagged=next((f.removeprefix(flag) for f in metadata.flags if f.startswith(flag)), ""),
        )


BEGIN = "begin"
"""What a life cycle calls the time before a subject's first status."""

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

CONFLICT = Attention(
    sentence=(
        "{provider} sent {type} about {id} with an event id that it had used for another content."
        " Both are stored: inlet timeline shows the second one as a conflict, which does not change"
        " the state. Ask {provider} which one is right."
    ),
)
"""Every consumer's notice about a second content under one event id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A taker of events of some kinds; its Lambda function and its queue are named after it.

    `status_field` is the field of a body that says what state its subject is in; where a body
    has none, the event's type says it. `attention` is tried in order, and the first that holds
    is told. `life_cycle` has each status with each that may follow it, from `BEGIN` on; it is
    empty where no order of them is known.
    """

    name: str
    kinds: frozenset[str]
    attention: tuple[Attention, ...] = (UNKNOWN_VALUE,)
    status_field: str | None = None
    life_cycle: frozenset[tuple[str, str]] = frozenset()

    def status(self, event: Event) -> str:
        """The state that the event puts its subject in."""
        value = event.data.get(self.status_field) if self.status_field else None
        if isinstance(value, str) and len(value) <= MAX_STATUS_LENGTH:
            return value
        return event.metadata.event_type

    def is_step(self, event: Event) -> bool:
        """Whether the event is a step in a life cycle. One that is about itself leads nowhere."""
        return bool(self.life_cycle) and NO_SUBJECT_ID not in event.metadata.flags

    def flags(self, statuses: Iterable[str]) -> tuple[str, ...]:
        """A flag for each transition that the life cycle does not have, once.

        The transition counts all the same: the next one is from where it led. A status that the
        life cycle does not name is passed over.
        """
        named = {after for _, after in self.life_cycle}
        transitions = pairwise([BEGIN, *(status for status in statuses if status in named)])
        return tuple(
            dict.fromkeys(
                f"unexpected-transition:{before}>{after}"
                for before, after in transitions
                if (before, after) not in self.life_cycle
            )
        )

    def sentence(self, event: Event) -> str | None:
        """What a human should be told about the event, None where nobody needs to look."""
        return next((a.about(event) for a in self.attention if a.holds(event)), None)

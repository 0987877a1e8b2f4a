"""Consume: the journey of an event, from its queue to the timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.consumer.attention import AttentionTopic
from functions.consumer.timeline import Entry, Timeline
from inlet.consumers.consumer import CONFLICT, Consumer
from inlet.content_hash import same_content
from inlet.event import Event
from inlet.provider import Provider
from inlet.replay import tells_humans


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """What an event passes on its way."""

    providers: Mapping[str, Provider]
    timeline: Timeline
    attention: AttentionTopic


def consume(
    event: Event,
    detail: str,
    consumer: Consumer,
    stations: Stations,
    replay: str | None = None,
) -> bool:
    """Write entry, state and attention, in this order. Safe to run again after any of them.

    `detail` is the event's own text: unlike `event`, it has every digit of the numbers.

    An entry that exists already means continue, not stop: the run that wrote it may have died.
    In a replay, it is written anew as this consumer sees it now, once per replay.
    Where the event is a step in a life cycle, the state is made of all entries that are there now.
    Where another content has the event's id, the event is stored beside it, and changes no state.
    False where the event is nowhere, because its subject was forgotten after it was received.
    """
    timeline = stations.timeline
    sentence = consumer.sentence(event)
    rank = _rank(event, stations.providers)
    own = Entry.of(
        event,
        consumer,
        detail=detail,
        rank=rank,
        needs_attention=bool(sentence and tells_humans(replay)),
    )
    entry = timeline.rewrite(own, replay) if replay else timeline.enter(own)
    if not same_content(entry.content_hash, own.content_hash):
        if timeline.is_forgotten(entry):
            timeline.erase(entry)
            return consume(event, detail, consumer, stations, replay)
        sentence = CONFLICT.about(event)
        attention = "pending" if tells_humans(replay) else "none"
        own = replace(own, is_conflict=True, attention=attention)
        entry = timeline.rewrite(own, replay) if replay else timeline.enter(own)
    if entry.is_conflict:
        is_remembered = not timeline.is_forgotten(entry)
    elif consumer.is_step(event):
        is_remembered = timeline.fold(entry, consumer.flags)
    else:
        is_remembered = timeline.advance(entry)
    if not is_remembered:
        timeline.erase(entry)
        # An entry from before may have stood where the event of today belongs.
        return entry.received_at != own.received_at and consume(
            event, detail, consumer, stations, replay
        )
    if sentence and tells_humans(replay) and entry.attention == "pending":
        stations.attention.send(sentence, event, consumer)
        timeline.mark_sent(entry)
    return True


def _rank(event: Event, providers: Mapping[str, Provider]) -> int:
    """The rank of the event's type; 0 where the stage does not know it, or not any more."""
    provider = providers.get(event.metadata.provider)
    known = provider.catalogue.get(event.metadata.event_type) if provider else None
    return known.rank if known else 0

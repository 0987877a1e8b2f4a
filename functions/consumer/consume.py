"""Consume: the journey of an event, from its queue to the timeline."""

from dataclasses import dataclass

from functions.consumer.attention import AttentionTopic
from functions.consumer.timeline import Entry, Timeline
from inlet.consumers.consumer import Consumer
from inlet.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    """What an event passes on its way."""

    timeline: Timeline
    attention: AttentionTopic


def consume(event: Event, consumer: Consumer, stations: Stations) -> None:
    """Write entry, state and attention, in this order. Safe to run again after any of them.

    An entry that exists already means continue, not stop: the run that wrote it may have died.
    """
    sentence = consumer.sentence(event)
    entry = stations.timeline.enter(Entry.of(event, consumer, needs_attention=sentence is not None))
    stations.timeline.advance(entry)
    if sentence and entry.attention == "pending":
        stations.attention.send(sentence, event, consumer)
        stations.timeline.mark_sent(entry)

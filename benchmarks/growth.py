"""How costs grow: of a message with batch and timeline, of a start with the catalogue."""

import statistics
import uuid
from copy import deepcopy
from dataclasses import replace
from typing import Any

from benchmarks.candidates import CONSUMER, PROJECT, batch, consumer, ingest, request
from benchmarks.measured import Figures, Laboratory, Life
from infrastructure.bundle import Builder
from infrastructure.stages import DEV
from inlet.operations.samples import read
from inlet.provider import EventType
from inlet.providers import PROVIDERS

CALLS = 7


def batch_figures(builder: Builder, laboratory: Laboratory) -> Figures:
    """A message, by how many come at once, and the start of a consumer."""
    with laboratory.life(consumer(builder)) as life:
        figures = {"a consumer's start-up": life.used()}
        for size in (1, 10, 100):
            figures[f"a message, {size} at once"] = (
                statistics.median(
                    life.call(batch(_events("marosa/DOCUMENT_STATUS_CHANGED", size)), says=b"[]")
                    for _ in range(CALLS)
                )
                / size
            )
    return figures


def timeline_figures(builder: Builder, laboratory: Laboratory) -> Figures:
    """A message, by how many entries its subject has: of a document, and of a life cycle."""
    figures = {}
    for name, kind in (
        ("marosa/DOCUMENT_STATUS_CHANGED", "documents"),
        ("digiteal/TRANSFER_CREATED", "transfers"),
    ):
        settings = CONSUMER.model_copy(update={"consumer": kind})
        with laboratory.life(consumer(builder, settings)) as life:
            for entries in (1, 100, 10_000):
                _fill(laboratory, life, name, entries)
                figures[f"a message of {kind}, {entries} entries before it"] = statistics.median(
                    life.call(batch(_events(name, 1)), says=b"[]") for _ in range(3)
                )
    return figures


def catalogue_figures(builder: Builder, laboratory: Laboratory) -> Figures:
    """A start and a delivery, by how many types the stage knows beyond the catalogues."""
    figures = {}
    for count in (0, 30, 150):
        kinds = EventType("A type.", kind="document", rank=1)
        types = {"standard": {f"made.up.{n}": kinds for n in range(count)}}
        stage = replace(DEV, types=types)
        stage.check(PROVIDERS)
        with laboratory.life(ingest(builder, stage=stage)) as life:
            figures[f"ingest's start-up, {count} types more"] = life.used()
            figures[f"a delivery, {count} types more"] = statistics.median(
                life.call(request(str(uuid.uuid4())), says=b"202") for _ in range(CALLS)
            )
    return figures


def _events(name: str, count: int) -> list[dict[str, Any]]:
    sample = read(PROJECT / "events" / f"{name}.json").event
    made = []
    for _ in range(count):
        event = deepcopy(dict(sample or {})["detail"])
        event["metadata"]["eventId"] = str(uuid.uuid4())
        made.append(event)
    return made


def _fill(laboratory: Laboratory, life: Life, name: str, entries: int) -> None:
    """Let the subject of a sample have so many entries, all like the one that it makes."""
    laboratory.stub.tables.clear()
    life.call(batch(_events(name, 1)), says=b"[]")
    table = laboratory.stub.tables["timeline"]
    (entry,) = (item for item in table.values() if item["sk"]["S"] != "state")
    for _ in range(entries - 1):
        sort_key = f"event#{uuid.uuid4()}"
        table[entry["pk"]["S"], sort_key] = {**entry, "sk": {"S": sort_key}}

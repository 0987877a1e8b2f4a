"""Guards: what is left to do before a provider is whole, a sentence each."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inlet.consumers import consumer_of
from inlet.operations.samples import Sample
from inlet.provider import Provider

Registry = Mapping[str, Provider]


def not_registered(folder: Path, registry: Registry) -> Iterator[str]:
    """Folders of providers that nothing is received from."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != "__pycache__" and path.name not in registry:
            yield (
                f"inlet/providers/{path.name} is not registered: add its provider to the registry"
                " in inlet/providers/__init__.py."
            )


def not_decided(folder: Path) -> Iterator[str]:
    """What was left for a person to decide."""
    for file in sorted(folder.glob("*/*.py")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if "TODO" in line:
                path = f"inlet/providers/{file.parent.name}/{file.name}"
                yield f"{path}, line {number}, is left to decide: {line.strip()}"


def not_sampled(registry: Registry, samples: Iterable[Sample]) -> Iterator[str]:
    """Providers and types of which nothing shows what they send."""
    names = {(sample.provider, sample.name) for sample in samples}
    for provider in registry.values():
        if provider.name not in {name for name, _ in names}:
            yield (f"{provider.name} has no samples: record a delivery in events/{provider.name}.")
        for event_type in provider.catalogue:
            if (provider.name, event_type) not in names:
                yield (
                    f"{event_type} of {provider.name} has no sample: record one in"
                    f" events/{provider.name}/{event_type}.json."
                )


def not_of_a_provider(registry: Registry, samples: Iterable[Sample]) -> Iterator[str]:
    """Samples that nobody sends."""
    for sample in samples:
        if sample.provider not in registry:
            yield f"events/{sample.provider}/{sample.name}.json is of no registered provider."


def not_taken(registry: Registry) -> Iterator[str]:
    """Types whose events would go nowhere."""
    for provider in registry.values():
        for event_type, known in provider.catalogue.items():
            try:
                consumer_of(known.kind)
            except LookupError as error:
                yield f"{event_type} of {provider.name} goes nowhere: {error}."
            if known.kind not in provider.models:
                yield f"{event_type} of {provider.name} has no model: add {known.kind!r} to models."


def not_finished(samples: Iterable[Sample]) -> Iterator[str]:
    """Samples that have one end of the journey only."""
    for sample in samples:
        file = f"events/{sample.provider}/{sample.name}.json"
        if not sample.answer:
            yield f"{file} has no answer: write what it should be answered."
        elif sample.answer["body"].get("status") == "accepted" and sample.event is None:
            yield f"{file} has no event: it is accepted, so write what goes on the bus."

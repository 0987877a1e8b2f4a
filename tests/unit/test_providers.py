"""The registry of providers, and their catalogues."""

from collections import Counter

import pytest

from inlet.consumers import CONSUMERS, consumer_of
from inlet.providers import PROVIDERS


def test_each_provider_has_the_routes_that_the_docs_give_it() -> None:
    assert {name: provider.routes for name, provider in PROVIDERS.items()} == {
        "marosa": ("/webhooks/marosa",),
        "digiteal": ("/webhooks/digiteal", "/webhooks/digiteal/{type}"),
    }


def test_the_catalogues_hold_so_many_types_of_each_kind() -> None:
    kinds = {
        name: Counter(known.kind for known in provider.catalogue.values())
        for name, provider in PROVIDERS.items()
    }
    assert kinds == {
        "marosa": {"document": 1, "invoice": 1},
        "digiteal": {
            "company": 8 + 2,
            "person": 8,
            "invoice": 8,
            "customer": 2,
            "payment": 10 + 3,
            "autopay": 5,
            "transfer": 6,
            "terminal": 2,
            "mandate": 1,
            "card": 2,
            "document": 9,
        },
    }


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_no_two_types_of_a_kind_have_the_same_rank(provider: object) -> None:
    ranks = [(known.kind, known.rank) for known in provider.catalogue.values()]  # type: ignore[attr-defined]
    assert len(ranks) == len(set(ranks))


def test_every_kind_has_exactly_one_consumer() -> None:
    taken = [kind for consumer in CONSUMERS.values() for kind in consumer.kinds]
    assert len(taken) == len(set(taken))
    catalogued = {k.kind for p in PROVIDERS.values() for k in p.catalogue.values()}
    assert {kind: consumer_of(kind).name for kind in catalogued | {"unrecognised"}} == {
        "document": "documents",
        "invoice": "invoices",
        "company": "companies",
        "terminal": "companies",
        "person": "persons",
        "customer": "customers",
        "payment": "payments",
        "card": "payments",
        "mandate": "payments",
        "autopay": "autopay",
        "transfer": "transfers",
        "unrecognised": "unrecognised",
    }


def test_a_kind_that_no_consumer_takes_is_named() -> None:
    with pytest.raises(LookupError, match="no consumer takes the kind 'parcel'"):
        consumer_of("parcel")

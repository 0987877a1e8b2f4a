"""The registry of providers, and their catalogues."""

from collections import Counter

import pytest

from inlet.consumers import CONSUMERS, consumer_of
from inlet.provider import Provider
from inlet.providers import PROVIDERS

THREE = ("marosa", "digiteal", "standard")
"""Those that Inlet brings; a repository that takes it in adds its own."""


def test_each_provider_has_the_routes_that_the_docs_give_it() -> None:
    assert {name: PROVIDERS[name].routes for name in THREE} == {
        "marosa": ("/webhooks/marosa",),
        "digiteal": ("/webhooks/digiteal", "/webhooks/digiteal/{type}"),
        "standard": ("/webhooks/standard",),
    }
    assert {name: PROVIDERS[name].oauth2_routes for name in THREE} == {
        "marosa": ("/oauth2/marosa",),
        "digiteal": ("/oauth2/digiteal", "/oauth2/digiteal/{type}"),
        "standard": ("/oauth2/standard",),
    }


def test_the_catalogues_hold_so_many_types_of_each_kind() -> None:
    kinds = {
        name: Counter(known.kind for known in PROVIDERS[name].catalogue.values()) for name in THREE
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
        "standard": {},
    }


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_every_provider_has_a_model_for_types_that_nobody_knows(provider: Provider) -> None:
    assert "unrecognised" in provider.models


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_no_two_types_of_a_kind_have_the_same_rank(provider: Provider) -> None:
    ranks = [(known.kind, known.rank) for known in provider.catalogue.values()]
    assert len(ranks) == len(set(ranks))


def test_every_kind_has_exactly_one_consumer() -> None:
    taken = [kind for consumer in CONSUMERS.values() for kind in consumer.kinds]
    assert len(taken) == len(set(taken))
    catalogued = {k.kind for name in THREE for k in PROVIDERS[name].catalogue.values()}
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
    with pytest.raises(LookupError, match="no consumer takes the kind 'nothing'"):
        consumer_of("nothing")

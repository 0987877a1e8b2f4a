"""The door's OpenAPI document is valid, and says what providers, models and refusals say."""

import json
from typing import Any

import pytest
import schemathesis

from inlet.operations.openapi import openapi
from local import door
from local.authorizer import FORBIDDEN, UNAUTHORIZED
from local.http_api import Response

DOCUMENT = openapi()


def operation(path: str) -> dict[str, Any]:
    """What may be posted to a path."""
    return dict(DOCUMENT["paths"][path]["post"])


def test_it_is_valid() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    assert DOCUMENT["openapi"] == "3.1.0"


def test_it_has_every_route() -> None:
    assert {path for path, methods in DOCUMENT["paths"].items() if list(methods) == ["post"]} >= {
        "/webhooks/marosa",
        "/oauth2/marosa",
        "/webhooks/digiteal",
        "/webhooks/digiteal/{type}",
        "/oauth2/digiteal",
        "/oauth2/digiteal/{type}",
        "/webhooks/standard",
        "/oauth2/standard",
    }
    assert operation("/oauth2/marosa")["summary"] == (
        "Receive an event of marosa, where the stage has OAuth2 for it"
    )


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/webhooks/marosa", "202 400 401 404 409 413 415 422 429 500 503"),
        ("/oauth2/marosa", "202 400 401 403 404 409 413 415 422 429 500 503"),
        ("/webhooks/digiteal", "400 401 404 413 415 422 429 500 503"),
        ("/webhooks/digiteal/{type}", "202 400 401 404 409 413 415 422 429 500 503"),
    ],
)
def test_it_has_every_answer(path: str, statuses: str) -> None:
    assert list(operation(path)["responses"]) == statuses.split()


def test_inlets_own_answers_and_api_gateways_are_kept_apart() -> None:
    unavailable = operation("/webhooks/marosa")["responses"]["503"]
    assert unavailable["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Unavailable"}},
        "application/json": {"schema": {"$ref": "#/components/schemas/Gateway503"}},
    }
    assert unavailable["headers"]["retry-after"] == {
        "required": False,
        "schema": {"type": "string", "examples": ["30"]},
    }


@pytest.mark.parametrize(
    "answer",
    [
        door.NOT_FOUND,
        door.TOO_LARGE,
        door.TOO_MANY,
        door.FAILED,
        door.UNAVAILABLE,
        UNAUTHORIZED,
        FORBIDDEN,
    ],
    ids=lambda answer: answer.status,
)
def test_api_gateways_answers_are_those_of_the_laptops_door(answer: Response) -> None:
    schema = DOCUMENT["components"]["schemas"][f"Gateway{answer.status}"]
    assert {"message": schema["properties"]["message"]["const"]} == json.loads(answer.body)


def test_a_refusal_has_its_title_and_status() -> None:
    assert DOCUMENT["components"]["schemas"]["IdReused"] == {
        "description": "The event id was seen before with another body.",
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {
            "title": {"const": "The event id was used for another body"},
            "status": {"const": 409},
        },
    }


def test_a_type_in_the_path_is_a_name_that_inlet_can_publish() -> None:
    assert operation("/webhooks/digiteal/{type}")["parameters"] == [
        {
            "name": "type",
            "in": "path",
            "required": True,
            "description": "The event type, as the provider calls it.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,128}$"},
        }
    ]


def test_headers_that_a_provider_must_send_are_required() -> None:
    def required(path: str) -> list[str]:
        return [p["name"] for p in operation(path)["parameters"] if p["required"]]

    assert required("/webhooks/standard") == [
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ]
    assert required("/oauth2/standard") == ["webhook-id"]
    assert required("/webhooks/marosa") == []


def test_any_one_of_a_providers_ways_to_prove_itself_is_enough() -> None:
    assert operation("/webhooks/digiteal")["security"] == [{"basic": []}, {"apiKey": []}]
    assert operation("/webhooks/standard")["security"] == [{"signing": []}]
    assert operation("/oauth2/standard")["security"] == [{"oauth2": []}]
    assert list(DOCUMENT["components"]["securitySchemes"]) == [
        "basic",
        "apiKey",
        "signing",
        "oauth2",
    ]


def test_a_body_is_what_the_models_say_and_may_have_more() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    notification = schemas["MarosaNotification"]
    assert notification["required"] == ["eventId", "eventType"]
    assert notification["additionalProperties"] is True
    assert notification["properties"]["eventType"]["pattern"] == "^[A-Za-z0-9_.-]{1,128}$"
    assert "title" not in notification["properties"]["eventType"]


def test_where_models_differ_each_says_of_which_types_it_is() -> None:
    body = operation("/webhooks/digiteal/{type}")["requestBody"]["content"]["application/json"]
    assert {
        "$ref": "#/components/schemas/DigitealCustomer",
        "description": "Of CUSTOMER_OPTIN, CUSTOMER_OPTOUT.",
    } in body["schema"]["anyOf"]
    assert {
        "$ref": "#/components/schemas/DigitealBody",
        "description": "Of any type not listed.",
    } in body["schema"]["anyOf"]

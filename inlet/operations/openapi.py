"""OpenAPI: what may be sent to the door, and every answer to it, for people and tools."""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from inlet.authentication import CredentialKind
from inlet.provider import UNRECOGNISED, Provider
from inlet.providers import PROVIDERS
from inlet.refusals import Forgotten, IdReused, NoType, Refusal
from inlet.type_name import TYPE_PATTERN

if TYPE_CHECKING:
    from pydantic import BaseModel

Object = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"

REFUSALS = [refusal for refusal in Refusal.__subclasses__() if refusal is not Forgotten]
"""Every no that a sender can be told: a release alone is told of what was forgotten."""

HEAD: Object = {
    "openapi": "3.1.0",
    "info": {
        "title": "Inlet's door",
        "version": version("inlet"),
        "description": (
            "Where providers send their webhooks. A 202 means custody; a 4xx is final; after a 429"
            " or a 5xx the sender should come again. What Inlet itself refuses is"
            " application/problem+json; what is application/json with a message is API Gateway's"
            " own, which Inlet has not seen. Written by `inlet openapi`."
        ),
    },
    "servers": [
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com",
            "description": "A deployed stage: its outputs are the URLs of the routes.",
            "variables": {"api": {"default": "api"}, "region": {"default": "eu-west-1"}},
        },
        {"url": "http://127.0.0.1:8080", "description": "The laptop run."},
    ],
}

RECEIPT: Object = {
    "type": "object",
    "description": "The delivery is in custody.",
    "required": ["eventId", "status"],
    "properties": {
        "eventId": {"type": "string", "minLength": 1},
        "status": {"type": "string", "enum": ["accepted", "duplicate"]},
    },
}

PROBLEM_DETAILS: Object = {
    "type": "object",
    "description": "An RFC 9457 problem. It quotes nothing of what was sent.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, in a sentence or two."},
        "instance": {"type": "string", "description": "The request's id, to ask about it."},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {
                    "field": {"type": "string", "description": "A dotted path."},
                    "problem": {"type": "string"},
                },
            },
        },
    },
}

GATEWAY = {
    404: ("Not Found", "no route has this path and method"),
    413: ("Request Entity Too Large", "over 10 MB, or more than Lambda takes"),
    429: ("Too Many Requests", "more requests than the stage's throttling lets in"),
    500: ("Internal Server Error", "Lambda failed, or was throttled"),
    503: ("Service Unavailable", "Lambda took too long, or is not to be reached"),
}
"""What API Gateway answers by itself: by status, its message and when that is."""

AUTHORIZER = {
    401: ("Unauthorized", "no token, or not a good one"),
    403: ("Forbidden", "a good token with none of the scopes"),
}
"""The same of the authorizer that stands before the routes of OAuth2."""

MESSAGES = GATEWAY | AUTHORIZER

SCHEMES: Mapping[CredentialKind | Literal["oauth2"], Object] = {
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "A user and a password of the provider's secret.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "A key of the provider's secret, in the header that the secret names.",
    },
    "signing": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": (
            "A signature of the request by a signing secret of the provider's, in its own header:"
            " what it is made of stands there."
        ),
    },
    "oauth2": {
        "type": "oauth2",
        "description": "A token of the issuer that the stage names, which says where to get it.",
        "flows": {
            "clientCredentials": {"tokenUrl": "https://issuer.example/inlet/token", "scopes": {}}
        },
    },
}


class Untitled(GenerateJsonSchema):
    """JSON Schema without a title for each field, which would say its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's
        """Never."""
        return False


def openapi() -> Object:
    """The document of every route of every provider."""
    paths: Object = {}
    schemas: Object = {
        "Receipt": RECEIPT,
        "Problem": PROBLEM_DETAILS,
        **{refusal.__name__: _problem(refusal) for refusal in REFUSALS},
        **{_message_name(status): _message(text) for status, (text, _) in MESSAGES.items()},
    }
    for provider in PROVIDERS.values():
        schemas |= _models(provider)
        for path in provider.routes + provider.oauth2_routes:
            paths[path] = {"post": _operation(provider, path)}
    return HEAD | {
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SCHEMES},
    }


def _operation(provider: Provider, path: str) -> Object:
    proof = provider.authentication
    by_token = path in provider.oauth2_routes
    takes = _takes_custody(provider, path)
    where = ", where the stage has OAuth2 for it" if by_token else ""
    answers = _answers(_refusals(provider, path), MESSAGES if by_token else GATEWAY)
    if takes:
        answers = {"202": _answer("In custody.", JSON, "Receipt")} | answers
    return {
        "operationId": re.sub(r"\W+", "-", path).strip("-"),
        "tags": [provider.name],
        "summary": f"Receive an event of {provider.name}{where}",
        "security": [{scheme: []} for scheme in (["oauth2"] if by_token else proof.kinds)],
        "parameters": [*_parameters(provider, path, {} if by_token else proof.headers)],
        "requestBody": {
            "required": True,
            "description": (
                "Any content type that ends in +json is accepted, and so is none. The body must not"
                " have a content encoding."
            ),
            "content": {JSON: {"schema": _body(provider) if takes else {"type": "object"}}},
        },
        "responses": answers,
    }


def _parameters(
    provider: Provider, path: str, headers: Mapping[str, Mapping[str, str]]
) -> Iterator[Object]:
    if "{type}" in path:
        yield {
            "name": "type",
            "in": "path",
            "required": True,
            "description": "The event type, as the provider calls it.",
            "schema": {"type": "string", "pattern": TYPE_PATTERN},
        }
    if provider.id_headers:
        name = provider.id_headers[0]  # its description names the alternatives
        event_id = provider.authentication.headers.get(name, {"type": "string"})
        headers = {name: event_id, **headers}
    for name, schema in headers.items():
        yield {"name": name, "in": "header", "required": True, "schema": schema}


def _takes_custody(provider: Provider, path: str) -> bool:
    """Whether anything can be accepted there: not without the type, where the path must have it."""
    return "{type}" in path or not provider.type_in_path


def _refusals(provider: Provider, path: str) -> Iterator[type[Refusal]]:
    never = NoType if _takes_custody(provider, path) else IdReused
    return (refusal for refusal in REFUSALS if refusal is not never)


def _answers(
    refusals: Iterator[type[Refusal]], gateway: Mapping[int, tuple[str, str]]
) -> dict[str, Object]:
    """Every answer but 202, by status: Inlet's own refusals, and what API Gateway says instead."""
    answers: dict[int, Object] = {}
    for refusal in refusals:
        answers[refusal.status] = _answer(refusal.__doc__ or "", PROBLEM, refusal.__name__)
        if refusal.headers:
            answers[refusal.status]["headers"] = {
                name: {
                    # API Gateway's own answer of this status has another, or none.
                    "required": refusal.status not in gateway,
                    "schema": {"type": "string", "examples": [value]},
                }
                for name, value in refusal.headers.items()
            }
    for status, (_, when) in gateway.items():
        own = _answer(f"API Gateway: {when}.", JSON, _message_name(status))
        refused = answers.get(status, {"description": "", "content": {}})
        answers[status] = refused | {
            "description": f"{refused['description']} {own['description']}".strip(),
            "content": refused["content"] | own["content"],
        }
    return {str(status): answers[status] for status in sorted(answers)}


def _answer(description: str, content_type: str, schema: str) -> Object:
    return {
        "description": description,
        "content": {content_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _problem(refusal: type[Refusal]) -> Object:
    return {
        "description": refusal.__doc__,
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"title": {"const": refusal.title}, "status": {"const": refusal.status}},
    }


def _message_name(status: int) -> str:
    return f"Gateway{status}"


def _message(text: str) -> Object:
    return {
        "type": "object",
        "description": "API Gateway's own answer.",
        "required": ["message"],
        "properties": {"message": {"const": text}},
    }


def _models(provider: Provider) -> Object:
    """The schemas of a provider's models, under its name."""
    models = dict.fromkeys(provider.models.values())
    _, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=f"#/components/schemas/{provider.name.capitalize()}{{model}}",
        schema_generator=Untitled,
    )
    return {
        f"{provider.name.capitalize()}{name}": schema
        for name, schema in definitions["$defs"].items()
    }


def _body(provider: Provider) -> Object:
    """What a body must be: by its type, where the models of the types differ."""
    types: dict[type[BaseModel], list[str]] = {}
    for kind, model in provider.models.items():
        named = [name for name, known in provider.catalogue.items() if known.kind == kind]
        types.setdefault(model, []).extend(
            ["any type not listed"] if kind == UNRECOGNISED else named
        )
    bodies = [
        {
            "$ref": f"#/components/schemas/{provider.name.capitalize()}{model.__name__}",
            "description": f"Of {', '.join(names)}.",
        }
        for model, names in types.items()
    ]
    return bodies[0] if len(bodies) == 1 else {"anyOf": bodies}

"""The door: routes, throttling, and what is logged of a request."""

import json
from collections.abc import Callable

import pytest

from infrastructure.stack import InletStack
from infrastructure.stages import OAuth2
from tests.infrastructure.template import Template, readable


def test_every_provider_has_its_routes_to_the_ingest_function(dev: Template) -> None:
    routes = dev.all("ApiGatewayV2::Route")
    assert {route["RouteKey"] for route in routes.values()} == {
        "POST /webhooks/marosa",
        "POST /webhooks/digiteal",
        "POST /webhooks/digiteal/{type}",
        "POST /webhooks/standard",
    }
    ((name, integration),) = dev.all("ApiGatewayV2::Integration").items()
    assert {readable(route["Target"]) for route in routes.values()} == {f"integrations/{name}"}
    assert {route["AuthorizationType"] for route in routes.values()} == {"NONE"}
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert readable(integration["IntegrationUri"]) == "IngestFunctionLive"


def test_with_oauth2_a_provider_has_a_route_more_with_an_authorizer(laptop: Template) -> None:
    routes = laptop.all("ApiGatewayV2::Route")
    assert {route["RouteKey"] for route in routes.values()} == {
        "POST /webhooks/marosa",
        "POST /oauth2/marosa",
        "POST /webhooks/digiteal",
        "POST /webhooks/digiteal/{type}",
        "POST /webhooks/standard",
    }
    (route,) = (r for r in routes.values() if r["AuthorizationType"] != "NONE")
    ((name, authorizer),) = laptop.all("ApiGatewayV2::Authorizer").items()
    assert route["RouteKey"] == "POST /oauth2/marosa"
    assert route["AuthorizationType"] == "JWT"
    assert readable(route["AuthorizerId"]) == name
    assert route["AuthorizationScopes"] == ["webhooks/write"]
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["Name"] == "marosa"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["JwtConfiguration"] == {
        "Issuer": "https://issuer.example/inlet",
        "Audience": ["inlet"],
    }
    url = readable(laptop.document["Outputs"]["MarosaOAuth2Url"]["Value"])
    assert url == "https://DoorApi.execute-api.AWS::Region.AWS::URLSuffix/oauth2/marosa"


def test_a_type_in_the_path_has_its_route_with_oauth2_too(
    stack_of: Callable[..., InletStack],
) -> None:
    oauth2 = {"digiteal": OAuth2("https://issuer.example/", ("a", "b"), ())}
    template = Template.of(stack_of("dev", oauth2=oauth2))
    routes = [
        route
        for route in template.all("ApiGatewayV2::Route").values()
        if route["AuthorizationType"] == "JWT"
    ]
    assert {route["RouteKey"] for route in routes} == {
        "POST /oauth2/digiteal",
        "POST /oauth2/digiteal/{type}",
    }
    assert len({readable(route["AuthorizerId"]) for route in routes}) == 1
    (authorizer,) = template.all("ApiGatewayV2::Authorizer").values()
    assert authorizer["JwtConfiguration"] == {
        "Issuer": "https://issuer.example/",
        "Audience": ["a", "b"],
    }
    assert "DigitealOAuth2Url" in template.document["Outputs"]


def test_without_oauth2_a_stage_has_no_authorizer(templates: dict[str, Template]) -> None:
    for stage in ("dev", "prod"):
        assert templates[stage].all("ApiGatewayV2::Authorizer") == {}
        assert not [name for name in templates[stage].document["Outputs"] if "OAuth2" in name]


def test_only_the_api_may_call_a_function(template: Template) -> None:
    (permission,) = template.all("Lambda::Permission").values()
    assert permission["Action"] == "lambda:InvokeFunction"
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert readable(permission["FunctionName"]) == "IngestFunctionLive"
    assert readable(permission["SourceArn"]) == (
        "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:DoorApi/*/*/*"
    )


@pytest.mark.parametrize(("stage", "rate", "burst"), [("dev", 200, 400), ("prod", 500, 1000)])
def test_requests_are_throttled(
    templates: dict[str, Template], stage: str, rate: int, burst: int
) -> None:
    (door,) = templates[stage].all("ApiGatewayV2::Stage").values()
    assert door["StageName"] == "$default"
    assert door["AutoDeploy"] is True
    assert door["DefaultRouteSettings"] == {
        "ThrottlingBurstLimit": burst,
        "ThrottlingRateLimit": rate,
    }


def test_the_access_log_holds_neither_headers_nor_bodies_nor_paths(template: Template) -> None:
    (door,) = template.all("ApiGatewayV2::Stage").values()
    assert readable(door["AccessLogSettings"]["DestinationArn"]) == "DoorAccessLog"
    logged = json.loads(door["AccessLogSettings"]["Format"])
    if template.all("ApiGatewayV2::Authorizer"):
        assert logged.pop("authorizerError") == "$context.authorizer.error"
    assert logged == {
        "requestId": "$context.requestId",
        "requestTime": "$context.requestTime",
        "ip": "$context.identity.sourceIp",
        "protocol": "$context.protocol",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "responseLength": "$context.responseLength",
        "responseLatency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationStatus": "$context.integrationStatus",
        "integrationLatency": "$context.integrationLatency",
        "integrationErrorMessage": "$context.integrationErrorMessage",
    }

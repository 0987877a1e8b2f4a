"""The door: routes, throttling, and what is logged of a request."""

import json

import pytest

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
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert readable(integration["IntegrationUri"]) == "IngestFunctionLive"


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
    assert json.loads(door["AccessLogSettings"]["Format"]) == {
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

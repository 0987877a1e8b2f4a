"""The door: routes, throttling, and what is logged of a request."""

import json
import re

import pytest

from infrastructure.stages import OAuth2
from local.errors import LaptopError
from tests.infrastructure.conftest import DOMAIN, template_of
from tests.infrastructure.template import Template, readable
from tests.laptop.stack import read_template


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
    ingest = laptop.all("Lambda::Function")["IngestFunction"]
    assert ingest["Environment"]["Variables"]["OAUTH2"] == '["marosa"]'
    url = readable(laptop.document["Outputs"]["MarosaOAuth2Url"]["Value"])
    assert url == "https://DoorApi.execute-api.AWS::Region.AWS::URLSuffix/oauth2/marosa"


def test_a_type_in_the_path_has_its_route_with_oauth2_too() -> None:
    oauth2 = {"digiteal": OAuth2("https://issuer.example/", ("a", "b"), ())}
    template = template_of("dev", oauth2=oauth2)
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


def test_with_a_domain_the_door_opens_only_there_and_to_clients_with_a_certificate(
    hardened: dict[str, Template],
) -> None:
    template = hardened["domain"]
    (api,) = template.all("ApiGatewayV2::Api").values()
    assert api["DisableExecuteApiEndpoint"] is True
    (domain,) = template.all("ApiGatewayV2::DomainName").values()
    assert domain["DomainName"] == "hooks.example.com"
    assert domain["DomainNameConfigurations"] == [
        {
            "CertificateArn": (
                "arn:aws:acm:eu-west-1:123456789012:certificate/"
                "00000000-0000-4000-8000-000000000001"
            ),
            "EndpointType": "REGIONAL",
            "SecurityPolicy": "TLS_1_2",
        }
    ]
    assert domain["MutualTlsAuthentication"] == {
        "TruststoreUri": "s3://our-truststores/providers.pem",
        "TruststoreVersion": "first",
    }
    (mapping,) = template.all("ApiGatewayV2::ApiMapping").values()
    assert {key: readable(value) for key, value in mapping.items()} == {
        "ApiId": "DoorApi",
        "DomainName": "DoorDomain",
        "Stage": "DoorStage",
    }


def test_with_a_domain_the_outputs_say_its_urls_and_where_its_name_is_to_point() -> None:
    outputs = template_of("laptop", domain=DOMAIN).document["Outputs"]
    assert {
        name: readable(output["Value"])
        for name, output in outputs.items()
        if name.endswith(("Url", "Target"))
    } == {
        "MarosaWebhookUrl": "https://hooks.example.com/webhooks/marosa",
        "MarosaOAuth2Url": "https://hooks.example.com/oauth2/marosa",
        "DigitealWebhookUrl": "https://hooks.example.com/webhooks/digiteal",
        "StandardWebhookUrl": "https://hooks.example.com/webhooks/standard",
        "DnsTarget": "DoorDomain.RegionalDomainName",
    }


def test_the_laptop_run_refuses_a_domain_since_its_door_has_no_certificates(
    hardened: dict[str, Template],
) -> None:
    with pytest.raises(LaptopError) as refusal:
        read_template(hardened["domain"].document)
    assert re.findall(r"\(AWS::ApiGatewayV2::(.*)", str(refusal.value)) == [
        "Api): DisableExecuteApiEndpoint: Input should be False",
        "DomainName): the whole type",
        "ApiMapping): the whole type",
    ]


def test_without_a_domain_the_door_is_where_api_gateway_has_it(template: Template) -> None:
    (api,) = template.all("ApiGatewayV2::Api").values()
    assert "DisableExecuteApiEndpoint" not in api
    assert "DnsTarget" not in template.document["Outputs"]


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
        "ip": "$context.identity.sourceIp",
        "route": "$context.routeKey",
        "status": "$context.status",
        "latency": "$context.responseLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
    }

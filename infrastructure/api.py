"""Api: the door at which providers knock."""

import json
from collections.abc import Iterable
from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infrastructure.findings import acknowledge
from infrastructure.ingest import Ingest
from infrastructure.stages import Domain, OAuth2, Stage
from inlet.provider import Provider

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}
"""What is logged of a request: no header and no path, since people put secrets into both.

CloudWatch has the time of each line, and the API's metrics have what else is of interest.
"""

OAUTH2_ACCESS_LOG = ACCESS_LOG | {"authorizerError": "$context.authorizer.error"}
"""The same where an authorizer may say no: nobody else knows why it did."""


class Api(Construct):
    """The HTTP API, with the routes of every provider to the ingest function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        providers: Iterable[Provider],
        ingest: Ingest,
    ) -> None:
        super().__init__(scope, construct_id)
        self.api = apigatewayv2.HttpApi(
            self,
            "Api",
            api_name=f"inlet-{stage.name}",
            description="Where providers send their webhooks.",
            create_default_stage=False,
            # Nobody may go past the certificates of the domain by another name.
            disable_execute_api_endpoint=True if stage.domain else None,
        )
        access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/vendedlogs/inlet-{stage.name}/api",  # AWS wants the beginning
            retention=stage.log_retention,
            # Its name is taken as long as it exists: a stack made anew would fail on it.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(
                rate_limit=stage.throttling_rate, burst_limit=stage.throttling_burst
            ),
        )
        log_format = OAUTH2_ACCESS_LOG if stage.oauth2 else ACCESS_LOG
        plain = cast("apigatewayv2.CfnStage", self.stage.node.default_child)
        plain.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(log_format)
        )
        self._url = f"https://{stage.domain.name}/" if stage.domain else self.stage.url
        self.domain = self._domain(stage.domain, plain) if stage.domain else None
        integration = HttpLambdaIntegration(
            "Ingest",
            ingest.function.live,
            # One permission for the API: one per route would outgrow the function's policy.
            scope_permission_to_route=False,
        )
        for provider in providers:
            for path in provider.routes:
                self._route(path, integration)
            if provider.name in stage.oauth2:
                self._oauth2_routes(provider, stage.oauth2[provider.name], integration)

    def url(self, provider: Provider) -> str:
        """The URL that is configured at a provider."""
        return f"{self._url}{provider.routes[0].removeprefix('/')}"

    def oauth2_url(self, provider: Provider) -> str:
        """The URL that is configured at a provider which sends a token."""
        return f"{self._url}{provider.oauth2_routes[0].removeprefix('/')}"

    def _domain(self, domain: Domain, stage: apigatewayv2.CfnStage) -> apigatewayv2.CfnDomainName:
        made = apigatewayv2.CfnDomainName(
            self,
            "Domain",
            domain_name=domain.name,
            domain_name_configurations=[
                apigatewayv2.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=domain.certificate_arn,
                    endpoint_type="REGIONAL",
                    security_policy="TLS_1_2",
                )
            ],
            mutual_tls_authentication=apigatewayv2.CfnDomainName.MutualTlsAuthenticationProperty(
                truststore_uri=domain.truststore_uri, truststore_version=domain.truststore_version
            ),
        )
        apigatewayv2.CfnApiMapping(
            self, "Mapping", api_id=self.api.api_id, domain_name=made.ref, stage=stage.ref
        )
        return made

    def _route(self, path: str, integration: HttpLambdaIntegration) -> None:
        (route,) = self.api.add_routes(
            path=path, methods=[apigatewayv2.HttpMethod.POST], integration=integration
        )
        acknowledge(
            route,
            "AwsSolutions-APIG4",
            because=(
                "The ingest function authenticates each request itself, before it reads it: Basic"
                " and API-key credentials are nothing that an authorizer of the HTTP API checks."
            ),
        )

    def _oauth2_routes(
        self, provider: Provider, oauth2: OAuth2, integration: HttpLambdaIntegration
    ) -> None:
        authorizer = HttpJwtAuthorizer(
            provider.name.capitalize(),
            oauth2.issuer,
            authorizer_name=provider.name,
            jwt_audience=list(oauth2.audience),
        )
        for path in provider.oauth2_routes:
            self.api.add_routes(
                path=path,
                methods=[apigatewayv2.HttpMethod.POST],
                integration=integration,
                authorizer=authorizer,
                authorization_scopes=list(oauth2.scopes),
            )

"""Credentials: a secret per provider, with what its requests may prove themselves with."""

from collections.abc import Iterable, Mapping

from aws_cdk import Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infrastructure.findings import acknowledge
from infrastructure.stages import Stage
from inlet.provider import Provider


class Credentials(Construct):
    """One secret per provider. It initially holds one generated value, and more can be added."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, providers: Iterable[Provider]
    ) -> None:
        super().__init__(scope, construct_id)
        self.secrets: Mapping[str, secretsmanager.Secret] = {
            provider.name: self._secret(provider, stage) for provider in providers
        }

    def arns_as_json(self) -> str:
        """A JSON object of providers' names and their secrets' ARNs."""
        arns = {name: secret.secret_arn for name, secret in self.secrets.items()}
        return Stack.of(self).to_json_string(arns)

    def _secret(self, provider: Provider, stage: Stage) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            provider.name.capitalize(),
            description=f"What {provider.name} proves itself with.",
            # Frozen: whatever changes here, CloudFormation makes a new value and with it wipes
            # the credentials that people have put into the secret (aws-cdk#19985).
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template='{"basic": [], "apiKey": []}',  # noqa: S106 - it is empty
                generate_string_key="generated",
                password_length=40,
                exclude_punctuation=True,
            ),
            removal_policy=stage.removal_policy,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            because=(
                "The other half of the credentials is configured at the provider: a rotation that"
                " the provider knows nothing of would lock it out."
            ),
        )
        return secret

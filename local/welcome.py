"""The welcome: what to do with a laptop run that is ready."""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inlet.operations.samples import Sample, read
from inlet.providers import PROVIDERS
from inlet.providers.standard.signature import SIGNATURE, WEBHOOK

if TYPE_CHECKING:
    from local.issuers import Client
    from local.laptop import Laptop

EVIDENCE = ("seen", "documented", "invented")
"""The evidence for a sample, the best first."""


def lines(laptop: "Laptop", project: Path, state: Path) -> Iterator[str]:
    """What the console says once everything runs."""
    samples = [_sample(project, provider) for provider in PROVIDERS]
    yield ""
    yield "Webhook URLs"
    for sample in samples:
        yield f"  {_url(laptop, sample)}"
        if sample.provider in laptop.clients:
            yield f"  {_oauth2_url(laptop, sample)}"
    inlet = os.path.relpath(Path(sys.executable).with_name("inlet"))
    yield ""
    yield "Send a sample as each provider would, and show its timeline (the credentials are valid"
    yield "for this run only)"
    for sample in samples:
        yield ""
        yield f"  {with_credentials(laptop, sample) or f'{inlet} send {_name(sample)}'}"
        if client := laptop.clients.get(sample.provider):
            yield "  or with a token instead of a password:"
            yield f"  {token(client)}"
            yield f"  {with_token(laptop, sample)}"
        if sample.event:
            yield f"  {inlet} timeline {sample.event['resources'][0]}"
    yield ""
    yield f"Logs are in {os.path.relpath(state / 'logs')}/. Ctrl-C stops everything."


def with_credentials(laptop: "Laptop", sample: Sample) -> str | None:
    """Return the shell command that sends a sample with the generated credential.

    None if the provider has a signature scheme of its own, which only `inlet send` implements.
    """
    provider = sample.provider
    authentication = PROVIDERS[provider].authentication
    if "basic" in authentication.kinds:
        user = shlex.quote(f"{provider}:{_generated(laptop, provider)}")
        return f"curl -i -u {user} {_posted(sample, _url(laptop, sample))}"
    if authentication is SIGNATURE:
        return _signed(sample, _url(laptop, sample), _generated(laptop, provider))
    return None


def token(client: "Client") -> str:
    """The command that gets a token and keeps it in a variable of the shell."""
    user = shlex.quote(f"{client.client_id}:{client.client_secret}")
    scope = shlex.quote(f"scope={client.scope}")
    asked = f"curl -s -u {user} -d grant_type=client_credentials -d {scope} {client.token_endpoint}"
    return f"""TOKEN=$({asked} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"""


def with_token(laptop: "Laptop", sample: Sample) -> str:
    """The command that sends a sample with the token that was got."""
    url = _oauth2_url(laptop, sample)
    return f'curl -i -H "authorization: Bearer $TOKEN" {_posted(sample, url)}'


def _sample(project: Path, provider: str) -> Sample:
    """Return the sample of a provider with the best evidence, leaving out variants."""
    files = sorted((project / "events" / provider).glob("*.json"))
    samples = [read(file) for file in files if "__" not in file.stem]
    return min(samples, key=lambda sample: EVIDENCE.index(sample.evidence))


def _name(sample: Sample) -> str:
    return f"{sample.provider}/{sample.name}"


def _url(laptop: "Laptop", sample: Sample) -> str:
    """Return the URL that the provider sends this sample to: it may end in the event type."""
    return f"{laptop.door_url}{sample.request['path']}"


def _oauth2_url(laptop: "Laptop", sample: Sample) -> str:
    return _url(laptop, sample).replace("/webhooks/", "/oauth2/", 1)


def _generated(laptop: "Laptop", provider: str) -> str:
    """Return the generated value in the provider's secret."""
    arn = laptop.outputs[f"{provider.capitalize()}CredentialsArn"]
    secret = laptop.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return str(json.loads(secret)["generated"])


def _signed(sample: Sample, url: str, key: str) -> str:
    """Return the command that signs the sample when it runs: a signature is valid for minutes."""
    event_id = sample.headers[WEBHOOK.event_id]
    return (
        f"NOW=$(date +%s); SIGNATURE=$(printf '%s.%s.%s' {shlex.quote(event_id)} $NOW"
        f" {shlex.quote(sample.body.decode())} |"
        f" openssl dgst -sha256 -hmac {shlex.quote(key)} -binary | base64);"
        f' curl -i -H "{WEBHOOK.timestamp}: $NOW" -H "{WEBHOOK.signatures}: v1,$SIGNATURE"'
        f" {_posted(sample, url)}"
    )


def _posted(sample: Sample, url: str) -> str:
    """Return the end of every `curl` that posts a sample."""
    headers = [part for name, text in sample.headers.items() for part in ("-H", f"{name}: {text}")]
    return shlex.join([*headers, "--data", sample.body.decode(), url])

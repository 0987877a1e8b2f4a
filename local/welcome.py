"""The welcome: what to do with a laptop run that is ready."""

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.issuers import Client
    from local.laptop import Laptop

SAMPLE = Path("events", "marosa", "DOCUMENT_STATUS_CHANGED.json")
"""A delivery as the provider's own documents show it."""


def lines(laptop: "Laptop", project: Path, state: Path) -> Iterator[str]:
    """What the console says once everything runs."""
    yield ""
    yield "Webhook URLs"
    for name, value in laptop.outputs.items():
        if name.endswith(("WebhookUrl", "OAuth2Url")):
            yield f"  {value}"
    sample = json.loads((project / SAMPLE).read_text())
    yield ""
    yield "Deliver a document (the credentials are of this run only)"
    yield f"  {with_password(laptop, sample['request'])}"
    if client := laptop.clients.get(_provider(sample["request"])):
        yield ""
        yield "Or with a token instead of a password"
        yield f"  {token(client)}"
        yield f"  {with_token(laptop, sample['request'])}"
    yield ""
    yield "See what became of it"
    inlet = os.path.relpath(Path(sys.executable).with_name("inlet"))
    [subject] = sample["event"]["resources"]
    yield f"  {inlet} timeline {subject}"
    yield ""
    yield f"Logs are in {os.path.relpath(state / 'logs')}/. Ctrl-C stops everything."


def with_password(laptop: "Laptop", request: Mapping[str, object]) -> str:
    """The command that sends a sample as its provider would."""
    provider = _provider(request)
    secret = json.loads(
        laptop.client("secretsmanager").get_secret_value(
            SecretId=laptop.outputs[f"{provider.capitalize()}CredentialsArn"]
        )["SecretString"]
    )
    url = f"{laptop.door_url}{request['path']}"
    return f"curl -i -u {provider}:{secret['generated']} {_posted(request, url)}"


def token(client: "Client") -> str:
    """The command that gets a token and keeps it in a variable of the shell."""
    user = shlex.quote(f"{client.client_id}:{client.client_secret}")
    scope = shlex.quote(f"scope={client.scope}")
    asked = f"curl -s -u {user} -d grant_type=client_credentials -d {scope} {client.token_endpoint}"
    return f"""TOKEN=$({asked} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"""


def with_token(laptop: "Laptop", request: Mapping[str, object]) -> str:
    """The command that sends a sample with the token that was got."""
    url = laptop.outputs[f"{_provider(request).capitalize()}OAuth2Url"]
    return f'curl -i -H "authorization: Bearer $TOKEN" {_posted(request, url)}'


def _provider(request: Mapping[str, object]) -> str:
    return str(request["path"]).split("/")[2]


def _posted(request: Mapping[str, object], url: str) -> str:
    """What any `curl` that posts a sample ends with."""
    return shlex.join(
        ["-H", "content-type: application/json", "--data", json.dumps(request["body"]), url]
    )

"""The welcome: what to do with a laptop run that is ready."""

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.laptop import Laptop

SAMPLE = Path("events", "marosa", "DOCUMENT_STATUS_CHANGED.json")
"""A delivery as the provider's own documents show it."""


def lines(laptop: "Laptop", project: Path, state: Path) -> Iterator[str]:
    """What the console says once everything runs."""
    yield ""
    yield "Webhook URLs"
    for name, value in laptop.outputs.items():
        if name.endswith("WebhookUrl"):
            yield f"  {value}"
    sample = json.loads((project / SAMPLE).read_text())
    yield ""
    yield "Deliver a document (the credentials are of this run only)"
    yield f"  {curl(laptop, sample['request'])}"
    yield ""
    yield "See what became of it"
    inlet = os.path.relpath(Path(sys.executable).with_name("inlet"))
    [subject] = sample["event"]["resources"]
    yield f"  {inlet} timeline {subject}"
    yield ""
    yield f"Logs are in {os.path.relpath(state / 'logs')}/. Ctrl-C stops everything."


def curl(laptop: "Laptop", request: Mapping[str, object]) -> str:
    """The command that sends a sample as its provider would."""
    provider = str(request["path"]).split("/")[2]
    secret = json.loads(
        laptop.client("secretsmanager").get_secret_value(
            SecretId=laptop.outputs[f"{provider.capitalize()}CredentialsArn"]
        )["SecretString"]
    )
    words = [
        "curl",
        "-i",
        "-u",
        f"{provider}:{secret['generated']}",
        "-H",
        "content-type: application/json",
        "--data",
        json.dumps(request["body"]),
        f"{laptop.door_url}{request['path']}",
    ]
    return shlex.join(words)

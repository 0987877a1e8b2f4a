"""Targets: a deployment of Inlet, or any door whose secrets are in a file."""

import json
from collections.abc import Mapping
from pathlib import Path

from inlet.authentication import Credentials
from inlet.operations.credentials import credentials_of
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.send import door_address
from inlet.operations.timeline import timeline
from tests.conformance.target import Behind, Target, processes_of

PROVIDERS = ("marosa", "digiteal", "standard")


def of_deployment(deployment: Deployment, url: str | None, behind: Behind | None) -> Target:
    """The door of a deployment, or another one that takes the same credentials."""
    found = {name: credentials_of(deployment, name) for name in PROVIDERS}

    def state(subject: str) -> tuple[str | None, int]:
        known = timeline(deployment, subject)
        return known.state["status"] if known.state else None, len(known.entries)

    users, signing = _proofs(found)
    address = url or deployment.output("MarosaWebhookUrl")
    return Target(door_address(address), users, signing, timeline=state, behind=behind)


def of_file(url: str, secrets: Path) -> Target:
    """Any door, with the secret of each provider as Secrets Manager holds it, by name."""
    try:
        written = json.loads(secrets.read_text())
        found = {name: Credentials.parse(json.dumps(written[name]), name) for name in written}
        users, signing = _proofs(found)
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        raise OperationError(
            f"{secrets} must be a JSON object with the secrets of marosa and digiteal, and of"
            " standard if its scenarios are to be played."
        ) from None
    return Target(door_address(url), users, signing)


def of_laptop(deployment: Deployment, folder: Path) -> Target:
    """The laptop run that was started in a folder."""
    run = json.loads((folder / ".inlet" / "laptop.json").read_text())["pid"]
    return of_deployment(deployment, None, processes_of(run, folder))


def _proofs(
    found: Mapping[str, Credentials],
) -> tuple[Mapping[str, tuple[str, str]], bytes | None]:
    """A user of each provider that has users, and the key of the one that signs.

    Raises OperationError where there is no user.
    """
    users = {}
    for name in ("marosa", "digiteal"):
        if not found[name].basic:
            raise OperationError(
                f"{name} has no user, which the scenarios are played as: inlet credentials add"
                f" {name} <label> makes one."
            )
        user = found[name].basic[-1]
        users[name] = (user.username, user.password.get_secret_value())
    signing = found["standard"].signing if "standard" in found else ()
    return users, signing[-1].key if signing else None

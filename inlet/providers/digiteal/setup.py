"""What to POST to Digiteal."""

import json

from inlet.authentication import Credentials, latest
from inlet.providers.digiteal.catalogue import CATALOGUE


def setup(url: str, credentials: Credentials) -> str:
    """The whole configuration, as JSON: one URL per type, since bodies do not name theirs.

    It replaces what is configured there. Integrators add `vatNumber` or `identificationNumber`.
    Source: `POST /api/v1/webhook/configuration`.
    """
    user = latest(credentials.basic, "user and password")
    configuration = {
        "login": user.username,
        "password": user.password.get_secret_value(),
        "webHooks": [{"type": name, "url": f"{url}/{name}"} for name in CATALOGUE],
    }
    return json.dumps(configuration, indent=2)

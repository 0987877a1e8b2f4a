"""OAuth2: a token for a provider, got as the provider gets it."""

import httpx

from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError


def token(deployment: Deployment, provider: str) -> str:
    """A token by client credentials, where the deployment says what to get it with."""
    if provider not in deployment.oauth2:
        raise OperationError(
            f"{deployment.name} has no tokens for {provider}: only the laptop run gives out any,"
            " for the providers that its stage has OAuth2 for."
        )
    client = deployment.oauth2[provider]
    try:
        response = httpx.post(
            client["token_endpoint"],
            data={"grant_type": "client_credentials", "scope": client["scope"]},
            auth=(client["client_id"], client["client_secret"]),
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise OperationError(f"No token could be got: {error}.") from None
    return str(response.json()["access_token"])

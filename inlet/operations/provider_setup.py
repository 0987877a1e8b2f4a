"""Provider setup: what to enter or POST at a provider, so that it sends to a deployment."""

from inlet.operations.credentials import credentials_of, secret_arn
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.providers import PROVIDERS


def provider_setup(deployment: Deployment, provider: str, *, show_password: bool) -> str:
    """The provider's own words for URL and credentials; the secret is hidden unless asked for."""
    arn = secret_arn(deployment, provider)
    credentials = credentials_of(deployment, provider)
    if not show_password:
        credentials = credentials.hidden(f"<it is in {arn}; --show-password prints it>")
    url = deployment.output(f"{provider.capitalize()}WebhookUrl")
    try:
        return PROVIDERS[provider].setup(url, credentials)
    except LookupError as error:
        raise OperationError(
            f"The secret of {provider} holds {error.args[0]}: inlet credentials add makes one"
            f" ({arn})."
        ) from None


def oauth2_setup(deployment: Deployment, provider: str, *, show_password: bool) -> str:
    """What to enter for OAuth2 instead; nothing where the deployment has none for the provider."""
    url = deployment.outputs.get(f"{provider.capitalize()}OAuth2Url")
    if url is None:
        return ""
    lines = ["OAuth2 is open as well, with a token instead:", f"URL {url}"]
    if client := deployment.oauth2.get(provider):
        secret = client["client_secret"] if show_password else "<--show-password prints it>"
        lines += [
            f"token URL {client['token_endpoint']}",
            f"client id {client['client_id']}",
            f"client secret {secret}",
            f"scope {client['scope']}",
        ]
    else:
        lines.append("token URL, client and scope: as the issuer has them that the stage names")
    return "\n  ".join(lines)

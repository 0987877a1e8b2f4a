"""Provider setup: what to enter or POST at a provider, so that it sends to a deployment."""

from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.send import credentials_of
from inlet.providers import PROVIDERS


def provider_setup(deployment: Deployment, provider: str, *, show_password: bool) -> str:
    """The provider's own words for URL and credentials; the secret is hidden unless asked for."""
    if provider not in PROVIDERS:
        raise OperationError(f"There is no provider {provider}: say {' or '.join(PROVIDERS)}.")
    credentials = credentials_of(deployment, provider)
    arn = deployment.output(f"{provider.capitalize()}CredentialsArn")
    if not show_password:
        credentials = credentials.hidden(f"<it is in {arn}; --show-password prints it>")
    url = deployment.output(f"{provider.capitalize()}WebhookUrl")
    try:
        return PROVIDERS[provider].setup(url, credentials)
    except LookupError as error:
        raise OperationError(
            f"The secret of {provider} holds {error.args[0]}: add one to it ({arn})."
        ) from None

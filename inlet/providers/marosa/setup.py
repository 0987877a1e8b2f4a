"""What to enter at Marosa."""

from collections.abc import Iterator

from inlet.authentication import Credentials, latest
from inlet.providers.marosa.catalogue import CATALOGUE


def setup(url: str, credentials: Credentials) -> str:
    """One subscription per event type: Marosa's takes a single type."""
    subscriptions = "\n".join(f"  * event type {name}, notificationUrl {url}" for name in CATALOGUE)
    return (
        "In Marosa's subscription management (POST /subscription-management), one subscription for"
        f" each event type:\n{subscriptions}\n"
        "Authentication method, for each of them, " + "\nor ".join(_methods(credentials))
    )


def _methods(credentials: Credentials) -> Iterator[str]:
    """Each method that there is a credential for, with the one that was added last."""
    if credentials.basic or not credentials.api_key:
        user = latest(credentials.basic, "user and password")
        yield f"BASIC_AUTH:\n  user {user.username}\n  password {user.password.get_secret_value()}"
    if credentials.api_key:
        key = credentials.api_key[-1]
        yield f"API_KEY:\n  header {key.header}\n  value {key.value.get_secret_value()}"

"""What to enter at Marosa."""

from inlet.authentication import Credentials, latest
from inlet.providers.marosa.catalogue import CATALOGUE


def setup(url: str, credentials: Credentials) -> str:
    """One subscription per event type: Marosa's takes a single type."""
    user = latest(credentials.basic, "user and password")
    subscriptions = "\n".join(f"  * event type {name}, notificationUrl {url}" for name in CATALOGUE)
    return (
        "In Marosa's subscription management (POST /subscription-management), one subscription for"
        f" each event type:\n{subscriptions}\n"
        "Authentication method BASIC_AUTH, for each of them:\n"
        f"  user {user.username}\n  password {user.password.get_secret_value()}\n"
        "API_KEY works as well: add the header's name and its value to `apiKey` in the secret."
    )

"""What to enter at Marosa."""

from inlet.providers.marosa.catalogue import CATALOGUE


def setup(url: str, username: str, password: str) -> str:
    """One subscription per event type: Marosa's takes a single type."""
    subscriptions = "\n".join(f"  * event type {name}, notificationUrl {url}" for name in CATALOGUE)
    return (
        "In Marosa's subscription management (POST /subscription-management), one subscription for"
        f" each event type:\n{subscriptions}\n"
        "Authentication method BASIC_AUTH, for each of them:\n"
        f"  user {username}\n  password {password}\n"
        "API_KEY works as well: add the header's name and its value to `apiKey` in the secret."
    )

"""What to enter at a sender of Standard Webhooks."""

from inlet.authentication import Credentials, latest


def setup(url: str, credentials: Credentials) -> str:
    """One endpoint for all types, and the secret that its messages are signed with."""
    signing = latest(credentials.signing, "signing secret")
    return (
        "At the sender, add an endpoint for webhooks:\n"
        f"  URL {url}\n  signing secret {signing.secret.get_secret_value()}\n"
        "Where the sender makes the secret itself, add that one instead, from a file:"
        " inlet credentials add standard LABEL --value-from FILE\n"
        "Types go to the consumer of unrecognised ones until the stage lists them."
    )

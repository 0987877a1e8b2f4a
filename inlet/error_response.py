"""Error responses of AWS, as functions and commands tell them apart."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def is_failed_condition(error: "ClientError") -> bool:
    """Return whether DynamoDB did not write because the condition of the call does not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"

"""Account: whether AWS can be reached, and whether a stage is already deployed to it.

`python -m inlet.operations.account STAGE` prints `true` or `false`, for `make deploy`.
"""

import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from inlet.operations.errors import OperationError


def is_deployed(stack: str) -> bool:
    """Return whether a stack was deployed successfully at least once.

    Prints the account and the region to standard error. Raises OperationError if AWS cannot be
    reached with the credentials and the region of the environment.
    """
    profile = os.environ.get("AWS_PROFILE")
    who = f"the profile {profile}" if profile else "the credentials of your environment"
    try:
        # boto3 itself reads AWS_DEFAULT_REGION only; the CDK reads both.
        session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        where = session.region_name
        if not where:
            raise OperationError(f"{who.capitalize()} has no region. Set AWS_REGION.")
        account = session.client("sts").get_caller_identity()["Account"]
        sys.stderr.write(f"{stack}: account {account}, region {where}\n")
        status = _status(session, stack)
    except (BotoCoreError, ClientError) as error:
        raise OperationError(
            f"Could not reach AWS with {who}: {error} Renew the credentials, such as with"
            " `aws sso login`, or set AWS_PROFILE and AWS_REGION."
        ) from None
    return status == "CREATE_COMPLETE" or status.startswith("UPDATE_")


def _status(session: boto3.Session, stack: str) -> str:
    """Return the status of a stack, or an empty text if there is none."""
    try:
        found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    return str(found["StackStatus"])


if __name__ == "__main__":
    try:
        sys.stdout.write("true" if is_deployed(f"inlet-{sys.argv[1]}") else "false")
    except OperationError as error:
        sys.exit(str(error))

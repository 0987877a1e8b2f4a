"""Account: whether AWS can be reached, and whether a stage is already deployed to it.

`main` prints the members of a JSON object for `make deploy`: `"deployed": true, "region":
"eu-west-1"`.
"""

import json
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from inlet.operations.deployment import caller_session
from inlet.operations.errors import OperationError


def found(stack: str) -> dict[str, bool | str]:
    """Return whether a stack was deployed successfully at least once, and the region.

    Prints the account and the region to standard error. Raises OperationError if AWS cannot be
    reached with the credentials and the region of the environment.
    """
    profile = os.environ.get("AWS_PROFILE")
    who = f"the profile {profile}" if profile else "the environment"
    try:
        session = caller_session()
        region = session.region_name
        if not region:
            raise OperationError(f"There is no region in {who}. Set AWS_REGION.")
        account = session.client("sts").get_caller_identity()["Account"]
        sys.stderr.write(f"{stack}: account {account}, region {region}\n")
        status = _status(session, stack)
    except (BotoCoreError, ClientError) as error:
        raise OperationError(
            f"Could not reach AWS with the credentials of {who}: {str(error).rstrip('.')}. Renew"
            " them, such as with `aws sso login`, or set AWS_PROFILE and AWS_REGION."
        ) from None
    is_deployed = status == "CREATE_COMPLETE" or status.startswith("UPDATE_")
    return {"deployed": is_deployed, "region": region}


def _status(session: boto3.Session, stack: str) -> str:
    """Return the status of a stack, or an empty text if there is none."""
    try:
        described = session.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    return str(described["Stacks"][0]["StackStatus"])


def main() -> None:
    """Print them for the stage that is the first argument, or exit with an error message."""
    try:
        sys.stdout.write(json.dumps(found(f"inlet-{sys.argv[1]}"))[1:-1])
    except OperationError as error:
        sys.exit(str(error))

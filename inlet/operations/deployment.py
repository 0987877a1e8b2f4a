"""A deployment: one stage on AWS, or the laptop run. Operations do not know which."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from inlet.complete_response import require_complete_responses
from inlet.operations.errors import OperationError

LAPTOP = Path(".inlet/laptop.json")
"""What the laptop run leaves while it runs: where its AWS is, and the template's outputs."""
CHECK = "Check the name of the stage, AWS_PROFILE and AWS_REGION."


@dataclass(frozen=True)
class Deployment:
    """The outputs of a deployed template, and clients of the AWS that it is deployed to.

    `place` is the region and the account of a stage on AWS, for messages. `oauth2` is what
    providers get their tokens with, by provider: it is known of the laptop run only, which gives
    them out itself.
    """

    name: str
    outputs: Mapping[str, str]
    _session: boto3.Session
    _endpoint_url: str | None = None
    _lambda_url: str | None = None
    oauth2: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    place: str | None = None
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """The client of a service of this deployment's AWS, made once."""
        if service not in self._clients:
            url = self._lambda_url if service == "lambda" else self._endpoint_url
            made = self._session.client(  # type: ignore[call-overload]
                service, endpoint_url=url
            )
            require_complete_responses(made)
            self._clients[service] = made
        return self._clients[service]

    def pages(self, service: str, operation: str, **parameters: Any) -> Any:  # noqa: ANN401 - so too
        """Return the pages of an operation of this AWS, each of which is a request."""
        return self.client(service).get_paginator(operation).paginate(**parameters)

    def command(self, command: str) -> str:
        """Return an `inlet` command with the option that makes it work on this deployment."""
        stage = self.name.removeprefix("inlet-")
        return f"{command} --stage {stage}" if stage != self.name else command

    def output(self, name: str) -> str:
        """One of the template's outputs."""
        try:
            return self.outputs[name]
        except KeyError:
            raise OperationError(
                f"{self.name} has no output {name}: it was deployed from another version of Inlet."
            ) from None


def laptop(file: Path = LAPTOP) -> Deployment:
    """The laptop run that was started in this folder."""
    try:
        written = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        written = None
    if written is None or not _runs(written["pid"]):  # one that was killed leaves its file
        raise OperationError(
            "Inlet does not run here: start it with `make run` in this folder, or name a deployed"
            " stage with --stage."
        )
    # From a bare botocore session: the caller's AWS_PROFILE is for accounts, and need not exist.
    bare = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session = boto3.Session(
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",  # noqa: S106 - nothing checks it there
        region_name=written["region"],
        botocore_session=bare,
    )
    return Deployment(
        "the laptop run",
        written["outputs"],
        session,
        written["endpointUrl"],
        written["lambdaUrl"],
        written.get("oauth2", {}),
    )


def _runs(pid: int) -> bool:
    """Whether there is a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


def caller_session() -> boto3.Session:
    """Return a session with the caller's profile and region.

    The region is `AWS_REGION`, else `AWS_DEFAULT_REGION`, else that of the profile, as for the AWS
    CLI and the CDK. boto3 by itself ignores `AWS_REGION`.
    """
    return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)


def stage(name: str) -> Deployment:
    """Return a stage on AWS, with the caller's profile and region."""
    stack = f"inlet-{name}"
    try:
        session = caller_session()
    except BotoCoreError as error:
        raise OperationError(f"Could not read the stack {stack}: {error}. {CHECK}") from None
    try:
        found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise OperationError(
            f"Could not read the stack {stack} in {_place(session)}: {str(error).rstrip('.')}."
            f" {CHECK}"
        ) from None
    outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
    _, _, _, region, account, _ = found["StackId"].split(":", 5)
    return Deployment(stack, outputs, session, place=f"{region} of account {account}")


def _place(session: boto3.Session) -> str:
    """Return the region and the account that a session asks."""
    region = session.region_name or "no region"
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError):
        account = "unknown"
    return f"{region} of account {account}"

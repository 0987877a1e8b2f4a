"""Invocations: `Invoke` of Lambda's own API, for who asks a function directly."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread
import starlette.requests
from starlette.responses import Response

from local.environments import Answer
from local.resources import Alias, Function, Version

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.assembly import Stack
    from local.threads import Threads

PATH = re.compile("/2015-03-31/functions/([^/]+)/invocations")
MAXIMUM_BYTES: Mapping[str, int] = {"RequestResponse": 6_291_456, "Event": 1_048_576}
"""How large an event may be, by the type of its invocation."""


class Refused(Exception):
    """An error of Lambda's, and not of a function's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = Response(
            json.dumps({"Type": "User", "Message": message}),
            status,
            {"x-amzn-errortype": code},
            "application/json",
        )


class Invocations:
    """An ASGI application that invokes the functions of a stack as Lambda's API does."""

    def __init__(
        self, stack: "Stack", invoke: Callable[[str, bytes], Answer], threads: "Threads"
    ) -> None:
        place = stack.place
        self._arns = f"arn:{place.partition}:lambda:{place.region}:{place.account}:function"
        self._invoke = invoke
        self._threads = threads
        functions = [one.arn for one in stack.of(Function)]
        aliases = [one.attributes["Ref"] for one in stack.of(Alias)]
        versions = [one.attributes["Ref"] for one in stack.of(Version)]
        self._known = {*functions, *aliases, *versions, *(f"{arn}:$LATEST" for arn in functions)}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        asked = starlette.requests.Request(scope, receive)
        event = await asked.body() or b"{}"
        try:
            response = await self._answer(asked, event)
        except Refused as refused:
            response = refused.response
        await response(scope, receive, send)

    async def _answer(self, asked: starlette.requests.Request, event: bytes) -> Response:
        arn = self._arn(asked)
        kind = asked.headers.get("x-amz-invocation-type", "RequestResponse")
        _check(kind, event)
        if kind == "Event":
            self._threads.once(partial(self._invoke, arn, event))
            return Response(status_code=202)
        answer = await anyio.to_thread.run_sync(self._invoke, arn, event)
        headers = {"x-amz-function-error": "Unhandled"} if answer.failed else {}
        return Response(answer.payload, 200, headers, "application/json")

    def _arn(self, asked: starlette.requests.Request) -> str:
        """The ARN of what is invoked: a function by name or ARN, qualified or not."""
        found = PATH.fullmatch(asked.scope["path"])
        if found is None or asked.method != "POST":
            raise Refused(404, "UnknownOperationException", "The laptop run offers Invoke only.")
        name = found[1].rpartition("function:")[2]
        qualifier = asked.query_params.get("Qualifier")
        arn = f"{self._arns}:{name}:{qualifier}" if qualifier else f"{self._arns}:{name}"
        if arn not in self._known:
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {arn}")
        return arn


def _check(kind: str, event: bytes) -> None:
    """Raise Refused where this is no event for this type of invocation."""
    if kind not in MAXIMUM_BYTES:
        message = f"The laptop run has no invocations of type {kind}."
        raise Refused(400, "InvalidParameterValueException", message)
    limit = MAXIMUM_BYTES[kind]
    if len(event) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise Refused(413, "RequestEntityTooLargeException", message)
    try:
        json.loads(event)
    except ValueError as problem:
        message = f"Could not parse request body into json: {problem}"
        raise Refused(400, "InvalidRequestContentException", message) from None

"""Lambda's own API, as far as it is offered: functions, how they are invoked, and what feeds them.

Times in its answers are as Lambda writes them: of a function ISO 8601, of a mapping seconds.
"""

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from local.environments import Answer
from local.functions import log_group
from local.json_value import Json
from local.mappings import Mapping as EventSourceMapping
from local.resources import Alias, Function, Version

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.assembly import Resource, Stack
    from local.threads import Threads

MAXIMUM_BYTES: Mapping[str, int] = {"RequestResponse": 6_291_456, "Event": 1_048_576}
"""How large an event may be, by the type of its invocation."""
FUNCTION = "/2015-03-31/functions/([^/]+)"
MAPPINGS = "/2015-03-31/event-source-mappings"
CONCURRENCY = 1000
"""How many functions an account may run at once, where it has asked for no more."""


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


class LambdaApi:
    """An ASGI application that answers for the functions and mappings of a stack."""

    def __init__(
        self,
        stack: "Stack",
        invoke: Callable[[str, bytes], Answer],
        threads: "Threads",
        mappings: Sequence[EventSourceMapping],
    ) -> None:
        self._place = stack.place
        self._invoke = invoke
        self._threads = threads
        self._mappings = {mapping.uuid: mapping for mapping in mappings}
        self._functions = {one.arn: one for one in stack.of(Function)}
        self._modified = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
        aliases = [one.attributes["Ref"] for one in stack.of(Alias)]
        versions = [one.attributes["Ref"] for one in stack.of(Version)]
        latest = [f"{arn}:$LATEST" for arn in self._functions]
        self._known = {*self._functions, *aliases, *versions, *latest}
        self._operations: Sequence[tuple[str, str, Callable[..., Awaitable[Response]]]] = [
            ("POST", f"{FUNCTION}/invocations", self._run),
            ("GET", FUNCTION, self._function),
            ("GET", f"{FUNCTION}/configuration", self._configuration),
            ("GET", "/2019-09-30/functions/([^/]+)/concurrency", self._concurrency),
            ("GET", "/2016-08-19/account-settings/?", self._account),
            ("GET", f"{MAPPINGS}/?", self._list),
            ("GET", f"{MAPPINGS}/([^/]+)", self._get),
            ("PUT", f"{MAPPINGS}/([^/]+)", self._update),
        ]

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        asked = Request(scope, receive)
        await asked.body()
        try:
            response = await self._answer(asked)
        except Refused as refused:
            response = refused.response
        await response(scope, receive, send)

    async def _answer(self, asked: Request) -> Response:
        for method, path, operation in self._operations:
            found = re.fullmatch(path, asked.scope["path"])
            if found and method == asked.method:
                return await operation(asked, *found.groups())
        message = f"The laptop run does not offer {asked.method} {asked.scope['path']}."
        raise Refused(404, "UnknownOperationException", message)

    async def _run(self, asked: Request, name: str) -> Response:
        """Invoke."""
        event = await asked.body() or b"{}"
        arn = self._arn(name, asked.query_params.get("Qualifier"))
        kind = asked.headers.get("x-amz-invocation-type", "RequestResponse")
        _check(kind, event)
        if kind == "Event":
            self._threads.once(partial(self._invoke, arn, event))
            return Response(status_code=202)
        answer = await anyio.to_thread.run_sync(self._invoke, arn, event)
        headers = {"x-amz-function-error": "Unhandled"} if answer.failed else {}
        return Response(answer.payload, 200, headers, "application/json")

    async def _function(self, asked: Request, name: str) -> Response:
        """GetFunction."""
        arn = self._arn(name, asked.query_params.get("Qualifier"))
        reserved = _reserved(self._named(arn))
        concurrency = {"Concurrency": reserved} if reserved else {}
        return _said({"Configuration": self._configured(arn), **concurrency})

    async def _configuration(self, asked: Request, name: str) -> Response:
        """GetFunctionConfiguration."""
        return _said(self._configured(self._arn(name, asked.query_params.get("Qualifier"))))

    async def _concurrency(self, _asked: Request, name: str) -> Response:
        """GetFunctionConcurrency."""
        return _said(_reserved(self._named(self._arn(name))))

    async def _account(self, _asked: Request) -> Response:
        """GetAccountSettings."""
        declared = [function.properties for function in self._functions.values()]
        reserved = sum(one.reserved_concurrent_executions or 0 for one in declared)
        limit = {
            "ConcurrentExecutions": CONCURRENCY,
            "UnreservedConcurrentExecutions": CONCURRENCY - reserved,
        }
        usage = {"FunctionCount": len(declared)}
        return _said({"AccountLimit": limit, "AccountUsage": usage})

    async def _list(self, asked: Request) -> Response:
        """ListEventSourceMappings."""
        function, source = map(asked.query_params.get, ("FunctionName", "EventSourceArn"))
        arn = self._arn(function) if function else None
        found = [
            self._mapped(mapping)
            for mapping in self._mappings.values()
            if arn in {None, self._arn(mapping.properties.function_name)}
            and source in {None, mapping.properties.event_source_arn}
        ]
        return _said({"EventSourceMappings": found})

    async def _get(self, _asked: Request, uuid: str) -> Response:
        """GetEventSourceMapping."""
        return _said(self._mapped(self._mapping(uuid)))

    async def _update(self, asked: Request, uuid: str) -> Response:
        """UpdateEventSourceMapping."""
        mapping, wanted = self._mapping(uuid), json.loads(await asked.body())
        if wanted.keys() != {"Enabled"}:
            message = "The laptop run changes Enabled only."
            raise Refused(400, "InvalidParameterValueException", message)
        mapping.enable(enabled=wanted["Enabled"])
        return _said(self._mapped(mapping), 202)

    def _arn(self, name: str, qualifier: str | None = None) -> str:
        """The ARN of a function that is named by its name or ARN, qualified or not."""
        arn = self._place.arn("lambda", f"function:{name.rpartition('function:')[2]}")
        if qualifier:
            arn = f"{arn}:{qualifier}"
        if arn not in self._known:
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {arn}")
        return arn

    def _named(self, arn: str) -> "Resource[Function]":
        return self._functions[":".join(arn.split(":")[:7])]

    def _mapping(self, uuid: str) -> EventSourceMapping:
        if uuid not in self._mappings:
            message = "The resource you requested does not exist."
            raise Refused(404, "ResourceNotFoundException", message)
        return self._mappings[uuid]

    def _configured(self, arn: str) -> Json:
        function = self._named(arn)
        declared = function.properties
        return {
            "FunctionName": function.name,
            "FunctionArn": arn,
            "Runtime": declared.runtime,
            "Role": declared.role,
            "Handler": declared.handler,
            "Description": declared.description or "",
            "Timeout": declared.timeout,
            "MemorySize": declared.memory_size,
            "LastModified": self._modified,
            "Version": "$LATEST" if arn in {function.arn, f"{function.arn}:$LATEST"} else "1",
            "Environment": {"Variables": declared.environment.variables},
            "PackageType": "Zip",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "LoggingConfig": {
                "LogFormat": declared.logging_config.log_format,
                "LogGroup": log_group(function),
            },
        }

    def _mapped(self, mapping: EventSourceMapping) -> Json:
        declared = mapping.properties
        scaling = declared.scaling_config
        return {
            "UUID": mapping.uuid,
            "EventSourceMappingArn": self._place.arn(
                "lambda", f"event-source-mapping:{mapping.uuid}"
            ),
            "EventSourceArn": declared.event_source_arn,
            "FunctionArn": self._arn(declared.function_name),
            "BatchSize": declared.batch_size,
            "MaximumBatchingWindowInSeconds": declared.maximum_batching_window_in_seconds,
            "FunctionResponseTypes": declared.function_response_types,
            "LastModified": mapping.changed,
            "State": mapping.state,
            "StateTransitionReason": "USER_INITIATED",
            **({"ScalingConfig": scaling.model_dump(by_alias=True)} if scaling else {}),
        }


def _reserved(function: "Resource[Function]") -> Json:
    reserved = function.properties.reserved_concurrent_executions
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


def _said(document: Json, status: int = 200) -> Response:
    return Response(json.dumps(document), status, media_type="application/json")


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

"""The door: the stack's HTTP API on this machine, with what API Gateway answers by itself."""

import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import starlette.requests
import starlette.responses

from local import http_api
from local.authorizer import Authorizer, Denied
from local.errors import LaptopError
from local.http_api import Request, Response, RouteKey, message
from local.json_value import Json
from local.policies import Statement, allows
from local.resources import Api, Integration, JwtAuthorizer, Permission, Route, Stage
from local.throttle import TokenBucket

if TYPE_CHECKING:
    from joserfc.jwk import KeySet
    from starlette.types import Receive, Scope, Send

    from local.assembly import Resource, Stack
    from local.functions import Functions

MAXIMUM_BODY_BYTES = 10 * 1024 * 1024
MAXIMUM_EVENT_BYTES = 6_291_556

NOT_FOUND = message(404, "Not Found")
TOO_LARGE = message(413, "Request Entity Too Large")
TOO_MANY = message(429, "Too Many Requests")
FAILED = message(500, "Internal Server Error")
UNAVAILABLE = message(503, "Service Unavailable")


@dataclass(frozen=True)
class Way:
    """A route with what it leads to. `permitted` is whether the function lets this API in.

    Where it has an authorizer, a token must have one of `scopes`.
    """

    key: RouteKey
    function_arn: str
    timeout_seconds: float
    permitted: bool
    bucket: TokenBucket | None
    authorizer: Authorizer | None
    scopes: Sequence[str]

    def authorize(self, request: Request) -> Json:
        """What the function is told of who sends a request, if anything. Raises Denied."""
        if self.authorizer is None:
            return None
        authorization = http_api.joined(request.headers).get("authorization", "")
        return self.authorizer.judge(authorization, self.scopes, request.seconds)


class Door:
    """An ASGI application that answers as the HTTP API of a stack does."""

    def __init__(
        self, stack: "Stack", functions: "Functions", access_log: Path, keys: "KeySet"
    ) -> None:
        self._functions = functions
        self._api, stage = _api(stack)
        self._ways = ways(stack, functions, self._api, stage, keys)
        settings = stage.access_log_settings
        self._log_format = settings.format if settings else ""
        self._log = access_log

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request."""
        asked = starlette.requests.Request(scope, receive)
        body = await _read(asked)
        request = _request(asked, body or b"")
        way, parameters = self._find(request)
        refusal = TOO_LARGE if body is None else None
        response = _refusal(way) or refusal or await self._pass_on(request, way, parameters)
        self._write(request, way, response)
        answer = starlette.responses.Response(response.body, response.status)
        answer.raw_headers += [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in [*response.headers, ("apigw-requestid", request.request_id)]
        ]
        await answer(scope, receive, send)

    def _find(self, request: Request) -> tuple[Way | None, Mapping[str, str]]:
        for way in self._ways:
            parameters = way.key.match(request.method, request.path)
            if parameters is not None:
                return way, parameters
        return None, {}

    async def _pass_on(
        self, request: Request, way: Way | None, parameters: Mapping[str, str]
    ) -> Response:
        if way is None or not way.permitted:
            return FAILED
        try:
            authorized = way.authorize(request)
        except Denied as denied:
            return denied.answer
        event = http_api.event(self._api, way.key, parameters, request, authorized)
        payload = json.dumps(event, ensure_ascii=False).encode()
        if len(payload) > MAXIMUM_EVENT_BYTES:
            return TOO_LARGE
        with anyio.move_on_after(way.timeout_seconds):
            answer = await anyio.to_thread.run_sync(
                self._functions.invoke,
                way.function_arn,
                payload,
                dict(request.headers)["x-amzn-trace-id"],
                abandon_on_cancel=True,
            )
            return FAILED if answer.failed else _understood(answer.payload)
        return UNAVAILABLE

    def _write(self, request: Request, way: Way | None, response: Response) -> None:
        """Write a line of the access log. What we do not know is "-", as there."""
        facts = {
            "accountId": self._api.account,
            "apiId": self._api.api_id,
            "domainName": self._api.domain,
            "httpMethod": request.method,
            "identity.sourceIp": request.source_ip,
            "identity.userAgent": dict(request.headers).get("user-agent", "-"),
            "path": request.path,
            "protocol": request.protocol,
            "requestId": request.request_id,
            "requestTime": http_api.request_time(request.seconds),
            "requestTimeEpoch": int(request.seconds * 1000),
            "responseLatency": int((time.time() - request.seconds) * 1000),
            "responseLength": len(response.body),
            "routeKey": way.key.text if way else "-",
            "stage": self._api.stage,
            "status": response.status,
            **response.context,
        }

        def fact(found: re.Match[str]) -> str:
            return json.dumps(str(facts.get(found[1], "-")), ensure_ascii=False)[1:-1]

        if self._log_format:
            line = re.sub(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)", fact, self._log_format)
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"{line}\n")


def ways(
    stack: "Stack", functions: "Functions", api: http_api.Api, stage: Stage, keys: "KeySet"
) -> Sequence[Way]:
    """The routes of the stack, the most exact first. `keys` are those of every issuer."""
    integrations = {
        f"integrations/{one.attributes['Ref']}": one.properties for one in stack.of(Integration)
    }
    authorizers = {
        one.attributes["Ref"]: Authorizer(
            one.properties.jwt_configuration.issuer,
            one.properties.jwt_configuration.audience,
            keys,
        )
        for one in stack.of(JwtAuthorizer)
    }
    statements = [_statement(one.properties, stack) for one in stack.of(Permission)]
    found = []
    for route in stack.of(Route):
        integration = integrations.get(route.properties.target)
        function_arn = _function_arn(integration.integration_uri) if integration else ""
        if integration is None or not functions.has(function_arn):
            raise LaptopError(f"{route.logical_id} leads to nothing that is in the template.")
        key = RouteKey(route.properties.route_key)
        method = key.text.partition(" ")[0].replace("ANY", "*")
        place = stack.place
        source = f"{place.region}:{place.account}:{api.api_id}/{api.stage}/{method}{key.path}"
        permitted = allows(
            statements,
            service="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=function_arn,
            context={
                "aws:SourceArn": f"arn:{place.partition}:execute-api:{source}",
                "aws:SourceAccount": place.account,
            },
        )
        found.append(
            Way(
                key,
                function_arn,
                timeout_seconds=integration.timeout_in_millis / 1000,
                permitted=permitted,
                bucket=_bucket(stage),
                authorizer=_authorizer(route, authorizers),
                scopes=route.properties.authorization_scopes,
            )
        )
    return sorted(found, key=lambda way: way.key.rank)


def _api(stack: "Stack") -> tuple[http_api.Api, Stage]:
    apis, stages = stack.of(Api), stack.of(Stage)
    if len(apis) != 1 or len(stages) != 1:
        raise LaptopError("The laptop run takes one HTTP API with one stage.")
    [api], [stage] = apis, stages
    said = http_api.Api(
        account=stack.place.account,
        api_id=api.attributes["ApiId"],
        domain=api.attributes["ApiEndpoint"].removeprefix("https://"),
        stage=stage.properties.stage_name,
        variables=stage.properties.stage_variables,
    )
    return said, stage.properties


def _authorizer(
    route: "Resource[Route]", authorizers: Mapping[str, Authorizer]
) -> Authorizer | None:
    if route.properties.authorization_type == "NONE":
        return None
    authorizer = authorizers.get(route.properties.authorizer_id or "")
    if authorizer is None:
        raise LaptopError(f"{route.logical_id} has an authorizer that is not in the template.")
    return authorizer


def _bucket(stage: Stage) -> TokenBucket | None:
    limits = stage.default_route_settings
    if limits is None:
        return None
    return TokenBucket(limits.throttling_rate_limit, limits.throttling_burst_limit)


def _statement(permission: Permission, stack: "Stack") -> Statement:
    place = stack.place
    function = permission.function_name
    if not function.startswith("arn:"):
        function = place.arn("lambda", f"function:{function}")
    condition = {}
    if permission.source_arn:
        condition["ArnLike"] = {"aws:SourceArn": permission.source_arn}
    if permission.source_account:
        condition["StringEquals"] = {"aws:SourceAccount": permission.source_account}
    return Statement.model_validate(
        {
            "Effect": "Allow",
            "Principal": {"Service": permission.principal},
            "Action": permission.action,
            "Resource": function,
            "Condition": condition,
        }
    )


def _function_arn(uri: str) -> str:
    """The ARN in an integration's URI, which is one or has one between slashes."""
    return next(part for part in uri.split("/") if ":function:" in part)


def _refusal(way: Way | None) -> Response | None:
    if way is None:
        return NOT_FOUND
    return None if way.bucket is None or way.bucket.take() else TOO_MANY


def _understood(payload: bytes) -> Response:
    try:
        return http_api.response(payload)
    except (AttributeError, TypeError, ValueError):
        return FAILED


async def _read(asked: starlette.requests.Request) -> bytes | None:
    """The body, or None where it is too large; it is read to its end all the same."""
    chunks, size = [], 0
    async for chunk in asked.stream():
        size += len(chunk)
        if size <= MAXIMUM_BODY_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAXIMUM_BODY_BYTES else None


def _request(asked: starlette.requests.Request, body: bytes) -> Request:
    now = time.time()
    source_ip = asked.client.host if asked.client else ""
    own = {
        "x-amzn-trace-id": f"Root=1-{int(now):08x}-{secrets.token_hex(12)}",
        "x-forwarded-port": str(asked.scope["server"][1]),
        "x-forwarded-proto": "http",
    }
    forwarded = [value for name, value in asked.headers.items() if name == "x-forwarded-for"]
    own["x-forwarded-for"] = ", ".join([*forwarded, source_ip])
    kept = [(name, value) for name, value in asked.headers.items() if name not in own]
    return Request(
        method=asked.method,
        path=asked.scope["raw_path"].decode("latin-1"),
        query=asked.scope["query_string"].decode("latin-1"),
        headers=[*kept, *own.items()],
        body=body,
        protocol=f"HTTP/{asked.scope['http_version']}",
        source_ip=source_ip,
        request_id=f"{secrets.token_urlsafe(11)}=",
        seconds=now,
    )

"""The HTTP API: its routes, and payload format 2.0 in both directions. No I/O.

Which bodies come as base64 is not documented; it was measured by others: all but text, JSON, XML
and JavaScript by those exact types. The path comes decoded, unlike that of a REST API.
"""

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from local.json_value import Json

_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}
_DEFAULT_ROUTE = "$default"

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as the door got it. The path is as sent, still encoded."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    protocol: str
    source_ip: str
    request_id: str
    seconds: float
    """When it came, since the epoch."""


@dataclass(frozen=True)
class Response:
    """An answer to a request. `context` is what API Gateway itself says of it in its log."""

    status: int
    body: bytes
    headers: Headers
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Api:
    """What an API says of itself in each event."""

    account: str
    api_id: str
    domain: str
    stage: str
    variables: Mapping[str, str] | None = None


@dataclass(frozen=True)
class RouteKey:
    """A route: `METHOD /path/{parameter}/{rest+}`, `ANY /path` or `$default`."""

    text: str

    @property
    def path(self) -> str:
        """Its path, with the parameters' names."""
        return self.text.partition(" ")[2]

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """What makes a route be tried first: the more exact it is, the less this is."""
        return (
            self.text == _DEFAULT_ROUTE,
            "+}" in self.text,
            self.text.count("{"),
            self.text.startswith("ANY "),
        )

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters, decoded; None where the route is for something else."""
        if self.text == _DEFAULT_ROUTE:
            return {}
        if self.text.partition(" ")[0] not in {method, "ANY"}:
            return None
        names = re.findall(r"\{(\w+)\+?\}", self.path)
        pattern = re.sub(r"\\\{\w+\\\+\\\}", "(.+)", re.escape(self.path))
        found = re.fullmatch(re.sub(r"\\\{\w+\\\}", "([^/]+)", pattern), path)
        return dict(zip(names, map(unquote, found.groups()), strict=True)) if found else None


def event(
    api: Api,
    route: RouteKey,
    parameters: Mapping[str, str],
    request: Request,
    authorizer: Json = None,
) -> Json:
    """The event of a request, in payload format 2.0. What there is none of is left out.

    `authorizer` is what the route's own, if it has one, tells of the request.
    """
    headers = joined(request.headers)
    cookies = headers.pop("cookie", "")
    body, is_base64 = _body(request.body, headers)
    path = unquote(request.path)
    optional = {
        "cookies": cookies.split("; ") if cookies else None,
        "queryStringParameters": joined(parse_qsl(request.query, keep_blank_values=True)),
        "pathParameters": parameters,
        "stageVariables": api.variables,
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": route.text,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": api.account,
            "apiId": api.api_id,
            "domainName": api.domain,
            "domainPrefix": api.domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request.request_id,
            "routeKey": route.text,
            "stage": api.stage,
            "time": request_time(request.seconds),
            "timeEpoch": int(request.seconds * 1000),
        }
        | ({"authorizer": authorizer} if authorizer else {}),
        "isBase64Encoded": is_base64,
    } | {name: value for name, value in optional.items() if value}


def request_time(seconds: float) -> str:
    """A time as API Gateway writes it: `12/Mar/2020:19:03:58 +0000`."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(seconds))


def response(payload: bytes) -> Response:
    """What a function's answer stands for. Raises TypeError or ValueError where that is nothing."""
    answer = json.loads(payload)
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer if isinstance(answer, str) else payload.decode()
        return Response(200, body.encode(), [("content-type", "application/json")])
    status, text = answer["statusCode"], answer.get("body", "")
    if not isinstance(status, (int, str)) or not isinstance(text, str):
        raise TypeError(f"no status and body: {sorted(answer)}")
    headers = [(name.lower(), str(value)) for name, value in (answer.get("headers") or {}).items()]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=utf-8"))
    headers += [("set-cookie", cookie) for cookie in answer.get("cookies") or []]
    content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return Response(int(status), content, headers)


def message(status: int, text: str) -> Response:
    """An answer of API Gateway's own."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return Response(status, body, [("content-type", "application/json")], {"error.message": text})


def joined(pairs: Headers) -> dict[str, str]:
    """What came more than once, as one text."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, headers: Mapping[str, str]) -> tuple[str, bool]:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        return "", False
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass  # what is not text cannot be sent as text
    return base64.b64encode(body).decode(), True

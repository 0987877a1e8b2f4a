"""The door answers by itself what API Gateway does, and passes the rest on."""

import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from local.door import Door
from local.environments import Answer
from local.errors import LaptopError
from tests.laptop.stack import read_template, template

if TYPE_CHECKING:
    from local.functions import Functions

KEY = RSAKey.generate_key(2048, {"kid": "of-the-issuer"})
KEYS = KeySet([KEY])
TAKEN = Answer(b'{"statusCode": 202}')


class Called:
    """Functions that give one answer, and keep what they were called with."""

    def __init__(self, answer: Answer = TAKEN, seconds: float = 0) -> None:
        self.events: list[dict[str, Any]] = []
        self.references: list[str] = []
        self._answer = answer
        self._seconds = seconds

    def has(self, reference: str) -> bool:
        return "small-Echo" in reference

    def invoke(self, reference: str, event: bytes, _trace_id: str) -> Answer:
        self.references.append(reference)
        self.events.append(json.loads(event))
        time.sleep(self._seconds)
        return self._answer


def door(called: Called, log: Path, body: dict[str, Any] | None = None) -> Door:
    return Door(read_template(body or template()), cast("Functions", called), log, KEYS)


def ask(asked: Door, method: str = "POST", path: str = "/echo/a", **parts: Any) -> httpx.Response:
    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(asked)
        async with httpx.AsyncClient(transport=transport, base_url="http://door:8080") as client:
            return await client.request(method, path, **parts)

    return asyncio.run(request())


def test_a_request_reaches_its_function(tmp_path: Path) -> None:
    called = Called()
    answer = ask(door(called, tmp_path / "log"), path="/echo/a?b=c", json={})
    assert (answer.status_code, answer.content) == (202, b"")
    assert called.references == ["arn:aws:lambda:eu-west-1:123456789012:function:small-Echo:live"]
    [event] = called.events
    assert event["routeKey"] == "POST /echo/{name}"
    assert event["pathParameters"] == {"name": "a"}
    assert event["queryStringParameters"] == {"b": "c"}
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-port"] == "8080"
    assert event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert answer.headers["apigw-requestid"] == event["requestContext"]["requestId"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/echo/a"), ("POST", "/echo"), ("POST", "/")])
def test_what_has_no_route_is_404(tmp_path: Path, method: str, path: str) -> None:
    answer = ask(door(Called(), tmp_path / "log"), method, path)
    assert (answer.status_code, answer.content) == (404, b'{"message":"Not Found"}')


def test_a_body_over_ten_megabytes_is_413(tmp_path: Path) -> None:
    answer = ask(door(Called(), tmp_path / "log"), content=b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.content) == (413, b'{"message":"Request Entity Too Large"}')


def test_an_event_over_what_lambda_takes_is_413(tmp_path: Path) -> None:
    called = Called()
    asked = door(called, tmp_path / "log")
    binary = b"x" * 5_000_000  # as base64 it is over the limit, as text it is not
    assert ask(asked, content=binary).status_code == 413
    text = {"content-type": "text/plain"}
    assert ask(asked, content=binary, headers=text).status_code == 202
    assert ask(asked, content=b'"' * 5_000_000, headers=text).status_code == 413
    assert len(called.events) == 1


def test_over_the_stages_burst_is_429(tmp_path: Path) -> None:
    body = template()
    body["Resources"]["Stage"]["Properties"]["DefaultRouteSettings"] = {
        "ThrottlingBurstLimit": 2,
        "ThrottlingRateLimit": 0.001,
    }
    asked = door(Called(), tmp_path / "log", body)
    assert [ask(asked).status_code for _ in range(3)] == [202, 202, 429]
    assert ask(asked).content == b'{"message":"Too Many Requests"}'


@pytest.mark.parametrize(
    "answer",
    [Answer(b'{"errorType": "ValueError"}', failed=True), Answer(b'{"statusCode": "x"}')],
)
def test_a_function_that_fails_is_500(tmp_path: Path, answer: Answer) -> None:
    told = ask(door(Called(answer), tmp_path / "log"))
    assert (told.status_code, told.content) == (500, b'{"message":"Internal Server Error"}')


def test_a_function_that_does_not_let_the_api_in_is_500(tmp_path: Path) -> None:
    body = template()
    del body["Resources"]["Permission"]
    called = Called()
    assert ask(door(called, tmp_path / "log", body)).status_code == 500
    assert called.events == []


def test_a_function_that_takes_too_long_is_503(tmp_path: Path) -> None:
    body = template()
    body["Resources"]["Integration"]["Properties"]["TimeoutInMillis"] = 50
    told = ask(door(Called(seconds=0.5), tmp_path / "log", body))
    assert (told.status_code, told.content) == (503, b'{"message":"Service Unavailable"}')


def test_each_request_is_a_line_of_the_access_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    asked = door(Called(), log)
    ask(asked, headers={"user-agent": 'a "b"'})
    ask(asked, "GET", "/nowhere", headers={"user-agent": "c"})
    assert [json.loads(line) for line in log.read_text().splitlines()] == [
        {"route": "POST /echo/{name}", "status": "202", "agent": 'a "b"', "error": "-", "odd": "-"},
        {"route": "-", "status": "404", "agent": "c", "error": "Not Found", "odd": "-"},
    ]


def test_a_route_that_leads_nowhere_is_a_sentence(tmp_path: Path) -> None:
    body = template()
    body["Resources"]["Integration"]["Properties"]["IntegrationUri"] = "arn:x:function:other"
    with pytest.raises(LaptopError, match="Route leads to nothing that is in the template"):
        door(Called(), tmp_path / "log", body)


def token(scope: str) -> str:
    """A token of the small stack's issuer."""
    claims = {
        "iss": "https://issuer.example/small",
        "aud": "small",
        "scope": scope,
        "exp": int(time.time()) + 60,
    }
    return f"Bearer {jwt.encode({'alg': 'RS256', 'kid': 'of-the-issuer'}, claims, KEY)}"


def test_a_guarded_route_tells_its_function_of_the_token(tmp_path: Path) -> None:
    called = Called()
    headers = {"authorization": token("echo/all more")}
    assert ask(door(called, tmp_path / "log"), path="/echo/guarded/a", headers=headers).is_success
    [event] = called.events
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["aud"] == "small"
    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["echo/all"]
    assert event["headers"]["authorization"] == headers["authorization"]


def test_a_guarded_route_is_closed_without_a_good_token(tmp_path: Path) -> None:
    called = Called()
    asked = door(called, tmp_path / "log")
    for headers, status, message in [
        ({}, 401, "Unauthorized"),
        ({"authorization": "Basic c2VuZGVyOm1hZGU="}, 401, "Unauthorized"),
        ({"authorization": token("echo/read")}, 403, "Forbidden"),
    ]:
        answer = ask(asked, path="/echo/guarded/a", headers=headers)
        assert (answer.status_code, answer.json()) == (status, {"message": message})
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "retry-after" not in answer.headers
    twice = httpx.Headers([("authorization", token("echo/all"))] * 2)
    assert ask(asked, path="/echo/guarded/a", headers=twice).status_code == 401
    assert called.events == []


def test_a_route_without_an_authorizer_tells_of_none(tmp_path: Path) -> None:
    called = Called()
    ask(door(called, tmp_path / "log"), headers={"authorization": token("echo/all")})
    assert "authorizer" not in called.events[0]["requestContext"]


def test_why_the_authorizer_said_no_is_in_the_access_log(tmp_path: Path) -> None:
    body = template()
    settings = body["Resources"]["Stage"]["Properties"]["AccessLogSettings"]
    settings["Format"] = '{"said":"$context.error.message","why":"$context.authorizer.error"}'
    asked = door(Called(), tmp_path / "log", body)
    ask(asked, path="/echo/guarded/a")
    ask(asked, path="/echo/a")
    assert [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()] == [
        {"said": "Unauthorized", "why": "missing: token not provided"},
        {"said": "-", "why": "-"},
    ]


def test_a_route_whose_authorizer_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    for authorizer in ({"AuthorizerId": "another"}, {}):
        body = template()
        properties = body["Resources"]["GuardedRoute"]["Properties"]
        del properties["AuthorizerId"]
        properties.update(authorizer)
        with pytest.raises(LaptopError, match="GuardedRoute has an authorizer that is not in the"):
            door(Called(), tmp_path / "log", body)

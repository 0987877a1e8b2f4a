"""Payload format 2.0, as API Gateway has it, in both directions."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.http_api import Api, Request, Response, RouteKey, event, response

API = Api(
    account="123456789012",
    api_id="a1b2c3",
    domain="a1b2c3.execute-api.eu-west-1.amazonaws.com",
    stage="$default",
)
ROUTE = RouteKey("POST /webhooks/digiteal/{type}")
REQUEST = Request(
    method="POST",
    path="/webhooks/digiteal/PAYMENT%20A",
    query="a=1&a=2&b=x%20y&c=",
    headers=[
        ("host", "127.0.0.1:8080"),
        ("content-type", "application/json; charset=utf-8"),
        ("user-agent", "curl/8"),
        ("x-twice", "one"),
        ("x-twice", "two"),
        ("cookie", "a=1; b=2"),
    ],
    body='{"né": 1}'.encode(),
    protocol="HTTP/1.1",
    source_ip="127.0.0.1",
    request_id="abc=",
    seconds=1583348638.39,
)


def test_a_request_becomes_an_event_of_format_two() -> None:
    assert event(API, ROUTE, {"type": "PAYMENT A"}, REQUEST) == {
        "version": "2.0",
        "routeKey": "POST /webhooks/digiteal/{type}",
        "rawPath": "/webhooks/digiteal/PAYMENT A",
        "rawQueryString": "a=1&a=2&b=x%20y&c=",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": "127.0.0.1:8080",
            "content-type": "application/json; charset=utf-8",
            "user-agent": "curl/8",
            "x-twice": "one,two",
        },
        "queryStringParameters": {"a": "1,2", "b": "x y", "c": ""},
        "pathParameters": {"type": "PAYMENT A"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3",
            "http": {
                "method": "POST",
                "path": "/webhooks/digiteal/PAYMENT A",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8",
            },
            "requestId": "abc=",
            "routeKey": "POST /webhooks/digiteal/{type}",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "body": '{"né": 1}',
        "isBase64Encoded": False,
    }


def test_what_there_is_none_of_is_left_out() -> None:
    bare = event(API, ROUTE, {}, replace(REQUEST, query="", headers=[], body=b""))
    absent = {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"}
    assert not absent & set(bare)
    assert bare["rawQueryString"] == ""
    assert bare["isBase64Encoded"] is False


def test_what_an_authorizer_knows_is_told() -> None:
    told = {"jwt": {"claims": {"sub": "a"}, "scopes": None}}
    context = event(API, ROUTE, {}, REQUEST, told)["requestContext"]
    assert context["authorizer"] == {"jwt": {"claims": {"sub": "a"}, "scopes": None}}
    assert "authorizer" not in event(API, ROUTE, {}, REQUEST)["requestContext"]


def test_stage_variables_are_told() -> None:
    assert event(replace(API, variables={"a": "b"}), ROUTE, {}, REQUEST)["stageVariables"] == {
        "a": "b"
    }


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{}", ("{}", False)),
        ("APPLICATION/JSON", b"{}", ("{}", False)),
        ("application/xml", b"<a/>", ("<a/>", False)),
        ("application/javascript", b"1", ("1", False)),
        ("text/plain", b"a", ("a", False)),
        ("application/json", b"\xff", ("/w==", True)),
        ("application/octet-stream", b"a", ("YQ==", True)),
        ("application/x-www-form-urlencoded", b"a", ("YQ==", True)),
        ("application/cloudevents+json", b"a", ("YQ==", True)),
        ("", b"a", ("YQ==", True)),
    ],
)
def test_a_body_that_is_not_text_comes_as_base64(
    content_type: str, body: bytes, expected: tuple[str, bool]
) -> None:
    asked = replace(REQUEST, headers=[("content-type", content_type)], body=body)
    told = event(API, ROUTE, {}, asked)
    assert (told["body"], told["isBase64Encoded"]) == expected


@pytest.mark.parametrize(
    ("route", "method", "path", "expected"),
    [
        ("POST /a", "POST", "/a", {}),
        ("POST /a", "GET", "/a", None),
        ("POST /a", "POST", "/a/", None),
        ("POST /a", "POST", "/ab", None),
        ("ANY /a", "PUT", "/a", {}),
        ("POST /a/{x}", "POST", "/a/b%2Fc", {"x": "b/c"}),
        ("POST /a/{x}", "POST", "/a/b/c", None),
        ("POST /a/{x}/{y}", "POST", "/a/b/c", {"x": "b", "y": "c"}),
        ("POST /a/{x+}", "POST", "/a/b/c", {"x": "b/c"}),
        ("POST /a.b", "POST", "/aXb", None),
        ("$default", "GET", "/anything", {}),
    ],
)
def test_a_route_matches_method_and_path(
    route: str, method: str, path: str, expected: dict[str, str] | None
) -> None:
    assert RouteKey(route).match(method, path) == expected


def test_the_most_exact_route_comes_first() -> None:
    routes = ["$default", "ANY /a/{x+}", "POST /a/{x+}", "POST /a/{x}", "ANY /a/b", "POST /a/b"]
    assert [key.text for key in sorted(map(RouteKey, routes), key=lambda one: one.rank)] == [
        "POST /a/b",
        "ANY /a/b",
        "POST /a/{x}",
        "POST /a/{x+}",
        "ANY /a/{x+}",
        "$default",
    ]


JSON_TYPE = ("content-type", "application/json")
TEXT_TYPE = ("content-type", "text/plain;charset=utf-8")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"statusCode": 204}, Response(204, b"", [TEXT_TYPE])),
        ({"statusCode": "404", "body": "no"}, Response(404, b"no", [TEXT_TYPE])),
        (
            {"statusCode": 503, "headers": {"Retry-After": 30, "Content-Type": "a/b"}},
            Response(503, b"", [("retry-after", "30"), ("content-type", "a/b")]),
        ),
        (
            {"statusCode": 200, "cookies": ["a=1", "b=2"]},
            Response(200, b"", [TEXT_TYPE, ("set-cookie", "a=1"), ("set-cookie", "b=2")]),
        ),
        (
            {"statusCode": 200, "body": "/w==", "isBase64Encoded": True},
            Response(200, b"\xff", [TEXT_TYPE]),
        ),
        ({"message": "hi"}, Response(200, b'{"message": "hi"}', [JSON_TYPE])),
        ("hi", Response(200, b"hi", [JSON_TYPE])),
    ],
)
def test_an_answer_becomes_a_response(answer: Any, expected: Response) -> None:
    assert response(json.dumps(answer).encode()) == expected


@pytest.mark.parametrize(
    "answer", [b"not json", b'{"statusCode": "x"}', b'{"statusCode": 200, "body": {}}']
)
def test_an_answer_that_is_none_is_an_error(answer: bytes) -> None:
    with pytest.raises((TypeError, ValueError)):
        response(answer)

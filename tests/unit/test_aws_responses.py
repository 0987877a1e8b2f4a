"""Whatever a server does, a call of the functions' clients ends as it would with botocore."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zlib import crc32

import pytest
from botocore import exceptions
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError, ClientError

from functions.runtime import endpoint
from functions.runtime.aws import client
from functions.runtime.endpoint import disconnect, pool
from functions.settings import WrongSettings
from inlet.complete_response import IncompleteResponse
from tests.support.pools import Response, connected_to


class Server:
    """A server that reads a request and writes the next of its texts, then closes the connection.

    An empty text closes it at once, and None leaves it open without a response.
    """

    def __init__(self) -> None:
        self.texts: list[bytes | None] = []
        self.requests: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # the test is over
                return
            self.requests.append(_request_on(connection))
            text = self.texts.pop(0)
            if text is None:
                self._open.append(connection)
                continue
            # Each response is whole before its connection ends.
            connection.sendall(text)
            connection.close()

    def close(self) -> None:
        """Close everything."""
        self._listening.shutdown(socket.SHUT_RDWR)
        for one in (self._listening, *self._open):
            one.close()


def _request_on(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        data += part
        if not part or data.startswith(b"\x16"):  # it begins TLS
            return data
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line[16:])
            for line in head.split(b"\r\n")
            if line[:16].lower() == b"content-length: "
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server at every service's address, and no pause between two attempts."""
    made = Server()
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
    monkeypatch.setattr("functions.runtime.endpoint.time.sleep", lambda _: None)
    yield made
    made.close()
    disconnect()


def response(body: bytes | str = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """Return a response as bytes; headers replace those of the same name, with _ for -."""
    body = body.encode() if isinstance(body, str) else body
    lines = {"content_length": str(len(body)), "connection": "close", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def error(kind: str, **members: Any) -> bytes:
    """Return an error response of a service that speaks JSON."""
    return response(json.dumps({"__type": kind, **members}), "400 Bad Request")


ITEM = '{"Item": {"pk": {"S": "x"}, "detail": {"B": "AP8="}}}'
FOUND = {"pk": {"S": "x"}, "detail": {"B": b"\0\xff"}}


def get() -> dict[str, Any]:
    """Get an item: every service that speaks JSON is called in the same way."""
    made: dict[str, Any] = client("dynamodb", "amazonaws.com").get_item(TableName="t", Key={})
    return made


CLOSED = exceptions.ConnectionClosedError
THROTTLED = """
    BandwidthLimitExceeded LimitExceededException PriorRequestNotComplete
    ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled
    RequestThrottledException RequestTimeout RequestTimeoutException SlowDown ThrottledException
    Throttling ThrottlingException TooManyRequestsException TransactionInProgressException
"""


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (b"", CLOSED),
        (b"\r\n\r\n", CLOSED),
        (b"no HTTP at all\r\n\r\n", CLOSED),
        (b"HTTP/1.1 two hundred\r\n\r\n", CLOSED),
        (b"HTTP/1.1 200 OK\r\n" + b"x-long: " + b"a" * 70_000, CLOSED),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n", CLOSED),
        (b"HTTP/1.1 200 OK\r\nconte", IncompleteResponse),
        (response(ITEM, content_length="1000"), CLOSED),
        (response(ITEM[:-1]), IncompleteResponse),
        (response(""), IncompleteResponse),
        (response("", "204 No Content"), IncompleteResponse),
        (response("null"), IncompleteResponse),
        (response("[]"), IncompleteResponse),
        (response(ITEM + "}"), IncompleteResponse),
        (response("<html>It works!</html>"), IncompleteResponse),
        (response(b'{"Item": "\xff"}'), IncompleteResponse),
        (response('{"Item": {"detail": {"B": "A"}}}'), IncompleteResponse),
        (response("\x1f\x8b", content_encoding="gzip"), IncompleteResponse),
        (response(ITEM, x_amz_crc32="1"), IncompleteResponse),
        (response(ITEM, x_amz_crc32="what"), IncompleteResponse),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n", CLOSED),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n{}\r\n", CLOSED),
    ],
)
def test_broken_response_is_an_error_after_two_attempts(
    server: Server, text: bytes, raised: type[BotoCoreError]
) -> None:
    server.texts = [text, text]
    with pytest.raises(BotoCoreError) as caught:
        get()
    assert type(caught.value) is raised
    assert [attempt_of(request) for request in server.requests] == [1, 2]


def attempt_of(request: bytes) -> int:
    """Return the attempt that a request says it is."""
    return int(request.partition(b"amz-sdk-request: attempt=")[2][:1])


@pytest.mark.parametrize(
    ("text", "code", "attempts"),
    [
        (error("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"),
         "ResourceNotFoundException", 1),
        (error("ValidationException:http://internal/"), "ValidationException", 1),
        (error("ThrottlingException"), "ThrottlingException", 2),
        (error("ProvisionedThroughputExceededException"),
         "ProvisionedThroughputExceededException", 2),
        (response('{"__type": null}', "400 Bad Request"), "400", 1),
        (response("{", "400 Bad Request"), "400", 1),
        (response("", "403 Forbidden"), "403", 1),
        (response("{}", "300 Multiple Choices"), "300", 1),
        (response("", "429 Too Many Requests"), "429", 2),
        (response("", "301 Moved", location="http://127.0.0.1:9/"), "301", 1),
        (response(b"<Error><Code>Odd</Code><Message>\xff</Message></Error>", "400 No"), "Odd", 1),
        (response("{}", "500 Internal Server Error"), "500", 2),
        (response("<html>Bad gateway</html>", "502 Bad Gateway"), "502", 2),
        (response("[]", "503 Service Unavailable"), "503", 2),
        (response("null", "504 Gateway Timeout"), "504", 2),
        (response("{}", "501 Not Implemented"), "501", 1),
    ],
)  # fmt: skip
def test_error_response_has_its_code_and_is_retried_only_if_it_may_pass(
    server: Server, text: bytes, code: str, attempts: int
) -> None:
    server.texts = [text, text]
    with pytest.raises(ClientError) as caught:
        get()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert len(server.requests) == attempts
    assert caught.value.operation_name == "GetItem"


@pytest.mark.parametrize("code", THROTTLED.split())
def test_throttled_call_is_retried_whatever_its_status(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr("functions.runtime.endpoint.time.sleep", lambda _: None)
    responses = [Response.of({"__type": code}, 400), Response.of({})]
    with connected_to(lambda _: responses.pop(0)):
        assert get()["ResponseMetadata"]["RetryAttempts"] == 1


def test_error_has_its_message_its_members_and_its_request_id(server: Server) -> None:
    body = json.dumps({"__type": "ConditionalCheckFailedException", "Item": FOUND_AS_SENT,
                       "Message": "The conditional request failed"})  # fmt: skip
    server.texts = [response(body, "400 Bad Request", x_amzn_requestid="an-id")]
    with pytest.raises(ClientError) as caught:
        get()
    answer: Any = caught.value.response
    assert answer["Item"] == FOUND
    assert answer["Error"]["Message"] == "The conditional request failed"
    assert answer["ResponseMetadata"]["RequestId"] == "an-id"


FOUND_AS_SENT = json.loads(ITEM)["Item"]


def test_event_whose_id_is_null_has_no_id(server: Server) -> None:
    server.texts = [
        response('{"Entries": [{"EventId": null, "ErrorCode": "InternalFailure"}], "More": null}')
    ]
    answer = client("events", "amazonaws.com").put_events(Entries=[])
    assert answer["Entries"] == [{"ErrorCode": "InternalFailure"}]
    assert answer.keys() == {"Entries", "ResponseMetadata"}


@pytest.mark.parametrize("first", [b"", response("", "500 Oops"), error("ThrottlingException")])
def test_second_attempt_may_succeed(server: Server, first: bytes) -> None:
    crc = str(crc32(ITEM.encode()))
    server.texts = [first, response(ITEM, x_amz_crc32=crc, x_amzn_requestid="an-id")]
    assert get() == {
        "Item": FOUND,
        "ResponseMetadata": {"RequestId": "an-id", "HTTPStatusCode": 200, "RetryAttempts": 1},
    }


def test_interim_response_is_passed_over(server: Server) -> None:
    server.texts = [b"HTTP/1.1 100 Continue\r\n\r\n" + response(ITEM)]
    assert get()["Item"] == FOUND


def test_connection_that_the_server_closed_is_replaced(server: Server) -> None:
    body = response(ITEM, connection="keep-alive")
    server.texts = [body, body]
    assert [get()["Item"] for _ in range(2)] == [FOUND, FOUND]


def test_missing_response_is_a_read_timeout_after_two_attempts(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "READ_SECONDS", 0.05)
    server.texts = [None, None]
    with pytest.raises(exceptions.ReadTimeoutError):
        get()
    assert len(server.requests) == 2


def test_server_that_cannot_be_reached_is_a_connection_error() -> None:
    with pytest.raises(exceptions.EndpointConnectionError, match=r"http://127\.0\.0\.1:9"):
        get()  # no test has another address


def test_connection_that_is_not_accepted_in_time_is_a_connect_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def connect(*_: Any, **__: Any) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(exceptions.ConnectTimeoutError):
        get()


def test_address_that_is_none_is_an_http_client_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{'a' * 64}.example")
    with pytest.raises(exceptions.HTTPClientError, match="label empty or too long"):
        get()


def test_server_without_tls_is_a_tls_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.replace("http", "https"))
    server.texts = [b"no TLS", b"no TLS"]
    with pytest.raises(exceptions.SSLError):
        get()


def test_each_connection_has_the_time_budget_and_the_one_tls_context() -> None:
    one, other = (pool(f"https://{service}.eu-west-1.amazonaws.com") for service in ("sqs", "sns"))
    for each in (one, other, pool("http://127.0.0.1:9")):
        assert (each.timeout.connect_timeout, each.timeout.read_timeout) == (1, 2)
    assert pool("https://sqs.eu-west-1.amazonaws.com") is one
    context: ssl.SSLContext = one.conn_kw["ssl_context"]
    assert context is other.conn_kw["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 50
    disconnect()
    assert pool("https://sqs.eu-west-1.amazonaws.com") is not one
    disconnect()


def test_retries_stop_while_most_calls_fail_and_come_back_with_successes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("functions.runtime.endpoint.time.sleep", lambda _: None)
    requests: list[AWSPreparedRequest] = []
    statuses = [500]

    def answer(request: AWSPreparedRequest) -> Response:
        requests.append(request)
        return Response(statuses[-1], b"{}")

    made = client("dynamodb", "amazonaws.com")

    def call(times: int) -> int:
        """Return how many requests some calls take."""
        requests.clear()
        for _ in range(times):
            try:
                made.get_item(TableName="t", Key={})
            except ClientError:
                assert statuses[-1] == 500
        return len(requests)

    with connected_to(answer):
        assert call(100) == 200
        assert call(10) == 10
        statuses.append(200)
        assert call(5) == 5
        statuses.append(500)
        assert call(2) == 3


@pytest.mark.parametrize(
    ("service", "call", "text", "raised"),
    [
        ("s3", "get_object", response("body", etag='"e"'), IncompleteResponse),
        ("s3", "get_object", response("body", last_modified="Sun, 06 Nov 1994 08:49:37 GMT"),
         IncompleteResponse),
        ("s3", "get_object", response("body", content_length="9"), CLOSED),
        ("s3", "put_object", response(""), IncompleteResponse),
        ("s3", "put_object", response("<Error><Code>InternalError</Code></Error>", etag='"e"'),
         IncompleteResponse),
        ("sns", "publish", response("<PublishResponse/>"), IncompleteResponse),
        ("sns", "publish", response(""), IncompleteResponse),
    ],
)  # fmt: skip
def test_broken_response_of_other_services_is_an_error_too(
    server: Server, service: str, call: str, text: bytes, raised: type[BotoCoreError]
) -> None:
    server.texts = [text, text]
    with pytest.raises(raised):
        CALLS[call](client(service, "amazonaws.com"))
    assert len(server.requests) == 2


CALLS: dict[str, Callable[[Any], Any]] = {
    "get_object": lambda s3: s3.get_object(Bucket="b", Key="k"),
    "put_object": lambda s3: s3.put_object(Bucket="b", Key="k", Body=b"", ContentType="text/plain"),
    "publish": lambda sns: sns.publish(
        TopicArn="t", Subject="s", Message="m", MessageAttributes={}
    ),
}


def test_error_in_xml_has_its_code_and_message(server: Server) -> None:
    server.texts = [
        response(
            "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No such key.</Message>"
            "<Key>k</Key></Error>",
            "404 Not Found",
            x_amz_request_id="an-id",
        )
    ]
    with pytest.raises(
        ClientError, match=r"\(NoSuchKey\) .* GetObject operation: No such key\."
    ) as e:
        CALLS["get_object"](client("s3", "amazonaws.com"))
    assert e.value.response["ResponseMetadata"]["RequestId"] == "an-id"


def test_object_comes_with_its_metadata(server: Server) -> None:
    stored = datetime(2025, 3, 30, 10, 15, tzinfo=UTC)
    server.texts = [
        response(
            b"\0\xff",
            ETag='"an-etag"',
            Last_Modified=format_datetime(stored, usegmt=True),
            X_Amz_Meta_Counted_Since="2025",
        )
    ]
    found = CALLS["get_object"](client("s3", "amazonaws.com"))
    assert (found["Body"].read(), found["ETag"]) == (b"\0\xff", '"an-etag"')
    assert (found["LastModified"], found["Metadata"]) == (stored, {"counted-since": "2025"})


def test_parameter_that_is_no_json_is_rejected_before_it_is_sent() -> None:
    made = client("dynamodb", "amazonaws.com")
    with pytest.raises(TypeError, match=r"Parameters cannot have a datetime\."):
        made.get_item(TableName="t", Key={"pk": {"S": datetime.now(UTC)}})


def test_request_says_which_invocation_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2;Lineage=3")
    seen: list[str] = []

    def answer(request: AWSPreparedRequest) -> Response:
        seen.append(request.headers["x-amzn-trace-id"])
        return Response.of({})

    with connected_to(answer):
        get()
    assert seen == ["Root=1-2;Lineage=3"]


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("HTTPS_PROXY", "functions do not support a proxy. Remove it."),
        ("https_proxy", "functions do not support a proxy. Remove it."),
        ("AWS_USE_FIPS_ENDPOINT", "functions do not support FIPS endpoints. Remove it."),
        ("AWS_USE_DUALSTACK_ENDPOINT", "functions do not support dual-stack endpoints. Remove it."),
    ],
)
def test_unsupported_environment_is_rejected(
    monkeypatch: pytest.MonkeyPatch, variable: str, says: str
) -> None:
    monkeypatch.setenv(variable, "False")
    client("dynamodb", "amazonaws.com")
    monkeypatch.setenv(variable, "true")
    with pytest.raises(WrongSettings) as caught:
        client("dynamodb", "amazonaws.com")
    assert str(caught.value) == f"{variable}: {says}"


@pytest.mark.parametrize("url", ["http://localhost:4566/a-path", "localhost:4566", "ftp://host"])
def test_endpoint_is_a_scheme_and_a_host_only(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566/")
    client("dynamodb", "amazonaws.com")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(WrongSettings, match=f"AWS_ENDPOINT_URL: {url} is not a scheme and a host"):
        client("dynamodb", "amazonaws.com")


def test_region_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(WrongSettings, match="AWS_REGION: it is missing"):
        client("dynamodb", "amazonaws.com")


def test_authorities_that_cannot_be_read_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    endpoint._tls.cache_clear()  # noqa: SLF001
    with pytest.raises(WrongSettings, match=r"^AWS_CA_BUNDLE: .*missing\.pem has no certificates"):
        client("dynamodb", "amazonaws.com")


@pytest.fixture
def without_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment without keys, as with SnapStart."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    endpoint._chain.cache_clear()  # noqa: SLF001
    yield
    endpoint._chain.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("without_keys")
def test_keys_come_from_the_container_endpoint_of_lambda(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/role")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "lambdas-own")
    keys = {"AccessKeyId": "an-id", "SecretAccessKey": "a-key", "Token": "a-token"}
    expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    server.texts = [response(json.dumps({**keys, "Expiration": expires})), response(), response()]
    get()
    get()
    asked, *requests = server.requests
    assert b"Authorization: lambdas-own" in asked
    for request in requests:
        assert b"Credential=an-id/" in request
        assert b"x-amz-security-token: a-token" in request
    assert len(requests) == 2


@pytest.mark.usefixtures("without_keys")
def test_function_without_keys_makes_no_request() -> None:
    with (
        patch("botocore.session.Session.get_credentials", lambda _: None),
        pytest.raises(exceptions.NoCredentialsError),
    ):
        get()

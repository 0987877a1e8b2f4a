"""Send requests to a service of AWS: sign them, keep connections open, retry once, map errors.

The time budget is that of one call. Exceptions are botocore's.
"""

import json
import os
import random
import re
import ssl
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zlib import crc32

import botocore
import urllib3.exceptions as failures
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry, Timeout

from functions.runtime.signature import Keys, Scope, signed
from functions.settings import WrongSettings
from inlet.complete_response import IncompleteResponse

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 2
LONGEST_PAUSE_SECONDS = 1
"""The longest pause before the second attempt."""
LONGEST_CALL_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + LONGEST_PAUSE_SECONDS
"""The longest that one call to AWS takes, in seconds, unless its response comes in drips."""

RETRY_QUOTA = 500
"""What failed calls can take for their second attempts until others succeed, as in botocore."""
RETRY_COST, TIMEOUT_RETRY_COST = 5, 10
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})
TRANSIENT_CODES = frozenset({
    "BandwidthLimitExceeded", "LimitExceededException", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
    "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "SlowDown",
    "ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException",
    "TransactionInProgressException",
})  # fmt: skip
"""Errors after which a second attempt may succeed, whatever their status."""

NO_RETRIES = Retry(total=False)
"""For urllib3: attempts are counted in `Endpoint.call`."""

ENDPOINT_VARIABLES = {
    "dynamodb": "AWS_ENDPOINT_URL_DYNAMODB",
    "events": "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "s3": "AWS_ENDPOINT_URL_S3",
    "secretsmanager": "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "sns": "AWS_ENDPOINT_URL_SNS",
    "sqs": "AWS_ENDPOINT_URL_SQS",
}
UNSUPPORTED_VARIABLES = {
    "HTTPS_PROXY": "a proxy",
    "https_proxy": "a proxy",
    "AWS_USE_FIPS_ENDPOINT": "FIPS endpoints",
    "AWS_USE_DUALSTACK_ENDPOINT": "dual-stack endpoints",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request. `url` is the scheme and host, `path` is percent-encoded.

    `headers` have lower-case names. `read` returns the result in a successful response, and raises
    ValueError or LookupError where the response was cut short.
    """

    operation: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    read: "Callable[[BaseHTTPResponse], dict[str, Any]]"
    method: str = "POST"
    path: str = "/"


class Endpoint:
    """Where a service is: `url`, which is `custom_url` if an endpoint variable names one."""

    def __init__(self, service: str, url_suffix: str) -> None:
        environment = os.environ
        for name, feature in UNSUPPORTED_VARIABLES.items():
            if environment.get(name, "").lower() not in {"", "false"}:
                raise WrongSettings(f"{name}: functions do not support {feature}. Remove it.")
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise WrongSettings("AWS_REGION: it is missing. Lambda sets it; elsewhere, set it.")
        self.host = f"{service}.{region}.{url_suffix}"
        self.custom_url: str | None = None
        for name in ("AWS_ENDPOINT_URL", ENDPOINT_VARIABLES[service]):
            if custom := environment.get(name):
                if not re.fullmatch(r"https?://[^/?#@\s]+/*", custom):
                    raise WrongSettings(f"{name}: {custom} is not a scheme and a host only.")
                self.custom_url = custom.rstrip("/")
        self.url = self.custom_url or f"https://{self.host}"
        if self.url.startswith("https"):
            _tls()  # so that an unreadable AWS_CA_BUNDLE fails at the start
        self._scope = Scope(service, region)
        self._keys = _keys()
        self._retry_quota = RETRY_QUOTA

    def call(self, request: Request) -> dict[str, Any]:
        """Send a request, and return its result with `ResponseMetadata`.

        Raises ClientError for an error response, and BotoCoreError where no complete response
        came. The call may have had its effect all the same.
        """
        retries = cost = 0
        while True:
            try:
                result = self._attempt(request, retries)
            except (BotoCoreError, ClientError) as error:
                cost = _cost_of_retry(error)
                if retries + 1 == ATTEMPTS or not cost or cost > self._retry_quota:
                    raise
                self._retry_quota -= cost
            else:
                self._retry_quota = min(RETRY_QUOTA, self._retry_quota + (cost or 1))
                return result
            retries += 1
            time.sleep(random.random() * LONGEST_PAUSE_SECONDS)  # noqa: S311 - it is no secret

    def _attempt(self, request: Request, retries: int) -> dict[str, Any]:
        headers = {
            **request.headers,
            "host": request.url.partition("//")[2],
            "user-agent": "Inlet",
            "amz-sdk-request": f"attempt={retries + 1}; max={ATTEMPTS}",
        }
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):  # with it, Lambda detects loops
            headers["x-amzn-trace-id"] = trace
        headers = signed(
            request.method,
            request.path,
            headers,
            request.body,
            keys=self._keys(),
            scope=self._scope,
            now=datetime.now(UTC),
        )
        try:
            response = pool(request.url).urlopen(
                request.method,
                request.path,
                request.body or None,
                headers,
                retries=NO_RETRIES,
                redirect=False,
                assert_same_host=False,
                decode_content=False,
            )
        except failures.HTTPError as error:
            raise _failure(error, request.url) from error
        try:
            return _result(response, request, retries)
        except (LookupError, ValueError) as error:
            raise IncompleteResponse(operation=request.operation) from error


def _result(response: "BaseHTTPResponse", request: Request, retries: int) -> dict[str, Any]:
    """Return the result in a response. Raises ClientError, and ValueError if it was cut short."""
    headers = response.headers
    checksum = headers.get("x-amz-crc32")  # DynamoDB sends it
    if checksum and checksum != str(crc32(response.data)):
        raise ValueError("The body has another checksum.")
    metadata = {
        "RequestId": headers.get("x-amzn-requestid") or headers.get("x-amz-request-id"),
        "HTTPStatusCode": response.status,
        "RetryAttempts": retries,
    }
    if response.status >= 300:  # noqa: PLR2004 - anything but success
        described = {**_error_in(response), "ResponseMetadata": metadata}
        raise ClientError(described, request.operation)  # type: ignore[arg-type]
    return {**request.read(response), "ResponseMetadata": metadata}


def json_object(response: "BaseHTTPResponse") -> dict[str, Any]:
    """Return the JSON object in a response: nothing in it is null, and binary attributes are bytes.

    Raises ValueError for anything else: a response that was cut short is no object.
    """
    data = response.data
    read = _as_botocore_has_it if b'"B"' in data or b"null" in data else None
    found = json.loads(data, object_hook=read)
    if not isinstance(found, dict):
        raise ValueError("The body is no object.")  # noqa: TRY004 - callers expect this one
    return found


def _as_botocore_has_it(found: dict[str, Any]) -> dict[str, Any]:
    """Return an object of a response without nulls, and a binary attribute value as bytes."""
    if found.keys() == {"B"} and isinstance(found["B"], str):
        return {"B": b64decode(found["B"])}
    return {name: value for name, value in found.items() if value is not None}


def _error_in(response: "BaseHTTPResponse") -> dict[str, Any]:
    """Return the members of an error response, with `Error` as botocore has it."""
    members: dict[str, Any] = {}
    if response.data.startswith(b"<"):
        text = response.data.decode(errors="replace")
        found = {tag: re.search(f"<{tag}>([^<]*)</{tag}>", text) for tag in ("Code", "Message")}
        code, message = (match and match[1] for match in found.values())
    else:
        with suppress(ValueError):
            members = json_object(response)
        # `com.amazonaws.dynamodb.v20120810#Code`, or `Code:http://…`
        code = str(members.get("__type", "")).rpartition("#")[2].partition(":")[0]
        message = members.get("message", members.get("Message"))
    return {**members, "Error": {"Code": code or str(response.status), "Message": message or ""}}


def _failure(error: failures.HTTPError, url: str) -> BotoCoreError:
    """Return botocore's exception for a request that got no response."""
    kinds = (
        (failures.NewConnectionError, EndpointConnectionError),
        (failures.ConnectTimeoutError, ConnectTimeoutError),
        (failures.ReadTimeoutError, ReadTimeoutError),
        (failures.SSLError, SSLError),
        (failures.ProtocolError, ConnectionClosedError),
    )
    for kind, exception in kinds:
        if isinstance(error, kind):
            return exception(endpoint_url=url, error=error)
    return HTTPClientError(error=error)


def _cost_of_retry(error: BotoCoreError | ClientError) -> int:
    """Return what a second attempt takes from the quota; 0 where it would fail as well."""
    if isinstance(error, ClientError):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        is_transient = (
            status in TRANSIENT_STATUSES or error.response["Error"]["Code"] in TRANSIENT_CODES
        )
    elif isinstance(error, (ConnectTimeoutError, ReadTimeoutError)):
        return TIMEOUT_RETRY_COST
    else:
        transient = (EndpointConnectionError, SSLError, HTTPClientError, IncompleteResponse)
        is_transient = isinstance(error, transient)
    return RETRY_COST if is_transient else 0


_pools: dict[str, HTTPConnectionPool] = {}


def pool(url: str) -> HTTPConnectionPool:
    """Return the connections to an address, which all clients share."""
    if url not in _pools:
        parts = urlsplit(url)
        host = parts.hostname or ""
        timeout = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        _pools[url] = (
            HTTPConnectionPool(host, parts.port, timeout)
            if parts.scheme == "http"
            else HTTPSConnectionPool(host, parts.port, timeout, ssl_context=_tls())
        )
    return _pools[url]


def disconnect() -> None:
    """Close every connection to AWS. The next call opens another one."""
    for one in _pools.values():
        one.close()
    _pools.clear()


@cache
def _tls() -> ssl.SSLContext:
    """Return the one TLS context: to read the authorities takes longer than a call."""
    authorities = os.environ.get("AWS_CA_BUNDLE") or Path(botocore.__file__).parent / "cacert.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(authorities)
    except OSError as error:
        raise WrongSettings(
            f"AWS_CA_BUNDLE: {authorities} has no certificates ({error})."
        ) from None
    return context


def _keys() -> Callable[[], Keys]:
    """Return a function that returns the keys for the next request."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    access_key, secret_key, token = (os.environ.get(name) for name in names)
    if not access_key or not secret_key:
        return _keys_of_chain
    keys = Keys(access_key, secret_key, token)
    return lambda: keys


def _keys_of_chain() -> Keys:
    """Return the keys that botocore finds; it renews those that expire. Raises BotoCoreError."""
    credentials = _chain()
    if credentials is None:
        raise NoCredentialsError
    return Keys(*credentials.get_frozen_credentials()[:3])


@cache
def _chain() -> Any:  # noqa: ANN401 - botocore has no types
    # Functions that have keys in their environment start without it.
    from botocore.session import Session  # noqa: PLC0415

    return Session().get_credentials()

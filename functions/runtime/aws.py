"""Clients for the operations of AWS that the functions call, and no others.

Methods, parameters and results are boto3's and exceptions are botocore's, so that boto3's clients
can take the place of these (docs/decisions/0035-call-aws-through-clients-of-our-own.md). Keys come
from the environment, or else from botocore's chain: with SnapStart, from Lambda's own endpoint.
`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_CA_BUNDLE` are honored. A variable for a
proxy, or for endpoints with FIPS or dual stack, raises WrongSettings: these are not supported.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlencode

from functions.runtime.endpoint import LONGEST_CALL_SECONDS, Endpoint, Request, json_object

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from urllib3 import BaseHTTPResponse

NOTHING: Mapping[str, str] = MappingProxyType({})


def client(service: str, url_suffix: str) -> Any:  # noqa: ANN401 - each service has a type of its own
    """Return the client of a service, by boto3's name of it.

    `url_suffix` is the domain of the region's partition, such as `amazonaws.com`. Raises
    WrongSettings where the environment names no region, or asks for what is not supported.
    """
    return CLIENTS[service](Endpoint(service, url_suffix))


def has_time_for(calls: int, context: "LambdaContext") -> bool:
    """Return whether the function still runs when so many calls take as long as they can."""
    return context.get_remaining_time_in_millis() >= 1000 * calls * LONGEST_CALL_SECONDS


class Client:
    """The client of a service."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint


class JsonClient(Client):
    """The client of a service that speaks AWS JSON. Parameters are sent as they are."""

    target: ClassVar[str]
    """The prefix of the operation in the header `X-Amz-Target`."""
    version: ClassVar[str]
    """The version of AWS JSON."""

    def call(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        read: "Callable[[BaseHTTPResponse], dict[str, Any]]",
    ) -> dict[str, Any]:
        """Call an operation. Raises as `Endpoint.call` does."""
        headers = {
            "content-type": f"application/x-amz-json-{self.version}",
            "x-amz-target": f"{self.target}.{operation}",
        }
        return self._endpoint.call(
            Request(
                operation=operation,
                url=self._endpoint.url,
                headers=headers,
                body=ENCODER.encode(parameters).encode(),
                read=read,
            )
        )


def _base64(value: object) -> str:
    if isinstance(value, bytes):  # a binary attribute of DynamoDB
        return b64encode(value).decode()
    raise TypeError(f"Parameters cannot have a {type(value).__name__}.")


ENCODER = json.JSONEncoder(default=_base64)


def _operation(
    name: str, read: "Callable[[BaseHTTPResponse], dict[str, Any]]" = json_object
) -> Callable[..., dict[str, Any]]:
    def method(client: JsonClient, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return client.call(name, parameters, read)

    return method


def _nothing(_: "BaseHTTPResponse") -> dict[str, Any]:
    return {}


class DynamoDB(JsonClient):
    """The client of DynamoDB. Binary attributes are bytes."""

    target, version = "DynamoDB_20120810", "1.0"
    delete_item = _operation("DeleteItem")
    get_item = _operation("GetItem")
    put_item = _operation("PutItem")
    query = _operation("Query")
    update_item = _operation("UpdateItem")


class EventBridge(JsonClient):
    """The client of EventBridge."""

    target, version = "AWSEvents", "1.1"
    describe_event_bus = _operation("DescribeEventBus")
    put_events = _operation("PutEvents")


class SecretsManager(JsonClient):
    """The client of Secrets Manager."""

    target, version = "secretsmanager", "1.1"
    get_secret_value = _operation("GetSecretValue")


class SQS(JsonClient):
    """The client of SQS."""

    target, version = "AmazonSQS", "1.0"
    change_message_visibility = _operation("ChangeMessageVisibility", _nothing)


class SNS(Client):
    """The client of SNS, which takes a form and answers in XML."""

    def publish(
        self,
        *,
        MessageAttributes: Mapping[str, Mapping[str, str]],  # noqa: N803 - boto3's name
        **parameters: str,
    ) -> dict[str, Any]:
        """Publish a message to a topic. Attributes are texts."""
        form = {"Action": "Publish", "Version": "2010-03-31", **parameters}
        for place, (name, value) in enumerate(MessageAttributes.items(), 1):
            entry = f"MessageAttributes.entry.{place}"
            form[f"{entry}.Name"] = name
            form[f"{entry}.Value.DataType"] = value["DataType"]
            form[f"{entry}.Value.StringValue"] = value["StringValue"]
        return self._endpoint.call(
            Request(
                operation="Publish",
                url=self._endpoint.url,
                headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
                body=urlencode(form).encode(),
                read=_message_id,
            )
        )


def _message_id(response: "BaseHTTPResponse") -> dict[str, Any]:
    found = re.search(rb"<MessageId>([^<]+)</MessageId>", response.data)
    if not found:
        raise ValueError("The body has no message id.")
    return {"MessageId": found[1].decode()}


class S3(Client):
    """The client of S3. A bucket has its own host, but behind an endpoint variable its own path."""

    def put_object(  # noqa: PLR0913 - boto3's names
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        ContentType: str,  # noqa: N803
        Metadata: Mapping[str, str] = NOTHING,  # noqa: N803
        IfMatch: str = "",  # noqa: N803
        IfNoneMatch: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """Put an object, under conditions if any are given."""
        headers = {
            "content-type": ContentType,
            "if-match": IfMatch,
            "if-none-match": IfNoneMatch,
            **{f"{METADATA}{name}": value for name, value in Metadata.items()},
        }
        return self._endpoint.call(
            Request(
                operation="PutObject",
                method="PUT",
                headers={name: value for name, value in headers.items() if value},
                body=Body,
                read=_stored,
                **self._place(Bucket, Key),
            )
        )

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """Get an object, all of its `Body` included."""
        return self._endpoint.call(
            Request(
                operation="GetObject",
                method="GET",
                headers=NOTHING,
                body=b"",
                read=_object,
                **self._place(Bucket, Key),
            )
        )

    def _place(self, bucket: str, key: str) -> dict[str, str]:
        path = quote(key, safe="/~")
        if self._endpoint.custom_url:
            return {"url": self._endpoint.custom_url, "path": f"/{bucket}/{path}"}
        return {"url": f"https://{bucket}.{self._endpoint.host}", "path": f"/{path}"}


METADATA = "x-amz-meta-"


def _stored(response: "BaseHTTPResponse") -> dict[str, Any]:
    # S3 may find out that it fails after it has sent the status 200.
    if b"<Error>" in response.data:
        raise ValueError("The body is an error.")
    return {"ETag": response.headers["etag"]}


def _object(response: "BaseHTTPResponse") -> dict[str, Any]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return {
        "Body": BytesIO(response.data),
        "ETag": headers["etag"],
        "LastModified": parsedate_to_datetime(headers["last-modified"]),
        "Metadata": {
            name.removeprefix(METADATA): value
            for name, value in headers.items()
            if name.startswith(METADATA)
        },
    }


CLIENTS = {
    "dynamodb": DynamoDB,
    "events": EventBridge,
    "s3": S3,
    "secretsmanager": SecretsManager,
    "sns": SNS,
    "sqs": SQS,
}

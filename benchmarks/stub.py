"""The stub: an AWS that is there at once, over TLS, and counts how often it is called.

It does what the functions rely on and no more: a conditional put finds what was put before, an
update sets attributes, a query reads a subject's items in pages as DynamoDB does.
"""

import json
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from benchmarks.certificates import HOST, Certificates

PAGE_BYTES = 1_000_000
"""As much as a query of DynamoDB's gives at once."""
PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    "<MessageId>00000000-0000-4000-8000-000000000000</MessageId></PublishResult>"
    "</PublishResponse>"
)

Item = dict[str, Any]


class Refused(Exception):
    """What DynamoDB says where a condition does not hold."""


SERVICES = ("DYNAMODB", "EVENTBRIDGE", "S3", "SECRETS_MANAGER", "SNS", "SQS")
"""The services, as the variables with their addresses name them."""


class Stub:
    """A server for each service: on AWS, each has a host of its own and so its own connections.

    `urls` has their addresses. `calls` counts operations by name; `tables` holds the items by their
    keys. `connections` is how many were opened, and `secret` what every secret holds.
    """

    def __init__(self, certificates: Certificates, secret: str) -> None:
        self.calls: Counter[str] = Counter()
        self.tables: dict[str, dict[tuple[str, ...], Item]] = {}
        self.connections = 0
        self.secret = secret
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.server)
        self._servers = {service: self._serve(context) for service in SERVICES}
        self.urls = {
            service: f"https://{HOST}:{server.server_port}"
            for service, server in self._servers.items()
        }

    def _serve(self, context: ssl.SSLContext) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer((HOST, 0), partial(_Call, self))
        server.daemon_threads = True
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Any:
        """The answer to a call. Raises Refused."""
        self.calls[operation] += 1
        operations: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "PutItem": self._put,
            "UpdateItem": self._update,
            "GetItem": self._get,
            "Query": self._query,
            "PutEvents": lambda _: {"FailedEntryCount": 0, "Entries": [{"EventId": "an-id"}]},
            "GetSecretValue": lambda _: {"SecretString": self.secret},
            "Publish": lambda _: PUBLISHED,
        }
        known = operations.get(operation)
        return known(asked) if known else {}

    def _put(self, asked: Mapping[str, Any]) -> Any:
        table, item = self._table(asked), asked["Item"]
        there = table.get(_key(item))
        if "ConditionExpression" in asked and there is not None:
            raise Refused(there)
        table[_key(item)] = item
        return {}

    def _update(self, asked: Mapping[str, Any]) -> Any:
        item = self._table(asked).setdefault(_key(asked["Key"]), dict(asked["Key"]))
        names = asked.get("ExpressionAttributeNames", {})
        for name, value in re.findall(r"([#\w]+) = (:\w+)", asked["UpdateExpression"]):
            item[names.get(name, name)] = asked["ExpressionAttributeValues"][value]
        return {"Attributes": item}

    def _get(self, asked: Mapping[str, Any]) -> Any:
        item = self._table(asked).get(_key(asked["Key"]))
        return {"Item": item} if item else {}

    def _query(self, asked: Mapping[str, Any]) -> Any:
        """A page of the items of a partition, in the order of their sort keys."""
        partition = asked["ExpressionAttributeValues"][":pk"]["S"]
        table = self._table(asked)
        after = asked.get("ExclusiveStartKey")
        keys = sorted(k for k in table if k[0] == partition and (not after or k > _key(after)))
        page: list[Item] = []
        size = 0
        names = asked.get("ExpressionAttributeNames", {}).values()
        for key in keys:
            page.append({name: table[key][name] for name in names if name in table[key]})
            size += sum(len(next(iter(value.values()))) for value in table[key].values())
            if size > PAGE_BYTES:
                last = {"pk": table[key]["pk"], "sk": table[key]["sk"]}
                return {"Items": page, "Count": len(page), "LastEvaluatedKey": last}
        return {"Items": page, "Count": len(page)}

    def _table(self, asked: Mapping[str, Any]) -> dict[tuple[str, ...], Item]:
        return self.tables.setdefault(asked["TableName"], {})


def _key(item: Item) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in ("id", "pk", "sk") if name in item)


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, stub: Stub, *arguments: Any) -> None:
        self._stub = stub
        self._stub.connections += 1
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Answer a call in the JSON protocol, or in SNS's."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target")
        if not target:
            asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self._end(200, self._stub.answer(asked["Action"], asked).encode())
            return
        try:
            answer = self._stub.answer(target.partition(".")[2], json.loads(body))
        except Refused as refused:
            kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
            self._end(400, json.dumps({"__type": kind, "Item": refused.args[0]}).encode())
        else:
            self._end(200, json.dumps(answer).encode())

    def do_PUT(self) -> None:
        """Take an object of S3's."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._stub.answer("PutObject", {})
        self._end(200, b"", ETag='"an-etag"')

    def _end(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "a-request")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each call."""

"""Connections of the functions' clients that end in this process instead of at AWS."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.models import botocore_stubber
from urllib3 import HTTPHeaderDict

from functions.runtime import endpoint


@dataclass
class Response:
    """A response, as far as the functions' clients read those of urllib3."""

    status: int
    data: bytes
    headers: HTTPHeaderDict = field(default_factory=HTTPHeaderDict)

    @classmethod
    def of(cls, body: Mapping[str, Any], status: int = 200) -> "Response":
        """Return a response of a service that speaks JSON."""
        return cls(status, json.dumps(body).encode())


Answer = Callable[[AWSPreparedRequest], Response]


@dataclass
class Pool:
    """Connections to an address, of which each request gets the same answer function."""

    url: str
    answer: Answer

    def urlopen(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], **_: Any
    ) -> Response:
        """Answer a request, as urllib3's pool does."""
        own = HTTPHeaders()
        for name, value in headers.items():
            own[name] = value
        return self.answer(
            AWSPreparedRequest(method, self.url + path, own, body, stream_output=False)
        )


@contextmanager
def connected_to(answer: Answer) -> Iterator[None]:
    """Let every request of the functions' clients be answered here."""
    with patch.object(endpoint, "pool", lambda url: Pool(url, answer)):
        yield


def moto(request: AWSPreparedRequest) -> Response:
    """Return the response of AWS in memory."""
    answered = botocore_stubber.process_request(request)
    assert answered is not None, f"moto has nothing at {urlsplit(request.url).netloc}"
    status, headers, body = answered
    data = body.encode() if isinstance(body, str) else body
    return Response(status, data, HTTPHeaderDict({k: str(v) for k, v in headers.items()}))

"""Compute once what boto3, moto, httpx and typer compute for each client, request and command.

That is most of the CPU time of a test with AWS in memory. No response is another than without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import botocore.session
import pytest
import typer.testing
from botocore.useragent import UserAgentString
from httpx._transports import default as httpx
from moto import backend_index
from moto.core import responses
from moto.core.base_backend import BaseBackend
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser  # type: ignore[attr-defined]
from moto.dynamodb.parsing.expressions import (  # type: ignore[attr-defined]
    UpdateExpressionParser,
)
from moto.sqs import models as sqs

from tests.support.aws import SERVICES

FUNCTIONS = (
    (botocore.session, "create_loader"),  # with the service models that it has read
    (responses, "camelcase_to_underscores"),
    (responses, "method_names_from_class"),
    (sqs, "camelcase_to_underscores"),
    (httpx, "create_ssl_context"),  # it reads 140 certificates
    (typer.testing, "_get_command"),
    (UpdateExpressionParser, "make"),
)
"""Functions whose results depend on their arguments only, and are never changed."""


@contextmanager
def computed_once() -> Iterator[None]:
    """Keep the results as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in FUNCTIONS:
            patch.setattr(owner, name, cache(getattr(owner, name)))
        for kind, name in ((BaseBackend, "urls"), (DepthFirstTraverser, "nodes_to_be_processed")):
            patch.setattr(kind, name, _of_class(getattr(kind, name)))
        patch.setattr(UserAgentString, "to_string", lambda _: "tests")
        # moto takes the service whose pattern matches first: those in use, before 200 others.
        first = sorted(backend_index.backend_url_patterns, key=lambda one: one[0] not in SERVICES)
        patch.setattr(backend_index, "backend_url_patterns", first)
        yield


def _of_class(member: Any) -> Any:
    """Return a property or method that is the same for all objects of a class."""
    is_property = isinstance(member, property)
    read = member.fget if is_property else member
    results: dict[type, Any] = {}

    def found(one: object) -> Any:
        if type(one) not in results:
            results[type(one)] = read(one)
        return results[type(one)]

    return property(found) if is_property else found

"""A function is invoked directly, or refused, as Lambda's API does it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from local.environments import Answer
from local.invocations import Invocations
from tests.laptop.stack import read_template, template

if TYPE_CHECKING:
    from local.threads import Threads

ARN = "arn:aws:lambda:eu-west-1:123456789012:function"


class Called:
    """Functions that give one answer, and keep what they were called with."""

    def __init__(self, answer: Answer) -> None:
        self.calls: list[tuple[str, bytes]] = []
        self._answer = answer

    def __call__(self, arn: str, event: bytes) -> Answer:
        self.calls.append((arn, event))
        return self._answer


class Later:
    """Threads that do nothing until they are told to."""

    def __init__(self) -> None:
        self.works: list[Callable[[], object]] = []

    def once(self, work: Callable[[], object]) -> None:
        self.works.append(work)


@pytest.fixture
def called() -> Called:
    return Called(Answer(b'"done"'))


def invoke(
    called: Called,
    name: str = "small-Echo",
    *,
    content: bytes = b"{}",
    kind: str = "RequestResponse",
    later: Later | None = None,
    **parts: Any,
) -> httpx.Response:
    threads = cast("Threads", later or Later())
    transport = httpx.ASGITransport(Invocations(read_template(template()), called, threads))
    path = f"/2015-03-31/functions/{name}/invocations"
    headers = {"x-amz-invocation-type": kind}

    async def request() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://lambda") as client:
            return await client.post(path, content=content, headers=headers, **parts)

    return asyncio.run(request())


@pytest.mark.parametrize(
    ("name", "invoked"),
    [
        ("small-Echo", f"{ARN}:small-Echo"),
        (f"{ARN}:small-Echo", f"{ARN}:small-Echo"),
        ("123456789012:function:small-Echo", f"{ARN}:small-Echo"),
        ("small-Echo:live", f"{ARN}:small-Echo:live"),
        ("arn%3Aaws%3Alambda%3A-%3A-%3Afunction%3Asmall-Echo%3A1", f"{ARN}:small-Echo:1"),
        ("small-Echo:%24LATEST", f"{ARN}:small-Echo:$LATEST"),
    ],
)
def test_a_function_is_invoked_by_its_name_or_arn(called: Called, name: str, invoked: str) -> None:
    answer = invoke(called, name, content=b'{"a": "\xc3\xa9"}')
    assert (answer.status_code, answer.content) == (200, b'"done"')
    assert "x-amz-function-error" not in answer.headers
    assert called.calls == [(invoked, b'{"a": "\xc3\xa9"}')]


def test_a_qualifier_may_stand_beside_the_name(called: Called) -> None:
    invoke(called, params={"Qualifier": "live"})
    assert called.calls == [(f"{ARN}:small-Echo:live", b"{}")]


def test_no_event_is_an_empty_one(called: Called) -> None:
    invoke(called, content=b"")
    assert called.calls == [(f"{ARN}:small-Echo", b"{}")]


def test_what_a_function_raised_is_its_answer_and_said_to_be_an_error() -> None:
    called = Called(Answer(b'{"errorType": "ValueError"}', failed=True))
    answer = invoke(called)
    assert (answer.status_code, answer.content) == (200, b'{"errorType": "ValueError"}')
    assert answer.headers["x-amz-function-error"] == "Unhandled"


def test_an_event_is_taken_before_the_function_runs(called: Called) -> None:
    later = Later()
    answer = invoke(called, content=b"[1]", kind="Event", later=later)
    assert (answer.status_code, answer.content, called.calls) == (202, b"", [])
    [work] = later.works
    work()
    assert called.calls == [(f"{ARN}:small-Echo", b"[1]")]


@pytest.mark.parametrize("name", ["small-Nobody", "small-Echo:dead", "small-Consume:live"])
def test_what_is_not_in_the_template_is_not_found(called: Called, name: str) -> None:
    answer = invoke(called, name)
    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert answer.json() == {"Type": "User", "Message": f"Function not found: {ARN}:{name}"}
    assert called.calls == []


@pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_an_event_has_a_largest_size_by_the_type_of_invocation(
    called: Called, kind: str, most: int
) -> None:
    fitting = b'"%s"' % (b"x" * (most - 2))
    assert invoke(called, content=fitting, kind=kind).is_success
    answer = invoke(called, content=fitting + b" ", kind=kind)
    assert answer.status_code == 413
    assert answer.headers["x-amzn-errortype"] == "RequestEntityTooLargeException"
    assert f"smaller than {most} bytes" in answer.json()["Message"]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"{", "RequestResponse", "InvalidRequestContentException"),
        (b"\xff", "Event", "InvalidRequestContentException"),
        (b"{}", "DryRun", "InvalidParameterValueException"),
    ],
)
def test_what_cannot_be_invoked_is_refused(
    called: Called, content: bytes, kind: str, code: str
) -> None:
    answer = invoke(called, content=content, kind=kind)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, code)
    assert called.calls == []


def test_no_other_operation_is_offered(called: Called) -> None:
    answer = invoke(called, "small-Echo/configuration")
    assert answer.status_code == 404
    assert answer.json()["Message"] == "The laptop run offers Invoke only."

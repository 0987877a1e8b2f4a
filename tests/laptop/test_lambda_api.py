"""Functions are invoked, described and paused, or it is refused, as Lambda's API does it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from local.environments import Answer
from local.lambda_api import LambdaApi
from local.mappings import Mapping
from local.resources import EventSourceMapping
from tests.laptop.stack import PLACE, read_template, template

if TYPE_CHECKING:
    from local.queues import Queues
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
    transport = httpx.ASGITransport(LambdaApi(read_template(template()), called, threads, []))
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
    answer = invoke(called, "small-Echo/versions")
    assert answer.status_code == 404
    assert answer.json()["Message"] == (
        "The laptop run does not offer POST /2015-03-31/functions/small-Echo/versions/invocations."
    )


class Lambda:
    """Lambda's API of the small stack, to be asked."""

    def __init__(self) -> None:
        body = template()
        body["Resources"]["Echo"]["Properties"]["ReservedConcurrentExecutions"] = 3
        stack, threads = read_template(body), cast("Threads", Later())
        called = Called(Answer(b"null"))
        queues = cast("Queues", None)
        self.mappings = [
            Mapping(one, PLACE, queues=queues, invoke=lambda _: Answer(b""), threads=threads)
            for one in stack.of(EventSourceMapping)
        ]
        self._api = LambdaApi(stack, called, threads, self.mappings)

    def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Ask, and wait for the answer."""

        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(self._api)
            async with httpx.AsyncClient(transport=transport, base_url="http://lambda") as client:
                return await client.request(method, path, **parts)

        return asyncio.run(request())


@pytest.fixture
def api() -> Lambda:
    return Lambda()


def test_a_function_is_described(api: Lambda) -> None:
    answer = api.ask("GET", "/2015-03-31/functions/small-Echo").json()
    assert answer["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    configuration = answer["Configuration"]
    assert configuration.pop("LastModified").endswith(".000+0000")
    assert configuration == {
        "FunctionName": "small-Echo",
        "FunctionArn": f"{ARN}:small-Echo",
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::123456789012:role/any",
        "Handler": "handlers.echo",
        "Description": "",
        "Timeout": 2,
        "MemorySize": 128,
        "Version": "$LATEST",
        "Environment": {"Variables": {"TABLE": "small-Table"}},
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "small-EchoLogs"},
    }


def test_an_alias_is_described_as_the_version_that_it_is(api: Lambda) -> None:
    path = "/2015-03-31/functions/small-Echo/configuration"
    answer = api.ask("GET", path, params={"Qualifier": "live"}).json()
    assert (answer["FunctionArn"], answer["Version"]) == (f"{ARN}:small-Echo:live", "1")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("small-Echo", {"ReservedConcurrentExecutions": 3}), ("small-Keep", {})],
)
def test_the_concurrency_of_a_function_is_what_is_reserved(
    api: Lambda, name: str, answer: dict[str, int]
) -> None:
    path = f"/2019-09-30/functions/{name}/concurrency"
    assert api.ask("GET", path).json() == answer


def test_an_account_may_run_what_no_function_reserves(api: Lambda) -> None:
    assert api.ask("GET", "/2016-08-19/account-settings").json() == {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 997},
        "AccountUsage": {"FunctionCount": 3},
    }


QUEUE = "arn:aws:sqs:eu-west-1:123456789012:small-Queue"
MAPPINGS = "/2015-03-31/event-source-mappings"


def test_a_mapping_is_described(api: Lambda) -> None:
    [mapping] = api.ask("GET", MAPPINGS).json()["EventSourceMappings"]
    uuid = api.mappings[0].uuid
    assert mapping.pop("LastModified") == api.mappings[0].changed
    assert mapping == {
        "UUID": uuid,
        "EventSourceMappingArn": "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:"
        f"{uuid}",
        "EventSourceArn": QUEUE,
        "FunctionArn": f"{ARN}:small-Consume",
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"FunctionName": "small-Consume"}, 1),
        ({"FunctionName": f"{ARN}:small-Consume", "EventSourceArn": QUEUE}, 1),
        ({"FunctionName": "small-Echo"}, 0),
        ({"EventSourceArn": f"{QUEUE}2"}, 0),
    ],
)
def test_mappings_are_listed_by_function_and_queue(
    api: Lambda, asked: dict[str, str], found: int
) -> None:
    listed = api.ask("GET", f"{MAPPINGS}/", params=asked).json()["EventSourceMappings"]
    assert len(listed) == found


def test_a_mapping_is_disabled(api: Lambda) -> None:
    path = f"{MAPPINGS}/{api.mappings[0].uuid}"
    answer = api.ask("PUT", path, json={"Enabled": False})
    assert (answer.status_code, answer.json()["State"]) == (202, "Disabled")
    assert api.ask("GET", path).json()["State"] == "Disabled"


def test_nothing_else_of_a_mapping_is_changed(api: Lambda) -> None:
    path = f"{MAPPINGS}/{api.mappings[0].uuid}"
    answer = api.ask("PUT", path, json={"Enabled": False, "BatchSize": 1})
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "InvalidParameterValueException"
    assert api.mappings[0].state == "Enabled"


def test_a_mapping_that_is_not_there_is_not_found(api: Lambda) -> None:
    answer = api.ask("GET", f"{MAPPINGS}/none")
    assert answer.status_code == 404
    assert answer.headers["x-amzn-errortype"] == "ResourceNotFoundException"

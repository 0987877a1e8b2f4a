"""A function runs under AWS's runtime client, in as many environments as load asks for."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.assembly import resolved
from local.environments import Answer, Environment, Program, Runtime, Snapshot, _RuntimeServer
from local.errors import LaptopError
from local.functions import Functions
from tests.laptop.stack import HANDLERS, PLACE, function, template, write_assembly

ECHO = "arn:aws:lambda:eu-west-1:123456789012:function:small-Echo:live"


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    body = template()
    body["Resources"]["Reserved"] = function("echo", ReservedConcurrentExecutions=1)
    body["Resources"]["Broken"] = function("nothing")
    body["Resources"]["Restored"] = function("echo", SnapStart={"ApplyOn": "PublishedVersions"})
    write_assembly(tmp_path / "assembly", body)
    assets = {"bundle.zip": tmp_path / "assembly" / "asset.1"}
    stack = resolved("small", body, PLACE, assets)
    (tmp_path / "logs").mkdir()
    functions = Functions(
        stack, variables={"AWS_ENDPOINT_URL": PLACE.endpoint}, state=tmp_path, cap=4
    )
    yield functions
    functions.stop()


def ask(functions: Functions, name: str, reference: str = ECHO) -> Answer:
    return functions.invoke(reference, json.dumps({"name": name}).encode(), "Root=1-a-b")


def error(answer: Answer) -> dict[str, Any]:
    assert answer.failed
    told: dict[str, Any] = json.loads(answer.payload)
    return told


def test_an_answer_is_what_the_handler_returned(functions: Functions) -> None:
    assert ask(functions, "a") == Answer(b'{"name": "a"}')


def test_a_function_sees_what_lambda_gives_and_no_more(
    functions: Functions, tmp_path: Path
) -> None:
    facts = json.loads(ask(functions, "facts").payload)
    bundle = str(tmp_path / "assembly" / "asset.1")
    assert facts["arn"] == ECHO
    assert 1000 < facts["left"] <= 2000
    assert facts["cwd"] == bundle
    assert facts["path"][0] == bundle
    project = Path(__file__).parents[2]
    assert not [one for one in facts["path"] if one == str(project) or "site-packages" in one]
    environment = facts["environment"]
    assert environment.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    assert environment.pop("PATH") == os.environ["PATH"]
    environment.pop("LC_CTYPE", None)  # Python's own doing
    assert environment == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_NAME": "small-Echo",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": "small-EchoLogs",
        "AWS_LAMBDA_LOG_STREAM_NAME": "laptop",
        "LAMBDA_TASK_ROOT": bundle,
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": str(tmp_path / "runtime"),
        "TABLE": "small-Table",
        "TZ": ":UTC",
        "_HANDLER": "handlers.echo",
        "_X_AMZN_TRACE_ID": "Root=1-a-b",
    }


def test_an_exception_is_an_error_and_the_environment_stays(functions: Functions) -> None:
    told = error(ask(functions, "raise"))
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "as asked")
    assert "handlers.py" in told["stackTrace"][0]
    assert not ask(functions, "a").failed
    assert functions.environments()["small-Echo"] == 1


def test_an_answer_over_six_megabytes_is_an_error(functions: Functions) -> None:
    told = error(ask(functions, "large"))
    assert told == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    }


def test_a_process_that_ends_is_an_error_and_another_one_follows(functions: Functions) -> None:
    told = error(ask(functions, "exit"))
    assert told["errorType"] == "Runtime.ExitError"
    assert told["errorMessage"].endswith("Error: Runtime exited with status 3")
    assert not ask(functions, "a").failed


def test_a_function_that_takes_too_long_is_ended(functions: Functions, tmp_path: Path) -> None:
    told = error(ask(functions, "sleep"))
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")
    assert "Task timed out after 2.00 seconds" in (tmp_path / "logs" / "Echo.log").read_text()
    assert not ask(functions, "a").failed


def test_a_function_that_cannot_start_says_why_each_time(functions: Functions) -> None:
    for _ in range(2):
        told = error(ask(functions, "a", "small-Broken"))
        assert told["errorType"] == "Runtime.HandlerNotFound"
        assert told["errorMessage"] == "Handler 'nothing' missing on module 'handlers'"


def test_what_a_function_says_is_in_its_log(functions: Functions, tmp_path: Path) -> None:
    ask(functions, "a")
    ask(functions, "raise")
    functions.stop()
    said = (tmp_path / "logs" / "Echo.log").read_text()
    assert "echoed a\n" in said
    assert "[ERROR] ValueError: as asked\nTraceback (most recent call last):\n" in said


def at_once(functions: Functions, count: int, reference: str = ECHO) -> None:
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(functions, "nap", reference)))
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Answer(b'{"name": "nap"}')] * count


def test_simultaneous_requests_start_environments_up_to_the_cap(functions: Functions) -> None:
    ask(functions, "a")
    ask(functions, "a")
    assert functions.environments()["small-Echo"] == 1
    at_once(functions, 6)
    assert functions.environments()["small-Echo"] == 4


def test_reserved_concurrency_is_a_functions_own_cap(functions: Functions) -> None:
    at_once(functions, 3, "small-Reserved")
    assert functions.environments()["small-Reserved"] == 1


def test_a_function_with_snap_start_is_restored_and_then_asks_for_work(
    functions: Functions,
) -> None:
    facts = json.loads(ask(functions, "facts", "small-Restored").payload)
    assert facts["environment"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
    assert ask(functions, "a", "small-Restored") == Answer(b'{"name": "a"}')
    assert functions.environments()["small-Restored"] == 1


def test_a_process_that_waits_to_be_restored_can_be_stopped(tmp_path: Path) -> None:
    runtime = Runtime(tmp_path / "runtime")
    runtime.lay_out()
    (tmp_path / "handlers.py").write_text(HANDLERS)
    told = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    waiting = Environment(
        Program("handlers.echo", tmp_path, 2, told, tmp_path / "log"), runtime.folder
    )
    assert waiting.ready() == Snapshot()
    waiting.stop()
    waiting.join(5)
    assert not waiting.usable


def test_a_bundle_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LaptopError, match="The bundle of small-Echo is not in the assembly"):
        Functions(resolved("small", template(), PLACE, {}), variables={}, state=tmp_path, cap=1)


@pytest.mark.parametrize(
    ("error", "is_printed"),
    [(ConnectionResetError, False), (BrokenPipeError, False), (KeyError, True)],
)
def test_a_connection_that_a_killed_process_ended_prints_nothing(
    error: type[Exception],
    is_printed: bool,  # noqa: FBT001
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = _RuntimeServer()
    try:
        raise error  # noqa: TRY301 - it is the one being handled
    except error:
        server.handle_error(None, ("127.0.0.1", 0))
    server.stop()
    assert ("Traceback" in capsys.readouterr().err) == is_printed

"""Every fault: where it can happen, what then happens, and how often by default."""

from collections.abc import Callable, Mapping

from urllib3 import HTTPConnectionPool
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from functions.runtime.endpoint import READ_SECONDS
from tests.faults.clock import Clock
from tests.faults.wire import Call, Effect, Fault, failed, sort_key
from tests.support.kills import Killed
from tests.support.pools import Response

# What can happen to a call

READ_TIMEOUT = ReadTimeoutError(HTTPConnectionPool("aws.invalid"), "/", "Read timed out.")


def _throttled(_: Call, __: Effect, ___: Clock) -> Response:
    return failed(400, "ThrottlingException")


def _failing(_: Call, __: Effect, ___: Clock) -> Response:
    return failed(500, "InternalServerError")


def _timed_out_before(_: Call, __: Effect, clock: Clock) -> Response:
    clock.sleep(READ_SECONDS)
    raise READ_TIMEOUT


def _timed_out_after(call: Call, effect: Effect, clock: Clock) -> Response:
    effect(call)
    clock.sleep(READ_SECONDS)
    raise READ_TIMEOUT


def _answer_lost(call: Call, effect: Effect, _: Clock) -> Response:
    effect(call)
    raise ProtocolError("Connection aborted.")


def _killed_before(_: Call, __: Effect, ___: Clock) -> Response:
    raise Killed


def _killed_after(call: Call, effect: Effect, _: Clock) -> Response:
    effect(call)
    raise Killed


def _too_long(call: Call, effect: Effect, clock: Clock) -> Response:
    response = effect(call)
    clock.wait_until(call.run.deadline)
    return response


def _in_part(_: Call, __: Effect, ___: Clock) -> Response:
    entry = {"ErrorCode": "InternalFailure", "ErrorMessage": "injected"}
    return Response.of({"FailedEntryCount": 1, "Entries": [entry]})


def _throttled_entry(_: Call, __: Effect, ___: Clock) -> Response:
    """The one failure of a publication after which the event surely is not on the bus."""
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": "injected"}
    return Response.of({"FailedEntryCount": 1, "Entries": [entry]})


def _for_good(call: Call, _: Effect, __: Clock) -> Response:
    call.run.is_refused = True
    entry = {"ErrorCode": "MalformedDetail", "ErrorMessage": "injected"}
    return Response.of({"FailedEntryCount": 1, "Entries": [entry]})


def _of(service: str, operation: str = "") -> Callable[[Call], bool]:
    return lambda call: call.service == service and operation in {"", call.operation}


def _of_ingest(operation: str) -> Callable[[Call], bool]:
    return lambda call: call.run.role == "ingest" and call.operation == operation


def _of_consumer(operation: str, key: str) -> Callable[[Call], bool]:
    """Calls of a consumer that write an item whose sort key begins so."""
    return lambda call: (
        call.is_of_consumer and call.operation == operation and sort_key(call).startswith(key)
    )


def _remembers(call: Call) -> bool:
    """Whether the call notes that a delivery is on the bus."""
    return _of_ingest("UpdateItem")(call) and call.run.published > 0


FAULTS_OF_CALLS = (
    Fault("DynamoDB throttled", 0.01, _of("dynamodb"), _throttled),
    Fault("DynamoDB timed out before taking effect", 0.006, _of("dynamodb"), _timed_out_before),
    Fault("DynamoDB timed out after taking effect", 0.006, _of("dynamodb"), _timed_out_after),
    Fault("PutItem's answer lost", 0.01, _of_ingest("PutItem"), _answer_lost),
    Fault("UpdateItem failed after publishing", 0.02, _remembers, _failing),
    Fault("DeleteItem failed", 0.2, _of_ingest("DeleteItem"), _failing),
    Fault("PutEvents failed whole", 0.05, _of("events"), _failing),
    Fault("PutEvents failed in part", 0.05, _of("events"), _in_part),
    Fault("PutEvents throttled an entry", 0.05, _of("events"), _throttled_entry),
    Fault("PutEvents failed for good", 0.01, _of("events"), _for_good),
    Fault("PutEvents timed out after taking effect", 0.03, _of("events"), _timed_out_after),
    Fault("killed before a call", 0.005, lambda _: True, _killed_before),
    Fault("killed after a call", 0.005, lambda _: True, _killed_after),
    Fault("stopped at the function's time-out", 0.002, lambda _: True, _too_long),
    Fault("killed between entry and state", 0.02, _of_consumer("PutItem", "event#"), _killed_after),
    Fault(
        "killed between state and attention",
        0.01,
        _of_consumer("UpdateItem", "state"),
        _killed_after,
    ),
    Fault("killed between attention and its mark", 0.05, _of("sns"), _killed_after),
)

RATES: Mapping[str, float] = {
    **{fault.name: fault.rate for fault in FAULTS_OF_CALLS},
    "SNS down": 0.02,
    "Secrets Manager down": 0.05,
    "S3 down": 0.05,
    "two at once": 0.01,
    "ingest killed at a line": 0.02,
    "consumer killed at a line": 0.04,
    "operator killed": 0.1,
    "answer lost on its way to the sender": 0.01,
    "bus delivered twice": 0.01,
    "bus delivered late": 0.02,
    "rule target unreachable": 0.003,
    "event that no consumer can take": 0.003,
    "queue delivered twice": 0.02,
    "ChangeMessageVisibility failed": 0.1,
}
"""Every fault, and how often it happens for each occasion."""

MUST_FIRE = frozenset(RATES) - {"ingest killed at a line"} | {
    "ingest killed at a line before publishing",
    "ingest killed at a line after publishing",
}
"""What a run must have seen: a proof under a fault that never happened is none."""

"""What became of an event: every hop of it is told, and every hop that did not happen."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from inlet.cli.commands import app
from inlet.operations import dead_letters, logs
from inlet.operations import show as module
from inlet.operations.forget import forget
from inlet.operations.quarantine import Search
from tests.support.aws import Aws
from tests.support.deployed import Deployed
from tests.support.door import Door
from tests.support.samples import sample
from tests.support.station import Station, event

Inlet = Callable[..., Result]
Told = Callable[[], list[dict[str, Any]]]

OK = "DOCUMENT_STATUS_CHANGED"
LATE = "DOCUMENT_STATUS_CHANGED__late"
EVENT_ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
SUBJECT = "marosa/document/INV-2025-00123"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:documents"


class Inside:
    """The whole of Inlet in memory: the door, the consumer of documents, and what they log."""

    def __init__(
        self, door: Door, deployed: Deployed, station: Station, events: Any, told: Told
    ) -> None:
        self.door, self.deployed, self.station = door, deployed, station
        self.events, self._told = events, told

    def send(self, name: str = OK) -> None:
        """Send a sample to the door."""
        self.door.send(sample("marosa", name))
        self.log("ingest")

    def take(self, *events: dict[str, Any] | str) -> None:
        """Let the consumer take events."""
        self.station.take(*events)
        self.log("documents")

    def log(self, name: str) -> None:
        """Put what was written into a log group."""
        for line in self._told():
            self.deployed.log(name, line)

    def rule(self, name: str, pattern: dict[str, Any], **more: str) -> None:
        """Put a rule on the bus."""
        text = json.dumps(pattern)
        self.events.put_rule(Name=name, EventBusName="bus", EventPattern=text, **more)
        targets = [{"Id": "1", "Arn": QUEUE}]
        self.events.put_targets(Rule=name, EventBusName="bus", Targets=targets)


@pytest.fixture
def inside(
    aws: Aws, door: Door, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Inside:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    deployed = Deployed(aws, tmp_path)
    deployed.outputs |= {
        "BusName": "bus",
        "DeliveriesTable": "deliveries",
        "BodiesBucket": "bodies",
        "QuarantineBucket": "quarantine",
        "TimelineTable": "timeline",
    }
    monkeypatch.setattr("inlet.cli.show.deployment_of", lambda *_, **__: deployed.deployment)
    return Inside(door, deployed, Station(aws), aws("events"), told)


@pytest.fixture
def inlet(inside: Inside) -> Inlet:  # noqa: ARG001 - it is what the command works on
    return lambda *arguments: CliRunner().invoke(app, ["show", *arguments])


def told_at(result: Result, station: str) -> list[str]:
    """The sentences of a station."""
    lines = result.stdout.splitlines()
    return [line[14:] for line in lines if line[:14].strip() == station]


def without_time(sentences: list[str]) -> list[str]:
    return [sentence.partition("  ")[2] for sentence in sentences]


# What went well


def test_an_event_that_went_its_way_is_told_station_by_station(
    inside: Inside, inlet: Inlet
) -> None:
    inside.rule("marosa-ok", {"source": ["inlet.marosa"], "detail-type": [OK]})
    inside.rule("transfers", {"source": ["inlet.digiteal"]})
    inside.send()
    inside.take(event(OK))
    result = inlet(EVENT_ID)
    assert result.exit_code == 0
    (received,) = told_at(result, "received")
    assert received.partition("  ")[2] == (
        "accepted  marosa, credential generated, request sample-request"
    )
    assert without_time(told_at(result, "consumer"))[1:] == ["consumed"]
    assert [line for line in result.stdout.splitlines() if "  20" not in line] == [
        "DOCUMENT_STATUS_CHANGED  marosa/document/INV-2025-00123",
        "status        consumed by documents",
        "next          inlet timeline marosa/document/INV-2025-00123",
        "bus           published",
        "rules         marosa-ok matches: to documents",
        "consumer      documents is enabled: 0 waiting, 0 in progress in documents",
        "timeline      OK in marosa/document/INV-2025-00123, 2025-03-30T10:15:00.000000Z",
        "timeline      it is the latest state",
        "timeline      attention: none",
        "timeline      replay: none",
        "dead letters  none",
        "quarantine    none among 0 of 0 stored requests",
        "forgotten     no",
    ]


def test_a_duplicate_is_told_beside_the_first(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    inside.send()
    received = without_time(told_at(inlet(EVENT_ID), "received"))
    assert [sentence.partition("  ")[0] for sentence in received] == ["accepted", "duplicate"]


def test_it_is_found_by_the_correlation_id_of_its_request_too(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    by_request = inlet("sample-request", "--json")
    assert json.loads(by_request.stdout)["event_id"] == EVENT_ID
    assert by_request.stdout == inlet(EVENT_ID, "--json").stdout


def test_a_script_gets_all_of_it(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    inside.take(event(OK))
    shown = json.loads(inlet(EVENT_ID, "--json").stdout)
    assert (shown["subject"], shown["event_type"]) == (SUBJECT, OK)
    assert shown["delivery"] == {
        "is_published": True,
        "received_at": "2025-04-01T08:00:00.000000Z",
        "subject": SUBJECT,
    }
    assert shown["entry"]["status"] == "OK"
    assert shown["consumer"]["expires_in"] == 345_600


def test_the_next_commands_name_the_stage(
    inside: Inside, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = replace(inside.deployed.deployment, name="inlet-dev")
    monkeypatch.setattr("inlet.cli.show.deployment_of", lambda *_, **__: stage)
    inside.send()
    inside.take(event(OK))
    next_command = "inlet timeline marosa/document/INV-2025-00123 --stage dev"
    assert told_at(inlet(EVENT_ID), "next") == [next_command]
    told = json.loads(inlet(EVENT_ID, "--json").stdout)
    assert told["verdict"]["commands"] == [next_command]


def test_a_later_event_is_the_state(inside: Inside, inlet: Inlet) -> None:
    inside.send(LATE)
    inside.take(event(OK), event(LATE))
    late = inside.door.published[0]
    late_id = json.loads(late["Detail"])["metadata"]["eventId"]
    assert f"the latest state is that of event {EVENT_ID}" in told_at(inlet(late_id), "timeline")


def test_what_logs_have_no_more_is_said(inside: Inside, inlet: Inlet, told: Told) -> None:
    inside.door.send(sample("marosa", OK))
    inside.station.take(event(OK))
    told()
    result = inlet(EVENT_ID)
    assert told_at(result, "received") == [
        "2025-04-01T08:00:00.000000Z  accepted; the log has no line of it any more"
    ]
    assert told_at(result, "consumer")[1:] == ["the log has no line of its attempts"]
    assert told_at(result, "rules") == ["none matches"]


def test_a_log_that_is_too_long_to_be_read_is_named(
    inside: Inside, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside.send()
    inside.take(event(OK))

    def cut(*arguments: Any, **named: Any) -> Any:
        yield from logs.lines(*arguments, **named)
        raise logs.CutShort

    monkeypatch.setattr(module, "lines", cut)
    result = inlet(EVENT_ID)
    assert told_at(result, "logs") == [
        "that of ingest was read for 2 s only",
        "that of documents was read for 2 s only",
    ]
    assert len(told_at(result, "received")) == 1


def test_a_log_is_read_no_longer_than_it_may(inside: Inside) -> None:
    pages: list[dict[str, Any]] = [{"events": [], "nextToken": "more"}, {"events": []}]

    class Logs:
        def get_paginator(self, _: str) -> "Logs":
            return self

        def paginate(self, **_: Any) -> list[dict[str, Any]]:
            return pages

    deployment = inside.deployed.deployment
    deployment._clients["logs"] = Logs()  # noqa: SLF001
    now = datetime.now(UTC)
    with pytest.raises(logs.CutShort):
        list(logs.lines(deployment, "ingest-logs", since=now, any_of=[], seconds=-1))
    assert list(logs.lines(deployment, "ingest-logs", since=now, any_of=[])) == []


# What did not happen


def test_an_event_that_waits_is_said_not_to_be_consumed_yet(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    inside.deployed.lambda_.enabled["documents"] = False
    for _ in range(3):
        inside.deployed.sqs.send_message(QueueUrl=inside.deployed.url("documents"), MessageBody="")
    result = inlet(EVENT_ID)
    assert told_at(result, "consumer") == [
        "documents is disabled: 3 waiting, 0 in progress in documents",
        "not consumed yet",
    ]
    assert told_at(result, "timeline") == [f"no entry in {SUBJECT}"]


def test_attempts_that_failed_are_told_with_what_failed(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    line = {
        "outcome": "failed",
        "event_id": EVENT_ID,
        "causes": [{"type": "ClientError", "code": "ThrottlingException"}],
    }
    inside.deployed.log("documents", line | {"retry_in": 10})
    inside.deployed.log("documents", line | {"replay": "inlet-dev-1"})
    assert without_time(told_at(inlet(EVENT_ID), "consumer"))[1:] == [
        "failed ClientError ThrottlingException, again in 10 s",
        "failed ClientError ThrottlingException, replay inlet-dev-1",
    ]


def test_a_delivery_in_progress_is_not_said_to_be_published(inside: Inside, inlet: Inlet) -> None:
    def dies(**_: Any) -> None:
        raise KeyboardInterrupt

    inside.door.put_events = dies  # type: ignore[assignment, method-assign]
    with pytest.raises(KeyboardInterrupt):
        inside.send()
    result = inlet(EVENT_ID)
    assert result.exit_code == 0
    assert told_at(result, "bus") == ["not published"]
    assert told_at(result, "rules") == ["unknown, as its type is"]
    assert told_at(result, "consumer") == ["unknown, as its subject is: name it with --subject"]
    assert told_at(result, "timeline") == ["no entry"]


def test_nothing_at_all_is_a_no(inlet: Inlet) -> None:
    result = inlet("an-id", "--since", "2025-01-01")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Nothing was found of an-id in the table of deliveries, the logs since"
        " 2025-01-01T00:00:00.000000Z, the dead letters and 0 of 0 requests in quarantine. Next:"
        " read older logs with --since, or a timeline with --subject. An event that is in none of"
        " them was not received: ask the provider to send it again.\n"
    )
    assert json.loads(inlet("an-id", "--json").stdout)["delivery"] is None


# The verdict


def to_documents(inside: Inside) -> None:
    inside.rule("documents", {"source": ["inlet.marosa"]})


def routed(inside: Inside) -> None:
    to_documents(inside)
    inside.send()


def fails(inside: Inside) -> None:
    line = {
        "outcome": "failed",
        "provider": "marosa",
        "event_type": OK,
        "event_id": EVENT_ID,
        "correlation_id": "sample-request",
        "consumer": "documents",
        "causes": [{"type": "OSError"}],
        "retry_in": 20,
    }
    inside.deployed.log("documents", line)


def paused(inside: Inside) -> None:
    routed(inside)
    inside.deployed.lambda_.enabled["documents"] = False


def queued(inside: Inside) -> None:
    routed(inside)
    inside.deployed.sqs.send_message(QueueUrl=inside.deployed.url("documents"), MessageBody="{}")


def not_remembered(inside: Inside) -> None:
    routed(inside)
    for item in inside.door.dynamodb.scan(TableName="deliveries")["Items"]:
        inside.door.dynamodb.delete_item(TableName="deliveries", Key={"id": item["id"]})


def failing_where_only_ingest_names_the_type(inside: Inside) -> None:
    not_remembered(inside)
    fails(inside)


def only_logged(inside: Inside) -> None:
    not_remembered(inside)
    inside.events.remove_targets(Rule="documents", EventBusName="bus", Ids=["1"])
    inside.events.delete_rule(Name="documents", EventBusName="bus")


def without_queue(inside: Inside) -> None:
    routed(inside)
    inside.deployed.sqs.delete_queue(QueueUrl=inside.deployed.url("documents"))


def entry_gone(inside: Inside) -> None:
    routed(inside)
    inside.take(event(OK))
    for item in inside.station.dynamodb.scan(TableName="timeline")["Items"]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        inside.station.dynamodb.delete_item(TableName="timeline", Key=key)


def subject_forgotten(inside: Inside) -> None:
    routed(inside)
    inside.take(event(OK))
    forget(inside.deployed.deployment, SUBJECT)


def received_before_it_was_forgotten(inside: Inside) -> None:
    forget(inside.deployed.deployment, SUBJECT)
    routed(inside)


def turned_away(inside: Inside) -> None:
    forget(inside.deployed.deployment, SUBJECT)
    inside.take(event(OK))


def letter_of_consumer(inside: Inside) -> None:
    routed(inside)
    inside.deployed.consumer_letter("documents", event(OK), error="ThrottlingException")


def letter_of_rule(inside: Inside) -> None:
    routed(inside)
    inside.deployed.rule_letter("documents", event(OK))


def letter_of_other_target(inside: Inside) -> None:
    inside.deployed.rule_letter("elsewhere", event(OK))


def quarantined_with_expired_logs(inside: Inside) -> None:
    body = b'{"eventId": "f47ac10b-58cc-4372-a567-0e02b2c3d479"}'
    inside.door.post("/webhooks/marosa", body)
    inside._told()  # noqa: SLF001 - no log has them


def released_with_expired_logs(inside: Inside) -> None:
    inside.door.send(sample("digiteal", "PAYMENT_INITIATED__wrong_contract"))
    ((key, _),) = inside.door.kept().items()
    outcome = key.replace(".json", ".outcome.json")
    inside.door.s3.put_object(Bucket="quarantine", Key=outcome, Body=b'{"status": "accepted"}')
    inside._told()  # noqa: SLF001 - no log has them


def conflicting(inside: Inside) -> None:
    routed(inside)
    inside.take(event(OK))
    inside.send("DOCUMENT_STATUS_CHANGED__id_reused")


def stored_as_a_conflict(inside: Inside) -> None:
    routed(inside)
    inside.take(event(OK), event(OK, contentHash="1:0"))
    key = {"pk": {"S": SUBJECT}, "sk": {"S": f"event#{EVENT_ID}"}}
    inside.station.dynamodb.delete_item(TableName="timeline", Key=key)


def unavailable(inside: Inside) -> None:
    inside.door.put_events_results = [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "X"}]}]
    inside.send()


def stranger(inside: Inside) -> None:
    inside.send("DOCUMENT_STATUS_CHANGED__wrong_credentials")


TO_REPLAY = ["inlet doctor", "inlet replay --since 2025-04-01T08:00:00"]
REDRIVE = ["inlet doctor", f"inlet dead-letters redrive --event {EVENT_ID}"]
IN_DOCUMENTS = ["inlet doctor", "inlet dead-letters list --consumer documents"]
FAILING = (
    "failing in documents: OSError; 1 failed attempts, the last at TIME, the next in 20 s after it"
)
UNSENT = "published, but no rule sends it to documents now"
QUEUED = "waiting or failing in documents: its queue has messages, and no attempt is logged"
MISSING = (
    "published, but neither in the queue of documents nor in the timeline; an event takes seconds"
    " to get there"
)
OF_ANOTHER_TEAM = (
    "in the dead-letter queue of the rules, for a target of another team: NO_PERMISSIONS"
)
NO_SUBJECT = "consumed by documents; its subject is not stored, perhaps because it was forgotten"


@pytest.mark.parametrize(
    ("happened", "answer"),
    [
        (fails, [FAILING, *IN_DOCUMENTS]),
        (failing_where_only_ingest_names_the_type, [FAILING, *IN_DOCUMENTS]),
        (paused, ["waiting in documents, which is paused", "inlet resume documents"]),
        (queued, [QUEUED, "inlet doctor", f"inlet show {EVENT_ID}"]),
        (routed, [MISSING, f"inlet show {EVENT_ID}", *TO_REPLAY]),
        (Inside.send, [UNSENT, *TO_REPLAY]),
        (only_logged, [UNSENT, "inlet doctor", "inlet replay --since TIME"]),
        (without_queue, ["published; the queue of documents could not be read", "inlet doctor"]),
        (entry_gone, ["consumed by documents, but its entry is not in the timeline", *TO_REPLAY]),
        (subject_forgotten, [NO_SUBJECT, f"inlet show {EVENT_ID} --subject PROVIDER/KIND/ID"]),
        (
            received_before_it_was_forgotten,
            ["erased: marosa/document/INV-2025-00123 was forgotten"],
        ),
        (turned_away, ["erased: its subject was forgotten"]),
        (
            letter_of_consumer,
            ["in the dead-letter queue of documents: ClientError ThrottlingException", *REDRIVE],
        ),
        (
            letter_of_rule,
            ["in the dead-letter queue of the rules, for documents: NO_PERMISSIONS", *REDRIVE],
        ),
        (
            letter_of_other_target,
            [OF_ANOTHER_TEAM, "inlet doctor", f"inlet dead-letters list --event {EVENT_ID}"],
        ),
        (
            quarantined_with_expired_logs,
            [
                "in quarantine: wrong-contract",
                "inlet quarantine show d951def13981b9a6bef97863172860bc",
                "inlet quarantine release d951def13981b9a6bef97863172860bc",
            ],
        ),
        (released_with_expired_logs, ["released from quarantine", "inlet quarantine list"]),
        (
            conflicting,
            [
                "consumed by documents; a request that mentions its id is in quarantine: id-reused",
                "inlet timeline marosa/document/INV-2025-00123",
                "inlet quarantine show aa4237b2ecc52e0c9066f3ca1aebf55c",
            ],
        ),
        (
            stored_as_a_conflict,
            [
                "stored as a conflict, without an entry",
                "inlet timeline marosa/document/INV-2025-00123",
            ],
        ),
        (
            unavailable,
            [
                "not published: in progress, or answered 503, so that the provider retries",
                "inlet doctor",
            ],
        ),
        (stranger, ["rejected: not-authenticated", "inlet credentials show marosa"]),
    ],
)
def test_answer_names_the_place_and_the_next_command(
    inside: Inside, inlet: Inlet, happened: Callable[[Inside], None], answer: list[str]
) -> None:
    happened(inside)
    has_no_event = happened in {released_with_expired_logs, stranger}
    result = inlet("sample-request" if has_no_event else EVENT_ID)
    assert result.exit_code == 0
    shown = [*told_at(result, "status"), *told_at(result, "next")]
    this_year = rf"{datetime.now(UTC):%Y}-[\d:.TZ-]+"
    assert [re.sub(this_year, "TIME", one) for one in shown] == answer


# What was refused


def test_a_request_that_was_refused_is_found_by_its_correlation_id(
    inside: Inside, inlet: Inlet
) -> None:
    inside.send("DOCUMENT_STATUS_CHANGED__wrong_contract")
    result = inlet("sample-request")
    assert result.exit_code == 0
    assert without_time(told_at(result, "received"))[0] == (
        "wrong-contract  marosa, credential generated, request sample-request"
    )
    assert told_at(result, "bus") == [
        "not published",
        "not among the deliveries that are remembered",
    ]
    (kept,) = told_at(result, "quarantine")
    assert kept.endswith("  wrong-contract, 1 times")
    assert told_at(result, "consumer")[0].startswith("unknown")
    assert json.loads(inlet("sample-request", "--json").stdout)["event_id"] is None


def test_a_release_is_told_and_what_became_of_it(inside: Inside, inlet: Inlet) -> None:
    inside.send("DOCUMENT_STATUS_CHANGED__wrong_contract")
    ((key, _),) = inside.door.kept().items()
    inside.door.release("marosa", Path(key).stem)
    inside.log("ingest")
    result = inlet("sample-request")
    assert without_time(told_at(result, "received"))[2].startswith("released: wrong-contract  ")
    assert told_at(result, "quarantine")[0].endswith(", released: wrong-contract")


def test_what_is_in_quarantine_no_more_is_not_told(inside: Inside, inlet: Inlet) -> None:
    inside.send("DOCUMENT_STATUS_CHANGED__wrong_contract")
    ((key, _),) = inside.door.kept().items()
    inside.door.s3.delete_object(Bucket="quarantine", Key=key)
    result = inlet("sample-request")
    assert told_at(result, "quarantine") == ["none among 0 of 0 stored requests"]
    assert told_at(result, "status") == ["rejected: wrong-contract"]
    assert told_at(result, "next") == ["inlet quarantine list --provider marosa"]


def test_a_stranger_has_no_credential(inside: Inside, inlet: Inlet) -> None:
    inside.send("DOCUMENT_STATUS_CHANGED__wrong_credentials")
    assert without_time(told_at(inlet("sample-request"), "received"))[0] == (
        "not-authenticated  marosa, no credential, request sample-request"
    )


# Places


def test_a_place_that_cannot_be_read_does_not_hide_the_others(inside: Inside, inlet: Inlet) -> None:
    without_queue(inside)
    result = inlet(EVENT_ID)
    (unread,) = told_at(result, "not read")
    assert unread == (
        "the consumer documents (GetQueueAttributes returned"
        " AWS.SimpleQueueService.NonExistentQueue)"
    )
    assert told_at(result, "consumer") == ["not consumed yet"]
    inside.deployed.outputs["DeliveriesTable"] = "absent"
    absent = inlet("an-id")
    assert absent.exit_code == 2
    assert absent.stderr.startswith(
        "Nothing was found of an-id in the table of deliveries, the logs since "
    )
    assert absent.stderr.partition("in quarantine. ")[2] == (
        "Could not read the table of deliveries (GetItem returned ResourceNotFoundException)."
        " Next: inlet doctor. Next: read older logs with --since, or a timeline with --subject. An"
        " event that is in none of them was not received: ask the provider to send it again.\n"
    )


def test_the_queue_of_a_consumer_is_not_received_from(inside: Inside, inlet: Inlet) -> None:
    queued(inside)
    inlet(EVENT_ID)
    (message,) = inside.deployed.sqs.receive_message(
        QueueUrl=inside.deployed.url("documents"), AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_lines_are_compared_where_an_emulator_ignores_the_pattern(
    inside: Inside, inlet: Inlet
) -> None:
    routed(inside)
    other = {"event_id": "other", "outcome": "failed", "provider": "marosa"}
    for line in ("START RequestId: 1", "[1]", other, {"event_id": EVENT_ID}):
        inside.deployed.log("documents", line)
        inside.deployed.log("ingest", line)
    fails(inside)
    result = inlet(EVENT_ID)
    assert len(told_at(result, "received")) == 1
    assert without_time(told_at(result, "consumer"))[1:] == ["failed OSError, again in 20 s"]


def test_lines_are_in_order_of_time(
    inside: Inside, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(inside)
    inside.take(event(OK))
    late = [
        logs.Line(id="1", at=at, written={"outcome": outcome})
        for at, outcome in (
            ("2025-04-01T08:02:00.000000Z", "consumed"),
            ("2025-04-01T08:01:00.000000Z", "failed"),
        )
    ]
    monkeypatch.setattr(
        module,
        "lines",
        lambda deployment, group, **more: (
            iter(late) if group == "documents-logs" else logs.lines(deployment, group, **more)
        ),
    )
    assert told_at(inlet(EVENT_ID), "consumer")[1:] == [
        "2025-04-01T08:01:00.000000Z  failed",
        "2025-04-01T08:02:00.000000Z  consumed",
    ]


def test_a_search_that_did_not_read_all_names_the_one_that_does(
    inside: Inside, inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed(inside)
    some = Search(found=(), read=10, total=12)
    monkeypatch.setattr(module, "search", lambda *_, **__: some)
    assert told_at(inlet(EVENT_ID), "quarantine") == [
        "none among 10 of 12 stored requests",
        f"inlet quarantine list --event {EVENT_ID} reads all of them",
    ]
    assert "10 of 12 requests in quarantine. Next: inlet quarantine list --event an-id reads" in (
        inlet("an-id").stderr
    )


def test_delivery_to_another_team_is_not_checked(inside: Inside, inlet: Inlet) -> None:
    routed(inside)
    inside.events.put_targets(
        Rule="documents",
        EventBusName="bus",
        Targets=[{"Id": "2", "Arn": "arn:aws:lambda:eu-west-1:123456789012:function:theirs"}],
    )
    assert told_at(inlet(EVENT_ID), "rules") == [
        "documents matched; delivery not checked: to documents, theirs"
    ]


def test_an_unknown_type_is_named_as_one(inside: Inside, inlet: Inlet) -> None:
    inside.send("DOCUMENT_ARCHIVED__unknown_type")
    event_id = json.loads(inside.door.published[0]["Detail"])["metadata"]["eventId"]
    assert inlet(event_id).stdout.splitlines()[0] == (
        "DOCUMENT_ARCHIVED (a type that no catalogue has)  marosa/unrecognised/INV-2025-00123"
    )


# Dead letters


def test_dead_letters_of_both_kinds_are_told(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    inside.deployed.consumer_letter("documents", event(OK), error="ThrottlingException")
    inside.deployed.consumer_letter("documents", event(LATE))
    inside.deployed.rule_letter("documents", event(OK))
    told = [one.partition(" of ")[2] for one in told_at(inlet(EVENT_ID), "dead letters")]
    assert sorted(one[:9] + one.rpartition(": ")[2] for one in told) == [
        "documentsClientError ThrottlingException",
        "rule of dNO_PERMISSIONS",
    ]


def test_a_dead_letter_says_what_an_event_was_about_that_nothing_else_remembers(
    inside: Inside, inlet: Inlet
) -> None:
    inside.deployed.consumer_letter("documents", event(OK))
    shown = inlet(EVENT_ID)
    assert told_at(shown, "timeline") == [f"no entry in {SUBJECT}"]
    assert told_at(shown, "dead letters")[0].endswith("unknown error")
    assert told_at(shown, "received") == [
        "the log of the ingest function has no line of it since 2025-04-01T08:00:00.000000Z"
    ]


# What was forgotten


def test_what_was_forgotten_is_said_where_its_subject_is_named(
    inside: Inside, inlet: Inlet
) -> None:
    inside.send()
    inside.take(event(OK))
    at, _ = forget(inside.deployed.deployment, SUBJECT)
    assert told_at(inlet(EVENT_ID), "forgotten") == ["perhaps: nothing stores its subject any more"]
    named = inlet(EVENT_ID, "--subject", SUBJECT)
    assert told_at(named, "forgotten") == [f"all of {SUBJECT} that was received until {at}"]
    assert without_time(told_at(named, "consumer"))[1:] == ["consumed"]


def test_a_subject_of_no_kind_is_named(inlet: Inlet) -> None:
    result = inlet(EVENT_ID, "--subject", "marosa/parcel/1")
    assert result.exit_code == 2
    assert "marosa/parcel/1 goes nowhere: no consumer takes the kind 'parcel'" in result.stderr


# Rules


RULES: list[tuple[dict[str, Any], str | None]] = [
    ({"source": ["inlet.marosa"]}, "it matches: to documents"),
    ({"source": ["inlet.digiteal"]}, None),
    ({"source": [{"prefix": "inlet."}]}, "it matches: to documents"),
    ({"source": [{"prefix": "other."}]}, None),
    ({"source": [{"suffix": "marosa"}]}, "it matches: to documents"),
    ({"source": [{"anything-but": "inlet.digiteal"}]}, "it matches: to documents"),
    (
        {"source": [{"sounds-like": "inlet"}]},
        "it is not understood (source: has the unknown operator sounds-like): to documents",
    ),
    ({"source": [{"suffix": "x"}, "inlet.marosa"]}, "it matches: to documents"),
    ({"detail-type": ["OTHER", OK]}, "it matches: to documents"),
    ({"detail": {"metadata": {"known": [False]}}}, None),
    ({"detail": {"metadata": {"known": [1]}}}, None),
    ({"detail": {"data": {"currentStatus": ["ERROR"]}}}, "it may match: to documents"),
    ({"detail": {"data": {"currentStatus": ["ERROR"]}}, "source": ["x"]}, None),
    (
        {"$or": [{"source": ["inlet.marosa"]}]},
        "it is not understood ($or: must be a list of at least two objects): to documents",
    ),
    ({"$or": [{"source": ["inlet.marosa"]}, {"account": ["1"]}]}, "it matches: to documents"),
    ({"$or": [{"source": ["x"]}, {"account": ["1"]}]}, "it may match: to documents"),
    ({"$or": [{"source": ["x"]}, {"detail-type": ["y"]}]}, None),
    (
        {"$or": [{"source": ["inlet.marosa"]}, {"source": ["x"]}], "account": ["1"]},
        "it may match: to documents",
    ),
    ({"detail.metadata.known": [True]}, "it matches: to documents"),
    ({"detail.metadata": [{"exists": True}]}, None),
    ({"detail.metadata.flags": [{"exists": False}]}, "it may match: to documents"),
    ({"account": ["123456789012"]}, "it may match: to documents"),
    ({"detail": {"metadata": {"flags": ["assumed-zone"]}}}, "it may match: to documents"),
]


def test_a_rule_that_matches_is_told(inside: Inside, inlet: Inlet) -> None:
    names = [f"rule-{number:02}" for number in range(len(RULES))]
    for name, (pattern, _) in zip(names, RULES, strict=True):
        inside.rule(name, pattern)
    inside.send()
    assert told_at(inlet(EVENT_ID), "rules") == [
        sentence.replace("it", name, 1)
        for name, (_, sentence) in zip(names, RULES, strict=True)
        if sentence
    ]


def test_no_rule_that_matches_is_told(inside: Inside, inlet: Inlet) -> None:
    inside.rule("other", {"source": ["inlet.digiteal"]})
    inside.send()
    assert told_at(inlet(EVENT_ID), "rules") == ["none matches"]


def test_the_rule_of_an_archive_is_not_told(inside: Inside, inlet: Inlet) -> None:
    inside.events.create_archive(
        ArchiveName="all", EventSourceArn="arn:aws:events:eu-west-1:123456789012:event-bus/bus"
    )
    inside.send()
    assert told_at(inlet(EVENT_ID), "rules") == ["none matches"]


def test_a_rule_is_asked_for_the_body_where_the_event_is_kept(inside: Inside, inlet: Inlet) -> None:
    inside.rule("ok", {"detail": {"data": {"currentStatus": ["OK"]}}})
    inside.rule("error", {"detail": {"data": {"currentStatus": ["ERROR"]}}})
    inside.rule("odd", {"detail": {"data": {"nowhere": [{"exists": True}]}}})
    inside.take(event(OK))
    inside.send()
    assert told_at(inlet(EVENT_ID), "rules") == ["ok matches: to documents"]


def test_a_rule_that_is_disabled_or_goes_nowhere_is_said(inside: Inside, inlet: Inlet) -> None:
    inside.rule("asleep", {"source": ["inlet.marosa"]}, State="DISABLED")
    inside.events.remove_targets(Rule="asleep", EventBusName="bus", Ids=["1"])
    inside.send()
    assert told_at(inlet(EVENT_ID), "rules") == [
        "asleep matches: to no target; it is disabled",
        "none sends to documents now: inlet doctor says what to do",
    ]


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        ("marosa/k.json", "its body of 300000 bytes is in s3://bodies/marosa/k.json"),
        ("marosa/other", "its body of 300000 bytes is gone: it was in s3://bodies/marosa/k.json"),
    ],
)
def test_where_a_large_body_is_or_was_is_told(
    inside: Inside, inlet: Inlet, kept: str, sentence: str
) -> None:
    large = event(OK)
    large["detail"]["metadata"]["body"] = {
        "bucket": "bodies",
        "key": "marosa/k.json",
        "sha256": "0" * 64,
        "bytes": 300000,
    }
    inside.door.s3.put_object(Bucket="bodies", Key=kept, Body=b"{}")
    inside.take(large)
    told = told_at(inlet(EVENT_ID, "--subject", SUBJECT), "timeline")
    assert told[0] == sentence


def test_event_id_may_be_named_in_upper_case(inside: Inside, inlet: Inlet) -> None:
    inside.send()
    inside.take(event(OK))
    shown = inlet(EVENT_ID.upper())
    assert told_at(shown, "bus") == ["published"]
    assert told_at(shown, "timeline")[0].startswith("OK in marosa/document/INV-2025-00123")

"""From a provider's POST to the timeline, through the template's own rules and queues."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from inlet.body import whole
from inlet.cli.commands import app
from inlet.event import Event
from inlet.operations import quarantine, replay
from inlet.operations.consumers import deployed
from inlet.operations.dead_letters import Wanted, dead_letters, redrive
from inlet.operations.oauth2 import token
from inlet.operations.samples import Sample
from tests.journey.conftest import Journey, eventually
from tests.journey.documents import SEED, fresh, refused_earlier
from tests.support.gateway import basic, http_event
from tests.support.samples import sample, samples

CONSUMERS = {
    "document": "documents",
    "invoice": "invoices",
    "payment": "payments",
    "transfer": "transfers",
    "company": "companies",
    "person": "persons",
    "customer": "customers",
    "autopay": "autopay",
    "terminal": "companies",
    "mandate": "payments",
    "card": "payments",
    "unrecognised": "unrecognised",
}


CASES = [case for case in samples() if "__" in case.name]
"""The samples beside each type's own, which `test_every_type` follows."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}/{case.name}")
def test_a_sample_travels_as_it_says(case: Sample, journey: Journey) -> None:
    for before in case.after:
        journey.send(sample(case.provider, before))

    answered = journey.send(case)

    body = answered.json()
    if answered.status_code == 202 and case.event:
        assert body["status"] in {"accepted", "duplicate"}  # another test may have sent it before
        body["status"] = "accepted"
    if "instance" in body:
        body["instance"] = "sample-request"
    if not case.event:
        assert {"status": answered.status_code, "body": body} == case.answer
        return
    metadata = case.event["detail"]["metadata"]
    entry = eventually(lambda: _entry(journey, metadata["subject"], body["eventId"]))
    stored = entry["detail"]["metadata"]
    differing = ["receivedAt", "correlationId"]
    if "received-time" in metadata["flags"]:  # then the day of receipt is part of the id
        differing += ["occurredAt", "eventId"]
        body["eventId"] = metadata["eventId"]
    for name in differing:
        stored[name] = metadata[name]
    assert {"status": answered.status_code, "body": body} == case.answer
    assert entry["detail"] == case.event["detail"]
    kind = metadata["subject"].split("/")[1]
    assert entry["consumer"] == CONSUMERS.get(
        kind, entry["consumer"]
    )  # who adds a kind adds it not


def _entry(journey: Journey, subject: str, event_id: str) -> dict[str, str] | None:
    entries = journey.timeline(subject).entries
    return next((e for e in entries if e["eventId"] == event_id), None)


def test_the_same_body_twice_is_accepted_and_then_a_duplicate(journey: Journey) -> None:
    event_id, subject, body = fresh()
    answers = [journey.post("/webhooks/marosa", body).json() for _ in range(3)]
    assert answers == [
        {"eventId": event_id, "status": "accepted"},
        {"eventId": event_id, "status": "duplicate"},
        {"eventId": event_id, "status": "duplicate"},
    ]
    assert eventually(lambda: journey.timeline(subject).state)["status"] == "OK"
    assert len(journey.timeline(subject).entries) == 1


def test_twenty_at_once_are_one_event_on_the_bus(journey: Journey) -> None:
    events = journey.deployment.client("events")
    sqs = journey.deployment.client("sqs")
    bus = journey.deployment.output("BusName")
    rule = events.put_rule(
        Name="everything", EventBusName=bus, EventPattern='{"source": ["inlet.marosa"]}'
    )
    arn = f"arn:aws:sqs:{events.meta.region_name}:123456789012:everything"
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule["RuleArn"]}},
    }
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})}
    url = sqs.create_queue(QueueName="everything", Attributes=attributes)["QueueUrl"]
    events.put_targets(Rule="everything", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
    sent = []
    with ThreadPoolExecutor(20) as senders:
        for _ in range(5):
            event_id, _, body = fresh()
            sent.append(event_id)
            answered = list(senders.map(lambda b: journey.post("/webhooks/marosa", b), [body] * 20))
            outcomes = Counter(
                a.json()["status"] if a.status_code == 202 else a.status_code for a in answered
            )
            assert outcomes["accepted"] == 1
            assert set(outcomes) <= {"accepted", "duplicate", 503}
            assert all("retry-after" in a.headers for a in answered if a.status_code == 503)
    on_the_bus = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        on_the_bus += [json.loads(m["Body"])["detail"]["metadata"]["eventId"] for m in found]
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    events.remove_targets(Rule="everything", EventBusName=bus, Ids=["1"])
    assert sorted(on_the_bus) == sorted(sent)


def test_events_in_any_order_end_in_the_same_state(journey: Journey) -> None:
    _, subject, ok = fresh(occurredAt="2025-03-30T10:15:00Z")
    document = subject.split("/", 2)[2]
    _, _, early = fresh(
        documentId=document, occurredAt="2025-03-30T10:14:00Z", currentStatus="PROCESSING"
    )
    for body in (ok, early, ok):
        journey.post("/webhooks/marosa", body)
    assert eventually(lambda: len(journey.timeline(subject).entries) == 2)
    assert [e["status"] for e in journey.timeline(subject).entries] == ["PROCESSING", "OK"]
    state = journey.timeline(subject).state
    assert state
    assert state["status"] == "OK"


def test_a_trusted_payment_that_jumps_is_flagged_until_what_was_missing_comes(
    journey: Journey,
) -> None:
    transfer = str(uuid4())
    subject = f"digiteal/transfer/{transfer}"

    def post(event_type: str, time: str) -> None:
        body = {"transferID": transfer, "executionTimestamp": f"2025-03-27 {time}"}
        answered = journey.post(f"/webhooks/digiteal/{event_type}", json.dumps(body))
        assert answered.status_code == 202

    def state() -> dict[str, object]:
        return journey.timeline(subject).state or {}

    post("TRANSFER_CREATED", "09:00:00")
    post("TRANSFER_PAYMENT_COMPLETED", "12:00:00")
    assert eventually(lambda: state().get("writes") == 2)
    assert state()["status"] == "TRANSFER_PAYMENT_COMPLETED"
    flag = "unexpected-transition:TRANSFER_CREATED>TRANSFER_PAYMENT_COMPLETED"
    assert state()["flags"] == [flag]
    assert journey.inlet("timeline", subject).stdout.splitlines()[:2] == [
        f"{subject} is TRANSFER_PAYMENT_COMPLETED since 2025-03-27T11:00:00.000000Z",
        f"    {flag}",
    ]

    post("TRANSFER_PAYMENT_STARTED", "11:00:00")
    assert eventually(lambda: state().get("writes") == 3)
    assert state()["status"] == "TRANSFER_PAYMENT_COMPLETED"
    assert "flags" not in state()


def test_a_human_is_told_of_a_document_in_error(journey: Journey) -> None:
    _, subject, body = fresh(currentStatus="ERROR")
    journey.post("/webhooks/marosa", body)
    document = subject.split("/", 2)[2]
    told = eventually(lambda: f"could not process document {document}" in journey.run.printed)
    assert told, journey.run.printed


def with_token(journey: Journey, body: bytes, path: str = "/oauth2/marosa") -> httpx.Response:
    """Post JSON with a token that was got for it."""
    proof = {"authorization": f"Bearer {token(journey.deployment, 'marosa')}"}
    return journey.post(path, body, headers={"content-type": "application/json"} | proof, auth=None)


def test_a_password_and_a_token_are_let_in_at_the_same_time(journey: Journey) -> None:
    event_id, subject, body = fresh()
    accepted = with_token(journey, body)
    assert (accepted.status_code, accepted.json()["status"]) == (202, "accepted")
    again = journey.post("/webhooks/marosa", body)
    assert (again.status_code, again.json()["status"]) == (202, "duplicate")
    assert eventually(lambda: journey.timeline(subject).entries)[0]["eventId"] == event_id
    assert '"credential":"oauth2"' in journey.log("IngestFunction")


def test_neither_proves_anything_on_the_route_of_the_other(journey: Journey) -> None:
    _, _, body = fresh()
    by_password = journey.post("/oauth2/marosa", body, auth=journey.users["marosa"])
    assert (by_password.status_code, by_password.json()) == (401, {"message": "Unauthorized"})
    by_token = with_token(journey, body, "/webhooks/marosa")
    assert by_token.status_code == 401
    assert by_token.headers["content-type"] == "application/problem+json"


def invoked(journey: Journey, event: dict[str, Any]) -> dict[str, Any]:
    """What the function answers to an event that the HTTP API did not make."""
    answered = journey.deployment.client("lambda").invoke(
        FunctionName=journey.deployment.output("IngestFunctionArn"), Payload=json.dumps(event)
    )
    return dict(json.loads(answered["Payload"].read()))


def test_the_function_itself_lets_nobody_in_there_without_claims(journey: Journey) -> None:
    _, _, body = fresh()
    headers = {"content-type": "application/json"} | basic(*journey.users["marosa"])
    answer = invoked(journey, http_event("/oauth2/marosa", body, headers))
    assert answer["statusCode"] == 401
    assert "no token that the authorizer let in" in answer["body"]


def test_the_function_itself_rejects_claims_for_a_provider_without_oauth2(journey: Journey) -> None:
    event = http_event("/oauth2/digiteal/PAYMENT_INITIATED", b"{}", {})
    event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "a"}, "scopes": None}}
    answer = invoked(journey, event)
    assert answer["statusCode"] == 401
    assert "This stage has no OAuth2 for the provider." in answer["body"]


# What API Gateway answers by itself


def test_who_comes_without_a_token_is_told_so_by_the_authorizer(journey: Journey) -> None:
    answered = journey.post("/oauth2/marosa", SEED.body, auth=None)
    assert (answered.status_code, answered.json()) == (401, {"message": "Unauthorized"})
    assert answered.headers["www-authenticate"] == "Bearer"
    assert "retry-after" not in answered.headers


def test_what_no_route_takes_is_not_found(journey: Journey) -> None:
    for method, path in [
        ("POST", "/"),
        ("POST", "/webhooks/unknown"),
        ("POST", "/oauth2/digiteal"),
        ("GET", "/webhooks/marosa"),
        ("POST", "/webhooks/marosa/DOCUMENT_STATUS_CHANGED"),
        ("POST", "/webhooks/digiteal/a/b"),
    ]:
        answered = httpx.request(method, f"{journey.door}{path}", content=b"{}")
        assert (answered.status_code, answered.json()) == (404, {"message": "Not Found"})


def test_a_body_that_the_door_cannot_hand_on_is_too_large(journey: Journey) -> None:
    answered = journey.post("/webhooks/marosa", b" " * (10 * 1024 * 1024 + 1))
    assert (answered.status_code, answered.json()) == (
        413,
        {"message": "Request Entity Too Large"},
    )


def test_the_largest_body_that_the_door_can_hand_on_is_kept_and_the_next_is_refused(
    journey: Journey,
) -> None:
    event_id, subject, body = fresh()

    def post(size: int, password: str) -> httpx.Response:
        auth = ("marosa", password)
        return journey.post("/webhooks/marosa", body.ljust(size), auth=auth)

    _, right = journey.users["marosa"]
    wrong = "x" * len(right)  # as long, and refused before it is read
    passes, refused = 6_280_000, 6_291_556
    while refused - passes > 1:
        middle = (passes + refused) // 2
        if post(middle, wrong).status_code == 413:
            refused = middle
        else:
            passes = middle

    assert post(refused, right).json() == {"message": "Request Entity Too Large"}
    assert post(passes, right).json() == {"eventId": event_id, "status": "accepted"}
    entry = eventually(lambda: _entry(journey, subject, event_id))
    event = Event.model_validate(entry["detail"])
    assert event.metadata.body is not None
    assert event.metadata.body.bytes == passes
    assert whole(event, journey.deployment.client("s3")) == json.loads(body)


def test_the_largest_body_in_an_event_reaches_the_timeline_whole(journey: Journey) -> None:
    _, subject, body = fresh(note="")
    largest = body.replace(b'"note": ""', b'"note": "' + b"\xe2\x82\xac" * 68_000 + b'"')
    assert 204_000 < len(largest) <= 204_800
    assert journey.post("/webhooks/marosa", largest).status_code == 202
    entries = eventually(lambda: journey.timeline(subject).entries)
    assert entries[0]["detail"]["data"]["note"] == "\u20ac" * 68_000


def test_a_consumer_that_cannot_write_keeps_the_event_for_later(journey: Journey) -> None:
    """A message that no consumer can read stays in its queue, and comes back after a delay."""
    sqs = journey.deployment.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    url = next(u for u in urls if "DocumentsQueue" in u)
    sqs.send_message(QueueUrl=url, MessageBody="not json")
    log = eventually(lambda: '"retry_in":10' in journey.log("DocumentsFunction"))
    assert log
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
    sqs.purge_queue(QueueUrl=url)


def test_nothing_that_was_sent_to_prove_who_sent_it_is_logged(journey: Journey) -> None:
    journey.send(SEED)
    sent = with_token(journey, SEED.body).request.headers["authorization"]
    secrets = [password for _, password in journey.users.values()]
    secrets += [sent, journey.deployment.oauth2["marosa"]["client_secret"]]
    logs = (journey.run.folder / ".inlet" / "logs").glob("*.log")
    written = "".join(log.read_text() for log in logs) + "\n"
    assert "not-authenticated" in written
    assert not [secret for secret in secrets if secret in written]


def test_what_is_refused_is_kept_and_can_be_released(journey: Journey) -> None:
    event_id, _, body = fresh(currentStatus=7)
    assert journey.post("/webhooks/marosa", body).status_code == 422
    kept = quarantine.listed(journey.deployment, provider="marosa")[-1]
    assert quarantine.read(journey.deployment, kept).request.body == body
    assert event_id not in journey.log("DocumentsFunction")

    outcome = quarantine.release(journey.deployment, kept)

    assert outcome["status"] == "wrong-contract"
    assert quarantine.find(journey.deployment, kept.identifier).outcome == "wrong-contract"


def test_what_an_earlier_release_refused_travels_once_the_model_is_mended(
    journey: Journey,
) -> None:
    event_id, subject, body = fresh()
    refused_earlier(journey, event_id, body)
    kept = quarantine.find(journey.deployment, event_id)

    assert quarantine.release(journey.deployment, kept) == {
        "eventId": event_id,
        "status": "accepted",
    }
    assert journey.post("/webhooks/marosa", body).json()["status"] == "duplicate"
    entry = eventually(lambda: _entry(journey, subject, event_id))
    assert entry["receivedAt"] == "2025-04-01T08:00:00.000000Z"
    assert quarantine.release(journey.deployment, kept)["status"] == "duplicate"
    assert len(journey.timeline(subject).entries) == 1


def test_what_was_forgotten_comes_back_by_no_way_and_a_new_event_begins_anew(
    journey: Journey,
) -> None:
    event_id, subject, body = fresh()
    document = subject.split("/", 2)[2]
    journey.post("/webhooks/marosa", body)
    _, _, wrong = fresh(documentId=document, currentStatus=7)
    assert journey.post("/webhooks/marosa", wrong).status_code == 422
    entry = eventually(lambda: _entry(journey, subject, event_id))

    forgotten = journey.inlet("forget", subject, "--yes")

    at = journey.timeline(subject).forgotten_at
    assert forgotten.stdout.splitlines() == [
        f"{subject} was forgotten at {at}",
        "1 entry, 0 bodies, 1 quarantined request erased",
    ]
    assert journey.timeline(subject).entries == ()

    sqs = journey.deployment.client("sqs")
    url = next(u for u in sqs.list_queues()["QueueUrls"] if "DocumentsQueue" in u)
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"detail": entry["detail"]}))
    assert eventually(lambda: '"outcome":"forgotten"' in journey.log("DocumentsFunction"))
    assert journey.post("/webhooks/marosa", body).json()["status"] == "duplicate"
    assert journey.timeline(subject).entries == ()

    new_id, _, new = fresh(documentId=document)
    journey.post("/webhooks/marosa", new)
    assert eventually(lambda: _entry(journey, subject, new_id))
    found = eventually(lambda: journey.timeline(subject).state and journey.timeline(subject))
    assert [one["eventId"] for one in found.entries] == [new_id]
    assert (found.state["eventId"], found.forgotten_at) == (new_id, at)


def test_a_replay_writes_anew_and_reaches_nobody_outside(journey: Journey) -> None:
    event_id, subject, body = fresh()
    before = datetime.now(UTC) - timedelta(seconds=2)  # an event has its time in whole seconds
    journey.post("/webhooks/marosa", body)
    assert eventually(lambda: _entry(journey, subject, event_id))

    def entry() -> dict[str, Any]:
        return dict(_entry(journey, subject, event_id) or {})

    (kept,) = replay.kept(journey.deployment, replay.Wanted(event_id=event_id))
    name = f"inlet-laptop-{event_id}"
    list(replay.replay(journey.deployment, [kept], name=name, per_second=100))
    assert eventually(lambda: entry().get("replay") == name)

    documents = deployed(journey.deployment, "documents")
    name = f"inlet-laptop-{uuid4()}"
    replay.start_from_archive(
        journey.deployment,
        before,
        datetime.now(UTC) + timedelta(seconds=2),
        name=name,
        consumers=documents,
    )
    assert list(replay.progress(journey.deployment, name))[-1][0] == "COMPLETED"
    assert eventually(lambda: entry().get("replay") == name)
    assert entry()["rewrites"] == 2


def told(journey: Journey, asked: str) -> tuple[int, dict[str, list[str]]]:
    """The exit code of `inlet show`, and its sentences by station."""
    with chdir(journey.run.folder):
        ran = CliRunner().invoke(app, ["show", asked])
    sentences: dict[str, list[str]] = {}
    for line in ran.stdout.splitlines():
        sentences.setdefault(line[:14].strip(), []).append(line[14:])
    return ran.exit_code, sentences


def test_what_became_of_an_event_is_told_whatever_it_was(journey: Journey) -> None:
    event_id, subject, body = fresh()
    for _ in range(2):
        journey.post("/webhooks/marosa", body)
    assert eventually(lambda: told(journey, event_id)[1]["consumer"][1].endswith("consumed"))
    code, story = told(journey, event_id)
    assert code == 0
    assert [one.split("  ")[1] for one in story["received"]] == ["accepted", "duplicate"]
    assert story["bus"] == ["published"]
    (rule,) = (one for one in story["rules"] if "DOCUMENTSTATUSCHANGED" in one)  # of Inlet's own
    assert " matches: to " in rule
    assert story["consumer"][1].endswith("  consumed")
    assert story["timeline"][:2] == [
        f"OK in {subject}, 2025-03-30T10:15:00.000000Z",
        "it is the latest state",
    ]
    assert story["dead letters"] == ["none"]
    (searched,) = story["quarantine"]
    assert re.fullmatch(r"none among (\d+) of \1 stored requests", searched)
    assert story["status"] == ["consumed by documents"]
    assert story["next"] == [f"inlet timeline {subject}"]

    refused = journey.post("/webhooks/marosa", fresh(currentStatus=7)[2]).json()["instance"]
    assert eventually(lambda: told(journey, refused)[0] == 0)
    _, story = told(journey, refused)
    assert story["received"][0].split("  ")[1] == "wrong-contract"
    assert story["bus"][0] == "not published"
    assert "  wrong-contract, 1 times" in story["quarantine"][0]
    assert told(journey, "nobody's") == (1, {})


def test_what_became_of_an_event_that_is_a_dead_letter_is_told(journey: Journey) -> None:
    sqs = journey.deployment.client("sqs")
    (documents,) = deployed(journey.deployment, "documents")
    admitted = sqs.get_queue_attributes(QueueUrl=documents.queue, AttributeNames=["Policy"])
    nobody = json.dumps({"Version": "2012-10-17", "Statement": []})
    event_id, subject, body = fresh()
    try:
        sqs.set_queue_attributes(QueueUrl=documents.queue, Attributes={"Policy": nobody})
        journey.post("/webhooks/marosa", body)
    finally:
        sqs.set_queue_attributes(QueueUrl=documents.queue, Attributes=admitted["Attributes"])
    (letter,) = eventually(lambda: dead_letters(journey.deployment, Wanted(event_id=event_id)))
    sqs.send_message(QueueUrl=documents.dead_letters, MessageBody=json.dumps(letter.event))

    _, story = told(journey, event_id)
    assert story["bus"] == ["published"]
    assert story["consumer"][1:] == ["not consumed yet"]
    assert story["timeline"] == [f"no entry in {subject}"]
    of = sorted(one.split(" of ", 1)[1].split(": ")[0] for one in story["dead letters"])
    assert of == ["documents", "rule of documents"]

    letters = dead_letters(journey.deployment, Wanted(event_id=event_id))
    redrive(journey.deployment, letters, per_second=100, moved=lambda _: None)
    assert eventually(lambda: told(journey, event_id)[1]["dead letters"] == ["none"])
    assert eventually(lambda: _entry(journey, subject, event_id))

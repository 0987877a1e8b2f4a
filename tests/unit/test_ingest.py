"""The ingest function: what the sender is told, whatever happens at the boundary to AWS."""

import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.ingest.handler import handler, stations
from functions.ingest.settings import IngestSettings
from functions.runtime.endpoint import ATTEMPTS, CONNECT_SECONDS, LONGEST_CALL_SECONDS, READ_SECONDS
from functions.settings import WrongSettings
from inlet.provider import EventType
from inlet.providers import with_types
from inlet.refusals import RETRY_AFTER_SECONDS
from tests.support.door import Door, outcome
from tests.support.faulty import Faulty, throttled, timed_out
from tests.support.gateway import RIGHT, Context, basic, http_event
from tests.support.samples import sample
from tests.support.settings import INGEST
from tests.support.station import Told

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")
ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
ACCEPTED = {"eventId": ID, "status": "accepted"}
DUPLICATE = {"eventId": ID, "status": "duplicate"}


def test_the_answers_say_what_they_are(door: Door) -> None:
    assert door.send(SEED)["headers"] == {"content-type": "application/json"}
    refused = door.post("/webhooks/marosa", b"{}", headers={})
    assert refused["headers"] == {
        "content-type": "application/problem+json",
        "www-authenticate": 'Basic realm="inlet"',
    }


def test_an_event_names_its_bus_and_carries_the_runtimes_trace(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")
    door.send(SEED)
    assert door.published[0]["EventBusName"] == "bus"
    assert door.published[0]["TraceHeader"] == "Root=1-2-3"


# How often AWS is called


def test_a_first_delivery_costs_three_calls(door: Door) -> None:
    door.send(SEED)
    assert door.dynamodb.calls == ["put_item", "update_item"]
    assert door.events.calls == ["put_events"]


def test_a_duplicate_costs_one_call(door: Door) -> None:
    door.send(SEED)
    door.dynamodb.calls.clear()
    assert outcome(door.send(SEED)) == (202, "duplicate")
    assert door.dynamodb.calls == ["put_item"]
    assert door.events.calls == ["put_events"]


def test_a_duplicate_in_the_same_warm_environment_costs_none(door: Door) -> None:
    door.remember_in_memory = 10
    door.send(SEED)
    door.dynamodb.calls.clear()
    assert outcome(door.send(SEED)) == (202, "duplicate")
    assert door.dynamodb.calls == []


def test_another_body_is_told_from_a_duplicate_in_memory_too(door: Door) -> None:
    door.remember_in_memory = 10
    door.send(SEED)
    assert door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__id_reused"))["status"] == 409


def test_an_event_id_under_another_type_is_no_duplicate(door: Door) -> None:
    body = b'{"eventId": "evt-1"}'
    assert door.post("/webhooks/digiteal/PAYMENT_INITIATED", body)["status"] == 202
    assert door.post("/webhooks/digiteal/PAYMENT_TRANSFERRED", body)["status"] == 409


def test_the_time_budgets_add_up() -> None:
    assert (CONNECT_SECONDS, READ_SECONDS, ATTEMPTS) == (1, 2, 2)
    longest_run = 4 * LONGEST_CALL_SECONDS  # secret, claim, publish, remember or forget
    function_time_out = 29
    http_api_time_out = 30
    assert longest_run == 28
    assert longest_run < function_time_out < http_api_time_out <= RETRY_AFTER_SECONDS


# Custody: 2xx only when the event is on the bus, 4xx only when that is final


def test_a_delivery_in_progress_is_told_to_come_again(door: Door) -> None:
    answered: list[dict[str, Any]] = []
    original = door.put_events

    def meanwhile(**arguments: Any) -> dict[str, Any]:
        answered.append(door.send(SEED))
        return original(**arguments)

    door.put_events = meanwhile  # type: ignore[method-assign]
    assert outcome(door.send(SEED)) == (202, "accepted")
    assert outcome(answered[0]) == (503, "A delivery with this event id is in progress.")
    assert answered[0]["headers"]["retry-after"] == "30"
    assert len(door.published) == 1


def test_another_body_while_the_first_is_in_progress_is_not_refused_for_good(door: Door) -> None:
    answered: list[dict[str, Any]] = []
    original = door.put_events

    def meanwhile(**arguments: Any) -> dict[str, Any]:
        answered.append(door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__id_reused")))
        return original(**arguments)

    door.put_events = meanwhile  # type: ignore[method-assign]
    door.send(SEED)
    assert outcome(answered[0]) == (503, "A delivery with this event id is in progress.")


def test_a_claim_of_a_run_that_died_is_given_up(door: Door) -> None:
    door.events = Faulty(door, before={"put_events": [KeyboardInterrupt()]})
    with pytest.raises(KeyboardInterrupt):  # not an Exception: nothing is tidied up
        door.post("/webhooks/marosa", SEED.body, context=Context(remaining_milliseconds=-1))
    door.events = Faulty(door)
    assert outcome(door.send(SEED)) == (202, "accepted")
    assert len(door.published) == 1


@pytest.mark.parametrize(
    "result",
    [
        {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]},
        {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalException"}]},
        {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "NotAuthorizedForDetailTypeException"}]},
        {"FailedEntryCount": 1, "Entries": [{}]},
    ],
)
def test_an_entry_that_failed_for_now_comes_again(door: Door, result: dict[str, Any]) -> None:
    door.put_events_results = [result]
    assert outcome(door.send(SEED)) == (503, "The event could not be published at the moment.")
    assert outcome(door.send(SEED)) == (202, "accepted")
    assert len(door.published) == 1


@pytest.mark.parametrize("code", ["MalformedDetail", "InvalidArgument"])
def test_an_entry_that_failed_for_good_is_refused(door: Door, code: str) -> None:
    door.put_events_results = [{"FailedEntryCount": 1, "Entries": [{"ErrorCode": code}]}]
    assert outcome(door.send(SEED)) == (
        422,
        f"The event cannot be published: EventBridge says {code}.",
    )


@pytest.mark.parametrize("error", [throttled(), timed_out()])
def test_events_that_may_or_may_not_be_on_the_bus_come_again(door: Door, error: Exception) -> None:
    door.events = Faulty(door, after={"put_events": [error]})
    assert outcome(door.send(SEED)) == (503, "The event could not be published at the moment.")
    assert outcome(door.send(SEED)) == (202, "accepted")
    assert len(door.published) == 2  # at least once: consumers are safe under it


def test_an_entry_too_large_for_the_bus_is_refused_for_good(door: Door) -> None:
    error = throttled()
    error.response["Error"]["Code"] = "ValidationException"
    door.events = Faulty(door, before={"put_events": [error]})
    assert door.send(SEED)["status"] == 422


def test_what_is_published_is_accepted_even_where_that_cannot_be_remembered(door: Door) -> None:
    door.dynamodb = Faulty(door.dynamodb, before={"update_item": [throttled()]})
    assert outcome(door.send(SEED)) == (202, "accepted")
    assert outcome(door.send(SEED)) == (503, "A delivery with this event id is in progress.")


def test_a_lost_answer_to_the_claim_is_not_final(door: Door) -> None:
    door.dynamodb = Faulty(door.dynamodb, after={"put_item": [timed_out()]})
    answered = door.post("/webhooks/marosa", SEED.body, context=Context(remaining_milliseconds=1))
    assert outcome(answered) == (503, "The idempotency store is unavailable. Retry later.")
    assert door.published == []
    assert outcome(door.send(SEED)) == (202, "accepted")


def test_a_claim_that_cannot_be_withdrawn_does_not_hide_that_nothing_was_published(
    door: Door,
) -> None:
    door.events = Faulty(door, before={"put_events": [throttled()]})
    door.dynamodb = Faulty(door.dynamodb, before={"delete_item": [throttled()]})
    assert outcome(door.send(SEED)) == (503, "The idempotency store is unavailable. Retry later.")


def test_an_unforeseen_fault_is_not_final(door: Door, told: Told) -> None:
    door.events = Faulty(door, before={"put_events": [RuntimeError("INV-2025-00123 is secret")]})
    assert outcome(door.send(SEED)) == (503, "Something went wrong here.")
    (log,) = told()
    assert (log["provider"], log["outcome"]) == ("marosa", "failed")
    assert log["causes"][0]["type"] == "RuntimeError"
    assert log["causes"][0]["at"][-1].endswith(" _next_fault")
    assert "INV-2025-00123" not in json.dumps(log)
    assert outcome(door.send(SEED)) == (202, "accepted")


# Credentials


@pytest.mark.parametrize("error", [throttled(), EndpointConnectionError(endpoint_url="x")])
def test_a_secret_that_cannot_be_read_is_no_fault_of_the_senders(
    door: Door, error: Exception
) -> None:
    door.secretsmanager = Faulty(door.secretsmanager, before={"get_secret_value": [error]})
    assert outcome(door.send(SEED)) == (503, "The credentials cannot be read at the moment.")


@pytest.mark.parametrize("secret", ["not json", "[]", '{"basic": "hunter2"}'])
def test_a_secret_of_the_wrong_shape_is_no_fault_of_the_senders_and_not_shown(
    door: Door, secret: str, told: Told
) -> None:
    door.secretsmanager.put_secret_value(SecretId=door.secrets["marosa"], SecretString=secret)
    answered = door.send(SEED)
    assert outcome(answered) == (503, "The provider's secret is not what it should be.")
    assert "hunter2" not in json.dumps(told())


def test_no_credentials_configured_lets_nobody_in(door: Door) -> None:
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString='{"basic": [], "apiKey": []}'
    )
    assert door.send(SEED)["status"] == 401
    assert door.post("/webhooks/marosa", b"{}", headers=basic("marosa", ""))["status"] == 401


def test_an_api_key_is_taken_in_the_header_that_the_secret_names(door: Door) -> None:
    key = {"label": "first", "header": "X-Marosa-Key", "value": "key-1"}
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString=json.dumps({"apiKey": [key]})
    )
    answered = door.post("/webhooks/marosa", SEED.body, headers={"x-marosa-key": "key-1"})
    assert answered["status"] == 202


def test_nothing_is_parsed_before_the_sender_is_known(door: Door) -> None:
    assert door.post("/webhooks/marosa", b"\xff{", headers={})["status"] == 401
    assert door.dynamodb.calls == []


@pytest.mark.parametrize("label", ["", "x" * 65])
def test_a_label_is_short_enough_to_count_by(door: Door, label: str) -> None:
    user = {"label": label, "username": "u", "password": "p"}
    door.secretsmanager.put_secret_value(
        SecretId=door.secrets["marosa"], SecretString=json.dumps({"basic": [user]})
    )
    assert door.post("/webhooks/marosa", b"{}", headers=basic("u", "p"))["status"] == 503


# OAuth2: the authorizer of the HTTP API has checked the token


def test_what_the_authorizer_let_in_needs_no_other_credential(door: Door, told: Told) -> None:
    claims = {"iss": "https://issuer.example", "aud": "inlet"}
    answered = door.post("/oauth2/marosa", SEED.body, headers={}, claims=claims)
    assert outcome(answered) == (202, "accepted")
    assert told()[0]["credential"] == "oauth2"
    assert door.secretsmanager.calls == []


@pytest.mark.parametrize("claims", [None, {}])
def test_without_the_authorizers_claims_its_route_lets_nobody_in(
    door: Door, claims: dict[str, str] | None
) -> None:
    right = basic(*RIGHT["marosa"])
    assert door.post("/oauth2/marosa", SEED.body, headers=right, claims=claims)["status"] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/oauth2/marosa", SEED.body),
        ("/oauth2/digiteal/PAYMENT_INITIATED", b"{}"),
        ("/oauth2/standard", b'{"type": "a"}'),
    ],
)
@pytest.mark.parametrize("others", [frozenset(), frozenset({"another"})])
def test_claims_are_rejected_and_logged_for_a_provider_without_oauth2(
    door: Door, told: Told, path: str, body: bytes, others: frozenset[str]
) -> None:
    """No route of the API makes such an event: somebody invokes the function directly."""
    door.oauth2 = others
    right = basic(*RIGHT[path.split("/")[2]]) | {"webhook-id": "msg_1"}
    answered = door.post(path, body, headers=right, claims={"aud": "inlet"})
    assert answered["status"] == 401
    assert answered["body"]["detail"] == "This stage has no OAuth2 for the provider."
    (line,) = told()
    assert (line["provider"], line["outcome"], line["detail"]) == (
        path.split("/")[2], "not-authenticated", "This stage has no OAuth2 for the provider.",
    )  # fmt: skip
    assert door.published == []
    assert door.kept() == {}


def test_oauth2_of_one_provider_is_none_of_another(door: Door) -> None:
    door.oauth2 = frozenset({"marosa"})
    claims = {"aud": "inlet"}
    path = "/oauth2/digiteal/PAYMENT_INITIATED"
    assert door.post(path, b"{}", headers={}, claims=claims)["status"] == 401
    assert door.post("/oauth2/marosa", SEED.body, headers={}, claims=claims)["status"] == 202


def test_claims_are_nothing_on_a_route_without_the_authorizer(door: Door) -> None:
    answered = door.post("/webhooks/marosa", SEED.body, headers={}, claims={"aud": "inlet"})
    assert answered["status"] == 401


def test_a_type_in_the_path_is_read_on_the_route_of_oauth2_too(door: Door) -> None:
    path = "/oauth2/digiteal/PAYMENT_INITIATED"
    assert door.post(path, b"{}", headers={}, claims={"aud": "inlet"})["status"] == 202
    assert door.published[0]["DetailType"] == "PAYMENT_INITIATED"


# Addresses


@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        ({}, 202),
        ({"marosa": ["192.0.2.0/24"]}, 202),
        ({"marosa": ["2001:db8::/32", "192.0.2.1"]}, 202),
        ({"marosa": ["198.51.100.0/24", "2001:db8::/32"]}, 401),
        ({"marosa": []}, 401),
        ({"digiteal": ["198.51.100.0/24"]}, 202),
    ],
)
def test_a_provider_sends_from_its_own_addresses(
    door: Door, told: Told, allowed: dict[str, list[str]], status: int
) -> None:
    door.addresses = json.dumps(allowed)
    assert door.send(SEED)["status"] == status
    reasons = {202: "accepted", 401: "address-not-allowed"}
    assert told()[0]["outcome"] == reasons[status]
    assert len(door.secretsmanager.calls) == (status == 202)


# Types that a stage knows beyond the catalogues


def test_a_type_that_the_stage_lists_is_known_and_about_its_kind(door: Door) -> None:
    door.types = {"standard": {"invoice.paid": EventType("Paid.", kind="invoice", rank=10)}}
    door.send(sample("standard", "invoice.paid"))
    metadata = json.loads(door.published[0]["Detail"])["metadata"]
    assert metadata["known"] is True
    assert metadata["schema"] == "standard.invoice.paid@1"
    assert metadata["subject"] == "standard/invoice/in_123"


def test_a_type_of_nobody_is_named() -> None:
    with pytest.raises(LookupError, match="there is no provider 'nobody'"):
        with_types({"nobody": {}})


def test_one_providers_credentials_are_nothing_to_another(door: Door) -> None:
    headers = basic(*RIGHT["digiteal"])
    assert door.post("/webhooks/marosa", SEED.body, headers=headers)["status"] == 401


# What is told of it


def test_a_delivery_is_logged_once(door: Door, told: Told) -> None:
    door.send(SEED)
    (line,) = told()
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "message": "request", "level": "INFO", "provider": "marosa",
        "event_type": "DOCUMENT_STATUS_CHANGED", "event_id": ID, "outcome": "accepted",
        "correlation_id": "sample-request", "credential": "generated", "known": True,
    }  # fmt: skip


def test_what_was_assumed_of_a_delivery_is_logged(door: Door, told: Told) -> None:
    door.send(sample("digiteal", "PAYMENT_INITIATED"))
    assert told()[0]["flags"] == ["assumed-zone"]


def test_a_refusal_is_logged_with_its_fields_and_without_their_values(
    door: Door, told: Told
) -> None:
    door.send(sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract"))
    (log,) = told()
    assert (log["provider"], log["outcome"]) == ("marosa", "wrong-contract")
    assert log["fields"] == ["eventId", "currentStatus"]
    assert "not an id" not in json.dumps(log)


def test_a_stranger_is_logged_without_anything_they_sent(door: Door, told: Told) -> None:
    door.post("/webhooks/digiteal/CANARY", b"canary", headers={"authorization": "Basic Y2FuYXJ5"})
    (log,) = told()
    assert (log["provider"], log["outcome"]) == ("digiteal", "not-authenticated")
    assert "credential" not in log
    assert "canary" not in json.dumps(log).lower()
    assert "Y2FuYXJ5" not in json.dumps(log)


def test_a_request_of_nobody_is_logged_too(door: Door, told: Told) -> None:
    door.answer({"version": "2.0"})
    (log,) = told()
    assert (log["provider"], log["outcome"]) == ("unknown", "failed")


# How the function is put together


def in_the_environment(door: Door, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Put settings into the environment, and let the function read them anew."""
    settings = INGEST.model_copy(
        update={"remember_in_memory": 100, "secrets": json.dumps(door.secrets)} | more
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    stations.cache_clear()


def test_the_handler_takes_its_settings_from_the_environment(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(door, monkeypatch)
    posted = http_event("/webhooks/marosa", SEED.body, basic(*RIGHT["marosa"]))
    answered = handler(posted, Context())  # type: ignore[arg-type]
    stations.cache_clear()
    assert json.loads(answered["body"]) == ACCEPTED
    stored = door.dynamodb.scan(TableName="deliveries")["Items"]
    assert [item["status"] for item in stored] == [{"S": "COMPLETED"}]
    assert stored[0]["id"]["S"].startswith("delivery#")
    assert int(stored[0]["expiration"]["N"]) == pytest.approx(time.time() + 86_400, abs=60)


@pytest.mark.parametrize(
    ("oauth2", "status"),
    [({}, 401), ({"oauth2": '["digiteal"]'}, 401), ({"oauth2": '["marosa"]'}, 202)],
)
def test_the_providers_with_oauth2_are_a_setting_and_none_by_default(
    door: Door, monkeypatch: pytest.MonkeyPatch, oauth2: dict[str, str], status: int
) -> None:
    in_the_environment(door, monkeypatch, **oauth2)
    posted = http_event("/oauth2/marosa", SEED.body, {"content-type": "application/json"})
    posted["requestContext"]["authorizer"] = {"jwt": {"claims": {"aud": "inlet"}, "scopes": None}}
    answered = handler(posted, Context())  # type: ignore[arg-type]
    stations.cache_clear()
    assert answered["statusCode"] == status


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(WrongSettings, match="BUS_NAME: Field required"):
        IngestSettings.from_environment({"DELIVERIES_TABLE": "deliveries"})

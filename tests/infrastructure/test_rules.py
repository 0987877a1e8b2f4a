"""The rules: which event goes to which consumer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from infrastructure.mistakes import Mistake
from infrastructure.stack import InletStack
from inlet.provider import EventType
from inlet.providers import PROVIDERS
from tests.infrastructure.conftest import template_of
from tests.infrastructure.template import Template, readable

MAROSA = {
    "DOCUMENT_STATUS_CHANGED": "DocumentsQueue",
    "INVOICE_STATUS_CHANGED": "InvoicesQueue",
}
DIGITEAL = {
    "COMPANY_CREATED": "CompaniesQueue",
    "COMPANY_UPDATED": "CompaniesQueue",
    "COMPANY_VALIDATED_BY_ACQUIRER": "CompaniesQueue",
    "COMPANY_REJECTED_BY_ACQUIRER": "CompaniesQueue",
    "COMPANY_VALIDATED": "CompaniesQueue",
    "COMPANY_REJECTED": "CompaniesQueue",
    "COMPANY_PUT_ON_HOLD": "CompaniesQueue",
    "COMPANY_CHANGED_INTEGRATOR": "CompaniesQueue",
    "COMPANY_CHANGED_TRUSTED_PAYMENT_INTEGRATOR": "CompaniesQueue",
    "COMPANY_DELETED": "CompaniesQueue",
    "PERSON_CREATED": "PersonsQueue",
    "PERSON_UPDATED": "PersonsQueue",
    "PERSON_VALIDATED": "PersonsQueue",
    "PERSON_REJECTED": "PersonsQueue",
    "PERSON_PUT_ON_HOLD": "PersonsQueue",
    "PERSON_CHANGED_INTEGRATOR": "PersonsQueue",
    "PERSON_CHANGED_TRUSTED_PAYMENT_INTEGRATOR": "PersonsQueue",
    "PERSON_DELETED": "PersonsQueue",
    "INVOICE_PUBLISHED": "InvoicesQueue",
    "CREDIT_NOTE_PUBLISHED": "InvoicesQueue",
    "INVOICE_DOCUMENT_ADDED": "InvoicesQueue",
    "CREDIT_NOTE_DOCUMENT_ADDED": "InvoicesQueue",
    "INVOICE_READ": "InvoicesQueue",
    "INVOICE_COMMENTED": "InvoicesQueue",
    "INVOICE_PAID": "InvoicesQueue",
    "INVOICE_UNPAID": "InvoicesQueue",
    "CUSTOMER_OPTIN": "CustomersQueue",
    "CUSTOMER_OPTOUT": "CustomersQueue",
    "PAYMENT_INITIATED": "PaymentsQueue",
    "PAYMENT_INITIATED_V2": "PaymentsQueue",
    "PAYMENT_INITIATION_ERROR": "PaymentsQueue",
    "PAYMENT_INITIATION_ERROR_V2": "PaymentsQueue",
    "PAYMENT_WITHDRAWAL_SUCCESS": "PaymentsQueue",
    "PAYMENT_WITHDRAWAL_ERROR": "PaymentsQueue",
    "PAYMENT_RECEIVED_IN_TRANSIT": "PaymentsQueue",
    "FUNDS_RECEIVED_IN_BUFFER": "PaymentsQueue",
    "PAYMENT_TRANSFERRED": "PaymentsQueue",
    "PAYMENT_BULK_PAYOUT": "PaymentsQueue",
    "REIMBURSEMENT_RECEIVED_FROM_CREDITOR": "PaymentsQueue",
    "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL": "PaymentsQueue",
    "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR": "PaymentsQueue",
    "AUTOPAY_CONFIGURATION_CREATED": "AutopayQueue",
    "AUTOPAY_CONFIGURATION_UPDATED": "AutopayQueue",
    "AUTOPAY_CONFIGURATION_SUSPENDED": "AutopayQueue",
    "AUTOPAY_CONFIGURATION_ACTIVATED": "AutopayQueue",
    "AUTOPAY_CONFIGURATION_CANCELLED": "AutopayQueue",
    "TRANSFER_CREATED": "TransfersQueue",
    "TRANSFER_PAYMENT_RECEIVED": "TransfersQueue",
    "TRANSFER_PAYMENT_STARTED": "TransfersQueue",
    "TRANSFER_PAYMENT_COMPLETED": "TransfersQueue",
    "TRANSFER_REIMBURSEMENT_STARTED": "TransfersQueue",
    "TRANSFER_REIMBURSEMENT_COMPLETED": "TransfersQueue",
    "TERMINAL_VALIDATED_BY_ACQUIRER": "CompaniesQueue",
    "TERMINAL_REJECTED_BY_ACQUIRER": "CompaniesQueue",
    "MANDATE_AUTHORIZATION_STATUS": "PaymentsQueue",
    "PAYMENT_CARD_TOKEN_RESERVED": "PaymentsQueue",
    "PAYMENT_CARD_TOKEN_CREATED": "PaymentsQueue",
    "PEPPOL_SEND_PROCESSING_OUTCOME": "DocumentsQueue",
    "PEPPOL_TRANSPORT_ACK_RECEIVED": "DocumentsQueue",
    "PEPPOL_MLR_RECEIVED": "DocumentsQueue",
    "PEPPOL_INVOICE_RESPONSE_RECEIVED": "DocumentsQueue",
    "PEPPOL_INVOICE_RECEIVED": "DocumentsQueue",
    "PEPPOL_CREDIT_NOTE_RECEIVED": "DocumentsQueue",
    "PEPPOL_SELF_BILLING_INVOICE_RECEIVED": "DocumentsQueue",
    "PEPPOL_SELF_BILLING_CREDIT_NOTE_RECEIVED": "DocumentsQueue",
    "PEPPOL_FUTURE_VALIDATION_FAILED": "DocumentsQueue",
}


def described(pattern: dict[str, Any]) -> str:
    match pattern:
        case {"source": [str() as source], "detail-type": [str() as event_type], **others}:
            assert not others
            return f"{source} {event_type}"
        case {"source": [{"prefix": prefix}], "detail": detail, **others}:
            assert not others
            return f"{prefix}* {detail}"
    raise AssertionError(pattern)


def test_each_type_has_one_rule_to_its_consumer_and_unknown_types_have_one(
    dev: Template, prod: Template
) -> None:
    expected = [
        *((f"inlet.marosa {event_type}", queue) for event_type, queue in MAROSA.items()),
        *((f"inlet.digiteal {event_type}", queue) for event_type, queue in DIGITEAL.items()),
        ("inlet.* {'metadata': {'known': [False]}}", "UnrecognisedQueue"),
    ]
    assert rules_of(dev) == sorted(expected)
    assert rules_of(prod) == sorted([*expected, ("inlet.standard inlet.canary", "DocumentsQueue")])


def rules_of(template: Template) -> list[tuple[str, str]]:
    """Each rule: what it matches, and where it leads."""
    rules = [
        (described(rule["EventPattern"]), readable(target["Arn"]))
        for rule in template.all("Events::Rule").values()
        for target in rule["Targets"]
    ]
    return sorted(rules)


def test_every_rule_is_on_the_bus_and_on(template: Template) -> None:
    for rule in template.all("Events::Rule").values():
        assert readable(rule["EventBusName"]) == "Bus"
        assert rule["State"] == "ENABLED"


def test_every_rule_retries_for_a_day_and_then_keeps_the_event(template: Template) -> None:
    for rule in template.all("Events::Rule").values():
        for target in rule["Targets"]:
            assert target["RetryPolicy"] == {
                "MaximumEventAgeInSeconds": 86400,
                "MaximumRetryAttempts": 185,
            }
            assert readable(target["DeadLetterConfig"]["Arn"]) == "BusDeadLetters"


def test_a_rule_passes_the_whole_event_on(template: Template) -> None:
    for rule in template.all("Events::Rule").values():
        for target in rule["Targets"]:
            assert target.keys() == {"Arn", "DeadLetterConfig", "Id", "RetryPolicy"}


@pytest.mark.parametrize(("stage", "days"), [("dev", 14), ("prod", 90)])
def test_the_archive_keeps_every_event(
    templates: dict[str, Template], stage: str, days: int
) -> None:
    (archive,) = templates[stage].all("Events::Archive").values()
    assert archive["EventPattern"] == {"source": [{"prefix": "inlet."}]}
    assert readable(archive["SourceArn"]) == "Bus"
    assert archive["RetentionDays"] == days


def test_a_kind_without_a_consumer_stops_synthesis(stack_of: Callable[..., InletStack]) -> None:
    marosa = PROVIDERS["marosa"]
    catalogue = {**marosa.catalogue, "PARCEL_LOST": EventType("A parcel.", kind="nothing", rank=1)}
    with pytest.raises(Mistake) as mistake:
        stack_of(providers={"marosa": replace(marosa, catalogue=catalogue)})
    assert str(mistake.value) == (
        "PARCEL_LOST of marosa goes nowhere: no consumer takes the kind 'nothing': add it to one in"
        " inlet/consumers."
    )


def test_ingest_changes_only_after_the_rules_and_queues_that_its_events_need(
    template: Template,
) -> None:
    """A type that a release makes known leaves the catch-all, so its own rule must be there."""
    document = template.document["Resources"]
    (alias,) = (
        resource
        for name, resource in document.items()
        if name.startswith("IngestFunctionLive") and resource["Type"] == "AWS::Lambda::Alias"
    )
    needed = {
        name
        for name, resource in document.items()
        if resource["Type"] == "AWS::Events::Rule"
        or (resource["Type"] == "AWS::SQS::QueuePolicy" and not name.startswith("Bus"))
    }
    assert len(needed) > 40
    assert needed - set(alias["DependsOn"]) == set()


ORDERS = {"standard": {"order.paid": EventType("An order was paid.", kind="payment", rank=1)}}


def test_a_stage_can_list_types_of_its_own() -> None:
    template = template_of(types=ORDERS)
    queues = {
        described(rule["EventPattern"]): readable(rule["Targets"][0]["Arn"])
        for rule in template.all("Events::Rule").values()
    }
    assert queues["inlet.standard order.paid"] == "PaymentsQueue"


def test_types_for_a_provider_that_is_not_there_stop_synthesis(
    stack_of: Callable[..., InletStack],
) -> None:
    with pytest.raises(Mistake) as mistake:
        stack_of(types={"standrad": ORDERS["standard"]})
    assert str(mistake.value) == (
        "The types of the stage dev are for nobody: there is no provider 'standrad'."
    )

"""Every event type that the two providers document, posted at the door: where it ends up.

The table is written out and asks nothing of Inlet's own code.
"""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.conftest import Journey, eventually

EVENTS = Path(__file__).parents[2] / "events"

# provider, type, kind, id of the subject, consumer
TABLE = [
    ("marosa", "DOCUMENT_STATUS_CHANGED", "document", "INV-2025-00123", "documents"),
    ("marosa", "INVOICE_STATUS_CHANGED", "invoice", "INV-2025-00123", "invoices"),
    ("digiteal", "COMPANY_CREATED", "company", "12", "companies"),
    ("digiteal", "COMPANY_VALIDATED", "company", "13", "companies"),
    ("digiteal", "COMPANY_REJECTED", "company", "14", "companies"),
    ("digiteal", "COMPANY_UPDATED", "company", "15", "companies"),
    ("digiteal", "COMPANY_PUT_ON_HOLD", "company", "16", "companies"),
    ("digiteal", "COMPANY_CHANGED_INTEGRATOR", "company", "17", "companies"),
    ("digiteal", "COMPANY_CHANGED_TRUSTED_PAYMENT_INTEGRATOR", "company", "18", "companies"),
    ("digiteal", "COMPANY_DELETED", "company", "19", "companies"),
    ("digiteal", "PERSON_CREATED", "person", "3000", "persons"),
    ("digiteal", "PERSON_VALIDATED", "person", "3001", "persons"),
    ("digiteal", "PERSON_REJECTED", "person", "3002", "persons"),
    ("digiteal", "PERSON_UPDATED", "person", "3003", "persons"),
    ("digiteal", "PERSON_PUT_ON_HOLD", "person", "3004", "persons"),
    ("digiteal", "PERSON_CHANGED_INTEGRATOR", "person", "3005", "persons"),
    ("digiteal", "PERSON_CHANGED_TRUSTED_PAYMENT_INTEGRATOR", "person", "3006", "persons"),
    ("digiteal", "PERSON_DELETED", "person", "3007", "persons"),
    ("digiteal", "INVOICE_PUBLISHED", "invoice", "00000000-0000-4000-8000-000000000400", "invoices"),
    ("digiteal", "INVOICE_READ", "invoice", "00000000-0000-4000-8000-000000000401", "invoices"),
    ("digiteal", "INVOICE_PAID", "invoice", "00000000-0000-4000-8000-000000000402", "invoices"),
    ("digiteal", "INVOICE_COMMENTED", "invoice", "00000000-0000-4000-8000-000000000403", "invoices"),
    ("digiteal", "INVOICE_UNPAID", "invoice", "00000000-0000-4000-8000-000000000404", "invoices"),
    ("digiteal", "INVOICE_DOCUMENT_ADDED", "invoice", "00000000-0000-4000-8000-000000000405", "invoices"),
    ("digiteal", "CREDIT_NOTE_PUBLISHED", "invoice", "00000000-0000-4000-8000-000000000406", "invoices"),
    ("digiteal", "CREDIT_NOTE_DOCUMENT_ADDED", "invoice", "00000000-0000-4000-8000-000000000407", "invoices"),
    ("digiteal", "CUSTOMER_OPTIN", "customer", "C-500", "customers"),
    ("digiteal", "CUSTOMER_OPTOUT", "customer", "C-501", "customers"),
    ("digiteal", "PAYMENT_INITIATED", "payment", "00000000-0000-4000-8000-000000000001", "payments"),
    ("digiteal", "PAYMENT_INITIATION_ERROR", "payment", "00000000-0000-4000-8000-000000000002", "payments"),
    ("digiteal", "PAYMENT_RECEIVED_IN_TRANSIT", "payment", "00000000-0000-4000-8000-000000000003", "payments"),
    ("digiteal", "PAYMENT_TRANSFERRED", "payment", "00000000-0000-4000-8000-000000000001", "payments"),
    ("digiteal", "REIMBURSEMENT_RECEIVED_FROM_CREDITOR", "payment", "00000000-0000-4000-8000-000000000005", "payments"),
    ("digiteal", "PAYMENT_WITHDRAWAL_SUCCESS", "payment", "00000000-0000-4000-8000-000000000006", "payments"),
    ("digiteal", "PAYMENT_WITHDRAWAL_ERROR", "payment", "00000000-0000-4000-8000-000000000007", "payments"),
    ("digiteal", "REIMBURSMENT_TO_CLIENT_FROM_DIGITEAL", "payment", "00000000-0000-4000-8000-000000000008", "payments"),
    ("digiteal", "REIMBURSMENT_TO_CLIENT_FROM_REQUESTOR", "payment", "00000000-0000-4000-8000-000000000009", "payments"),
    ("digiteal", "FUNDS_RECEIVED_IN_BUFFER", "payment", "00000000-0000-4000-8000-000000000010", "payments"),
    ("digiteal", "AUTOPAY_CONFIGURATION_CREATED", "autopay", "client-600", "autopay"),
    ("digiteal", "AUTOPAY_CONFIGURATION_UPDATED", "autopay", "client-601", "autopay"),
    ("digiteal", "AUTOPAY_CONFIGURATION_SUSPENDED", "autopay", "client-602", "autopay"),
    ("digiteal", "AUTOPAY_CONFIGURATION_ACTIVATED", "autopay", "client-603", "autopay"),
    ("digiteal", "AUTOPAY_CONFIGURATION_CANCELLED", "autopay", "client-604", "autopay"),
    ("digiteal", "TRANSFER_CREATED", "transfer", "00000000-0000-4000-8000-000000000211", "transfers"),
    ("digiteal", "TRANSFER_PAYMENT_RECEIVED", "transfer", "00000000-0000-4000-8000-000000000211", "transfers"),
    ("digiteal", "TRANSFER_PAYMENT_STARTED", "transfer", "00000000-0000-4000-8000-000000000211", "transfers"),
    ("digiteal", "TRANSFER_PAYMENT_COMPLETED", "transfer", "00000000-0000-4000-8000-000000000211", "transfers"),
    ("digiteal", "TRANSFER_REIMBURSEMENT_STARTED", "transfer", "00000000-0000-4000-8000-000000000214", "transfers"),
    ("digiteal", "TRANSFER_REIMBURSEMENT_COMPLETED", "transfer", "00000000-0000-4000-8000-000000000214", "transfers"),
]  # fmt: skip

FUNCTIONS = {
    "AutopayFunction", "CompaniesFunction", "CustomersFunction", "DocumentsFunction",
    "InvoicesFunction", "PaymentsFunction", "PersonsFunction", "TransfersFunction",
    "UnrecognisedFunction",
}  # fmt: skip


def test_the_table_has_the_types_that_the_providers_document() -> None:
    assert len(TABLE) == len({(provider, name) for provider, name, *_ in TABLE}) == 2 + 47


@pytest.mark.parametrize(
    ("provider", "name", "kind", "identifier", "consumer"), TABLE, ids=[row[1] for row in TABLE]
)
def test_a_type_reaches_one_consumer_and_the_right_timeline(  # noqa: PLR0913, PLR0917
    journey: Journey, provider: str, name: str, kind: str, identifier: str, consumer: str
) -> None:
    body = json.loads((EVENTS / provider / f"{name}.json").read_text())["request"]["body"]
    path = "/webhooks/marosa" if provider == "marosa" else f"/webhooks/digiteal/{name}"
    answered = httpx.post(f"{journey.door}{path}", json=body, auth=journey.users[provider])
    assert answered.status_code == 202
    event_id = answered.json()["eventId"]

    entry = _entry(journey, f"{provider}/{kind}/{identifier}", event_id)
    assert entry["eventType"]["S"] == name
    assert entry["consumer"]["S"] == consumer
    taker = f"{consumer.capitalize()}Function"
    assert eventually(lambda: event_id in journey.log(taker))
    others = [function for function in FUNCTIONS - {taker} if event_id in journey.log(function)]
    assert others == []


def _entry(journey: Journey, subject: str, event_id: str) -> dict[str, Any]:
    """The entry in the table, which is there within seconds."""
    dynamodb = journey.deployment.client("dynamodb")
    key = {"pk": {"S": subject}, "sk": {"S": f"event#{event_id}"}}
    for _ in range(100):
        found = dynamodb.get_item(TableName=journey.deployment.output("TimelineTable"), Key=key)
        if "Item" in found:
            return dict(found["Item"])
        time.sleep(0.1)
    raise AssertionError(f"{subject} has no entry of {event_id}")

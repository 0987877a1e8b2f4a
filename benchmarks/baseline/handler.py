"""The baseline: the handler that most people would write first, with the same guarantees.

It proves the sender, checks the body, makes it count once and publishes it, with everything at its
default. It is frozen: figures are ratios to it.
"""

import base64
import hmac
import json
import os

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from pydantic import BaseModel, ValidationError

logger = Logger(service="baseline")
events = boto3.client("events")
config = IdempotencyConfig(
    event_key_jmespath="key",
    payload_validation_jmespath="body",
    raise_on_no_idempotency_key=True,
    use_local_cache=os.environ.get("USE_LOCAL_CACHE") == "yes",
)
store = DynamoDBPersistenceLayer(table_name=os.environ["TABLE"])


class Delivery(BaseModel):
    eventId: str
    eventType: str
    occurredAt: str
    documentId: str
    previousStatus: str | None = None
    currentStatus: str | None = None


@idempotent_function(data_keyword_argument="claim", config=config, persistence_store=store)
def publish(*, claim: dict[str, str]) -> dict[str, str]:
    delivery = Delivery.model_validate_json(claim["body"])
    entry = {
        "EventBusName": os.environ["BUS"],
        "Source": "baseline",
        "DetailType": delivery.eventType,
        "Detail": claim["body"],
    }
    answer = events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError("not published")
    return {"eventId": delivery.eventId}


@logger.inject_lambda_context
def handler(event, context):
    config.register_lambda_context(context)
    raw = event["body"]
    body = base64.b64decode(raw).decode() if event.get("isBase64Encoded") else raw
    proof = f"Basic {base64.b64encode(os.environ['CREDENTIALS'].encode()).decode()}"
    if not hmac.compare_digest(event["headers"].get("authorization", ""), proof):
        return {"statusCode": 401, "body": "{}"}
    try:
        delivery = Delivery.model_validate_json(body)
    except ValidationError as error:
        return {"statusCode": 422, "body": error.json()}
    publish(claim={"key": delivery.eventId, "body": body})
    logger.info("accepted", extra={"event_id": delivery.eventId})
    return {"statusCode": 202, "body": json.dumps({"eventId": delivery.eventId})}

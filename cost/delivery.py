"""What one delivery of 1 KB takes, as tests measure it, and what can only be assumed."""

from collections.abc import Mapping

BODY_BYTES = 1024

# Measured: tests/infrastructure/test_cost.py sends such a delivery, and holds these figures.
DETAIL_BYTES = 1523
"""Of the event on the bus."""
REQUEST_LINE_BYTES = 305
"""What the ingest function logs of a request."""
EVENT_LINE_BYTES = 262
"""What a consumer logs of an event."""
DELIVERY_ITEM_BYTES = 472
"""What the table of deliveries remembers, under a kilobyte; it is written twice."""
DELIVERY_WRITES = 2
ENTRY_BYTES = 962
"""An entry of a timeline, under a kilobyte; so is the state."""
TIMELINE_WRITES = 2

# Assumed: only a deployment can measure it. It is mostly waiting for calls to AWS.
INGEST_SECONDS = 0.020
"""Of a request. Under conditions like those of AWS, but not on AWS, it was 0.025 to 0.030."""
CONSUMER_SECONDS = 0.002
"""Of an event, without the timeline's writes."""
TIMELINE_SECONDS = 0.008
STARTS = 0.01
"""Cold starts for each run of a function: AWS says that it is less than this in production."""
START_SECONDS = 0.5
"""Of a cold start (INIT), which Lambda bills like a run since August 2025."""
LOG_COMPRESSION = 0.15
"""How much of a log CloudWatch keeps: it compresses, and says that this is usual."""
ITEM_OVERHEAD_BYTES = 100
"""What DynamoDB adds to each item that it stores."""

# CloudWatch bills each combination of a metric's dimension values. By metric, how many combinations
# there are for each provider, or for each consumer's function (Events).
METRICS_WITHOUT_ERRORS: Mapping[str, int] = {"Requests": 1, "CredentialUses": 1, "Events": 1}
"""If each request is accepted, with one credential of a provider."""
METRICS: Mapping[str, int] = {
    "Requests": 11,
    "CredentialUses": 1,
    "Quarantined": 1,
    "QuarantineFull": 1,
    "Releases": 9,
    "Events": 4,
    "Canaries": 3,
}
"""If every outcome occurs: tests/infrastructure/test_cost.py lists them."""
CANARY_METRICS = frozenset({"Requests", "CredentialUses", "Events", "Canaries"})
"""A canary alone makes one combination of each."""

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: five at least, twenty
# seconds each.
POLLS_PER_MONTH = 5 * 3 * 60 * 730
"""How often Lambda asks a queue for messages in a month in which none comes."""

# As long as they are in practice.
REQUEST_ID = "JKJaXmPLvHcESHA="
ACCESS = {
    "$context.requestId": REQUEST_ID,
    "$context.identity.sourceIp": "203.0.113.113",
    "$context.routeKey": "POST /webhooks/digiteal/{type}",
    "$context.status": "202",
    "$context.responseLatency": "25",
}
"""What API Gateway puts into its access log; "-" for everything else."""

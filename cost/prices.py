"""Prices: what AWS asks for, in US dollars, before free tiers, discounts and tax."""

from dataclasses import dataclass

REGION = "us-east-1"
DATE = "2026-11"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of something costs, and the page that says so."""

    service: str
    unit: str
    dollars: float
    source: str


_AWS = "https://aws.amazon.com"
HTTP_REQUEST = Price("API Gateway", "request", 1 / MILLION, f"{_AWS}/api-gateway/pricing/")
LAMBDA_REQUEST = Price("Lambda", "request", 0.20 / MILLION, f"{_AWS}/lambda/pricing/")
LAMBDA_SECOND = Price("Lambda", "GB-second, arm64", 0.0000133334, f"{_AWS}/lambda/pricing/")
SNAPSHOT_SECOND = Price(
    "Lambda", "GB-second of a snapshot", 0.0000015046, f"{_AWS}/lambda/pricing/"
)
RESTORED = Price("Lambda", "GB restored", 0.0001397998, f"{_AWS}/lambda/pricing/")
WRITE = Price("DynamoDB", "write unit", 0.625 / MILLION, f"{_AWS}/dynamodb/pricing/on-demand/")
READ = Price("DynamoDB", "read unit", 0.125 / MILLION, f"{_AWS}/dynamodb/pricing/on-demand/")
TABLE_MONTH = Price("DynamoDB", "GB-month", 0.25, f"{_AWS}/dynamodb/pricing/on-demand/")
RECOVERY_MONTH = Price(
    "DynamoDB", "GB-month, recoverable", 0.20, f"{_AWS}/dynamodb/pricing/on-demand/"
)
EVENT = Price("EventBridge", "event of 64 KB", 1 / MILLION, f"{_AWS}/eventbridge/pricing/")
ARCHIVED = Price("EventBridge", "GB, archived", 0.10, f"{_AWS}/eventbridge/pricing/")
ARCHIVE_MONTH = Price("EventBridge", "GB-month", 0.023, f"{_AWS}/eventbridge/pricing/")
SCHEDULED = Price("EventBridge", "scheduled run", 1 / MILLION, f"{_AWS}/eventbridge/pricing/")
QUEUE_REQUEST = Price("SQS", "request of 64 KB", 0.40 / MILLION, f"{_AWS}/sqs/pricing/")
LOGGED = Price("CloudWatch", "GB, logged", 0.50, f"{_AWS}/cloudwatch/pricing/")
LOG_MONTH = Price("CloudWatch", "GB-month of logs", 0.03, f"{_AWS}/cloudwatch/pricing/")
ALARM_MONTH = Price("CloudWatch", "metric of an alarm", 0.10, f"{_AWS}/cloudwatch/pricing/")
METRIC_MONTH = Price("CloudWatch", "custom metric", 0.30, f"{_AWS}/cloudwatch/pricing/")
DASHBOARD_MONTH = Price("CloudWatch", "dashboard", 3.00, f"{_AWS}/cloudwatch/pricing/")
SECRET_MONTH = Price("Secrets Manager", "secret", 0.40, f"{_AWS}/secrets-manager/pricing/")
SECRET_READ = Price("Secrets Manager", "read", 0.05 / 10_000, f"{_AWS}/secrets-manager/pricing/")
KEY_MONTH = Price("KMS", "key", 1.00, f"{_AWS}/kms/pricing/")

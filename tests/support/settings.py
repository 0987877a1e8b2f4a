"""The settings of each function, as the template writes them."""

from functions.canary.settings import CanarySettings
from functions.consumer.settings import ConsumerSettings
from functions.ingest.settings import IngestSettings

INGEST = IngestSettings(
    url_suffix="amazonaws.com",
    bus_name="bus",
    deliveries_table="deliveries",
    bodies_bucket="bodies",
    quarantine_bucket="quarantine",
    quarantine_days=14,
    quarantine_bytes_per_day=1000,
    timeline_table="timeline",
    remember_days=1,
    remember_in_memory=0,
    secrets="{}",
)


CONSUMER = ConsumerSettings(
    url_suffix="amazonaws.com",
    consumer="documents",
    queue_url="url",
    timeline_table="timeline",
    attention_topic="topic",
)


CANARY = CanarySettings(
    url_suffix="amazonaws.com", url="https://door.example", secret="arn", timeline_table="table"
)

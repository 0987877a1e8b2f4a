"""The ingest function on AWS in memory."""

import json
from datetime import timedelta
from typing import Any

from functions.canary.door import Door as DoorFromOutside
from functions.canary.fly import Stations as CanaryStations
from functions.ingest.addresses import Addresses
from functions.ingest.bodies import Bodies
from functions.ingest.credentials import ProviderCredentials
from functions.ingest.deduplicate import Deliveries
from functions.ingest.handler import answer
from functions.ingest.publish import Bus
from functions.ingest.quarantine import Quarantine
from functions.ingest.receive import Stations
from functions.ingest.release import release
from functions.ingest.tombstones import Tombstones
from inlet.authentication import Credentials
from inlet.operations.samples import Sample
from inlet.operations.send import headers
from inlet.providers import Types, with_types
from tests.support.aws import Aws
from tests.support.faulty import Faulty
from tests.support.gateway import NOW, RIGHT, Context, basic, http_event


def make_timeline(dynamodb: Any) -> None:
    """Make the table of all timelines, unless it is there."""
    if "timeline" in dynamodb.list_tables()["TableNames"]:
        return
    dynamodb.create_table(
        TableName="timeline",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def make_door(aws: Aws) -> dict[str, str]:
    """Make what the ingest function works on, and return the ARNs of the providers' secrets."""
    dynamodb, s3 = aws("dynamodb"), aws("s3")
    dynamodb.create_table(
        TableName="deliveries",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    make_timeline(dynamodb)
    aws("events").create_event_bus(Name="bus")
    for bucket in ("quarantine", "bodies"):
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
    return {
        provider: aws("secretsmanager").create_secret(
            Name=provider,
            SecretString=json.dumps({"basic": [], "apiKey": [], "generated": password}),
        )["ARN"]
        for provider, (_, password) in RIGHT.items()
    }


def outcome(answered: dict[str, Any]) -> tuple[int, str]:
    """Return the status, and the one word or sentence of the answer."""
    body = answered["body"]
    return answered["status"], body.get("status") if answered["status"] == 202 else body["detail"]


class Door:
    """The ingest function on AWS in memory, and everything that it put on the bus."""

    def __init__(self, aws: Aws) -> None:
        self.secrets: dict[str, str] = aws.prepared("door", lambda: make_door(aws))
        self.s3 = Faulty(aws("s3"))
        self.published: list[dict[str, Any]] = []
        self.dynamodb = Faulty(aws("dynamodb"))
        self.secretsmanager = Faulty(aws("secretsmanager"))
        self.events = Faulty(self)
        self.remember_in_memory = 0
        self.types: Types = {}
        self.quarantine_bytes_per_day = 10_000_000
        self.addresses = "{}"
        self.oauth2 = frozenset({"marosa", "digiteal", "standard"})
        self.put_events_results: list[dict[str, Any]] = []
        self._deliveries: Deliveries | None = None

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Take entries as EventBridge does, or fail as a test has laid out."""
        metadata = {"ResponseMetadata": {"RetryAttempts": 0}}
        if self.put_events_results:
            return metadata | self.put_events_results.pop(0)
        assert [one["EventBusName"] for one in Entries] == ["bus"]
        self.published += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "an-id"}], **metadata}

    def restart(self) -> None:
        """A new execution environment: what was in memory is gone."""
        self._deliveries = None

    def canary(self, dynamodb: Any, url: str) -> CanaryStations:
        """The stations of the canary function, whose door is at an address."""
        outside = DoorFromOutside(self.secretsmanager, self.secrets["standard"], url)  # type: ignore[arg-type]
        return CanaryStations(door=outside, dynamodb=dynamodb, timeline_table="timeline")

    def stations(self) -> Stations:
        """The stations of a warm function."""
        if self._deliveries is None:
            self._deliveries = Deliveries(
                self.dynamodb,  # type: ignore[arg-type]
                "deliveries",
                remember_days=30,
                remember_in_memory=self.remember_in_memory,
            )
        return Stations(
            providers=with_types(self.types),
            addresses=Addresses(self.addresses),
            oauth2=self.oauth2,
            credentials=ProviderCredentials(
                self.secretsmanager,  # type: ignore[arg-type]
                json.dumps(self.secrets),
            ),
            deliveries=self._deliveries,
            bodies=Bodies(s3=self.s3, bucket="bodies"),  # type: ignore[arg-type]
            bus=Bus(self.events, "bus"),  # type: ignore[arg-type]
            quarantine=Quarantine(
                s3=self.s3,  # type: ignore[arg-type]
                bucket="quarantine",
                dynamodb=self.dynamodb,  # type: ignore[arg-type]
                table="deliveries",
                keep_for=timedelta(days=14),
                bytes_per_day=self.quarantine_bytes_per_day,
            ),
            tombstones=Tombstones(dynamodb=self.dynamodb, table="timeline"),  # type: ignore[arg-type]
        )

    def post(
        self,
        path: str,
        body: bytes,
        headers: dict[str, str] | None = None,
        context: Context | None = None,
        claims: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Post as the provider of the path, with the right credentials unless headers say else.

        `claims` are what the HTTP API's authorizer found in a token.
        """
        provider = path.split("/")[2]
        sent = {"content-type": "application/json"} | (
            basic(*RIGHT[provider]) if headers is None else headers
        )
        event = http_event(path, body, sent)
        if claims is not None:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        return self.answer(event, context)

    def send(self, sample: Sample) -> dict[str, Any]:
        """Send a sample as it says, credentials included."""
        _, password = RIGHT[sample.provider]
        credentials = Credentials.parse(json.dumps({"generated": password}), sample.provider)
        sent = headers(sample, credentials, NOW)
        return self.answer(http_event(sample.request["path"], sample.body, sent))

    def release(
        self, provider: str, identifier: str, context: Context | None = None, **options: bool
    ) -> dict[str, Any]:
        """Release a request from quarantine, as an operator does."""
        asked = {"provider": provider, "id": identifier, **options}
        return release(asked, self.stations(), context or Context())  # type: ignore[arg-type]

    def kept(self) -> dict[str, dict[str, Any]]:
        """Every object of the quarantine, by key."""
        listed = self.s3.list_objects_v2(Bucket="quarantine").get("Contents", [])
        return {
            one["Key"]: json.load(self.s3.get_object(Bucket="quarantine", Key=one["Key"])["Body"])
            for one in listed
        }

    def answer(self, event: dict[str, Any], context: Context | None = None) -> dict[str, Any]:
        """Answer an event of the HTTP API, or what somebody makes of one."""
        answered = answer(event, context or Context(), self.stations())  # type: ignore[arg-type]
        body = json.loads(answered["body"])
        return {"status": answered["statusCode"], "headers": answered["headers"], "body": body}

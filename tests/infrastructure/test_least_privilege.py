"""Every action that a function is granted is needed: without it, a journey ends otherwise.

Each granted action of the templates has its journey here, or says who else uses it. The journeys
run in memory, with the one action denied as IAM denies it.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from urllib.error import URLError

import pytest
from botocore.exceptions import ClientError

from functions.canary.fly import Stations as CanaryStations
from inlet.canary import Canary
from tests.infrastructure.permissions import permissions
from tests.infrastructure.template import Template
from tests.support.aws import Aws
from tests.support.door import Door
from tests.support.faulty import throttled
from tests.support.samples import sample
from tests.support.station import Station

SEED = sample("marosa", "DOCUMENT_STATUS_CHANGED")
FIRST = {"marosa": SEED.name, "digiteal": "PAYMENT_INITIATED", "standard": "invoice.paid"}
WRONG = sample("marosa", "DOCUMENT_STATUS_CHANGED__wrong_contract")


class World:
    """The functions on AWS in memory, where an action can be denied."""

    def __init__(self, door: Door, aws: Aws) -> None:
        self.door = door
        self.consumer = Station(aws)

    def deny(self, service: str, operation: str) -> None:
        """Let every call of an operation be refused, as without the grant."""
        denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)
        owners = {"sns": self.consumer, "sqs": self.consumer}
        for owner in [owners[service]] if service in owners else [self.door, self.consumer]:
            if client := getattr(owner, service, None):
                client.fail(operation, *[denied] * 20)


@pytest.fixture
def world(door: Door, aws: Aws) -> World:
    return World(door, aws)


Journey = Callable[[World], object]


def accepts(world: World) -> object:
    """A first delivery."""
    return world.door.send(SEED)["status"]


def accepts_from(provider: str) -> Journey:
    """A delivery of a provider."""

    def accepts_from_it(world: World) -> object:
        return world.door.send(sample(provider, FIRST[provider]))["status"]

    return accepts_from_it


def comes_again(world: World) -> object:
    """A delivery that could not be published, and comes again."""
    world.door.events.fail("put_events", throttled())
    world.door.send(SEED)
    return world.door.send(SEED)["status"]


def refuses(world: World) -> object:
    """A request that is refused for good, and kept."""
    return world.door.send(WRONG)["status"]


def takes_large_bodies(world: World) -> object:
    """A body that is too large for its event."""
    body = json.dumps(SEED.request["body"] | {"file": "x" * 300_000}).encode()
    return world.door.post("/webhooks/marosa", body)["status"]


def releases(world: World) -> object:
    """A request that an earlier release has kept, and this one would accept."""
    world.door.s3.put_object(
        Bucket="quarantine", Key="marosa/an-id.json", Body=json.dumps(KEPT).encode()
    )
    return world.door.release("marosa", "an-id")["status"]


KEPT = {
    "provider": "marosa",
    "pathType": None,
    "receivedAt": "2025-04-01T08:00:00Z",
    "correlationId": "an-earlier-request",
    "reason": "wrong-contract",
    "detail": "It was strict.",
    "headers": {"content-type": "application/json"},
    "body": base64.b64encode(SEED.body).decode(),
}


def consumes(world: World, name: str = SEED.name, provider: str = "marosa") -> object:
    """An event that a consumer takes."""
    event = deepcopy(sample(provider, name).event)
    assert event is not None
    failed = world.consumer.take(dict(event))
    return failed, len(world.consumer.sent)


def consumes_a_step(world: World) -> object:
    """An event in a life cycle."""
    world.consumer.consumer = "transfers"
    return consumes(world, "TRANSFER_CREATED", "digiteal")


def tells_humans(world: World) -> object:
    """An event that a human should hear of."""
    return consumes(world, "DOCUMENT_STATUS_CHANGED__error")


def turns_away(world: World) -> object:
    """An event about a subject that was forgotten."""
    event = sample("marosa", SEED.name).event
    assert event is not None
    subject = event["resources"][0]
    tombstone = {"pk": subject, "sk": "state", "forgottenAt": "2125-01-01T00:00:00.000000Z"}
    world.consumer.dynamodb.put_item(
        TableName="timeline", Item={name: {"S": value} for name, value in tombstone.items()}
    )
    failed = world.consumer.take(dict(deepcopy(event)))
    return failed, sorted(world.consumer.items(subject))


def delays(world: World) -> object:
    """An event that fails, and comes back later."""
    world.consumer.take("not json")
    return [change["VisibilityTimeout"] for change in world.consumer.delays]


CANARY = Canary(datetime(2025, 4, 1, tzinfo=UTC))


def looks_for_its_canary(world: World) -> object:
    """A canary that looks whether the one before has come out."""
    return canary_stations(world).has_come_out(CANARY)


def flies(world: World) -> object:
    """A canary that has its credentials; that its door does not listen is its end here."""
    with pytest.raises((URLError, ClientError)) as ended:
        canary_stations(world).door.post(CANARY)
    return ended.type.__name__


def canary_stations(world: World) -> CanaryStations:
    """What the canary function has."""
    return world.door.canary(world.consumer.dynamodb, "http://127.0.0.1:1")


RUNTIME = "Lambda's runtime writes the function's log with it."
POLLER = "Lambda's poller takes messages from the queue with it."

NEEDED: Mapping[str, tuple[Journey, object]] = {
    "dynamodb:DeleteItem on IngestDeliveries": (comes_again, 202),
    "dynamodb:PutItem on IngestDeliveries": (accepts, 202),
    "dynamodb:UpdateItem on IngestDeliveries": (refuses, 422),
    "events:PutEvents on Bus": (accepts, 202),
    "s3:GetObject on QuarantineBucket/*": (releases, "accepted"),
    "s3:PutObject on BodiesBucket/*": (takes_large_bodies, 202),
    "s3:PutObject on QuarantineBucket/*": (refuses, 422),
    "secretsmanager:GetSecretValue on CredentialsDigiteal": (accepts_from("digiteal"), 202),
    "secretsmanager:GetSecretValue on CredentialsMarosa": (accepts_from("marosa"), 202),
    "secretsmanager:GetSecretValue on CredentialsStandard": (accepts_from("standard"), 202),
    "dynamodb:DeleteItem on TimelineTable": (turns_away, ([], ["state"])),
    "dynamodb:PutItem on TimelineTable": (consumes, ([], 0)),
    "dynamodb:UpdateItem on TimelineTable": (consumes, ([], 0)),
    "dynamodb:Query on TimelineTable": (consumes_a_step, ([], 0)),
    "dynamodb:GetItem on TimelineTable": (releases, "accepted"),
    "sns:Publish on AttentionTopic": (tells_humans, ([], 1)),
    "sqs:ChangeMessageVisibility on Queue": (delays, [10]),
}
"""The journey that needs each grant, and how it ends with it."""

OF_THE_CANARY: Mapping[str, tuple[Journey, object]] = {
    "dynamodb:GetItem on TimelineTable": (looks_for_its_canary, False),
    "secretsmanager:GetSecretValue on CredentialsStandard": (flies, "URLError"),
}
"""The same of the canary, which shares its grants with others."""

NOT_OURS: Mapping[str, str] = {
    "sqs:DeleteMessage on Queue": "Lambda's poller takes messages from the queue with it.",
    "sqs:GetQueueAttributes on Queue": "Lambda's poller takes messages from the queue with it.",
    "sqs:ReceiveMessage on Queue": "Lambda's poller takes messages from the queue with it.",
    "logs:CreateLogStream on FunctionLogs": "Lambda's runtime writes the log with it.",
    "logs:PutLogEvents on FunctionLogs": "Lambda's runtime writes the log with it.",
}
"""The grants that no code of ours uses, and who does."""

FOR_SPEED: Mapping[str, str] = {
    "events:DescribeEventBus on Bus": "Opens the connection that the first event goes out on.",
}
"""The grants that nothing fails without, and what they are for."""

EACH = pytest.mark.parametrize(
    ("grant", "journey", "end"),
    [(grant, *need) for needs in (NEEDED, OF_THE_CANARY) for grant, need in needs.items()],
    ids=[
        f"{grant} {need[0].__name__}"
        for needs in (NEEDED, OF_THE_CANARY)
        for grant, need in needs.items()
    ],
)


def test_every_grant_of_the_template_is_accounted_for(template: Template) -> None:
    assert {
        re.sub(r" on \w+?(Queue|FunctionLogs)$", r" on \1", grant)
        for grants in permissions(template).values()
        for grant in grants
    } == NEEDED.keys() | NOT_OURS.keys() | FOR_SPEED.keys()


@EACH
def test_with_all_grants_a_journey_ends_well(
    world: World, grant: str, journey: Journey, end: object
) -> None:
    assert journey(world) == end, grant


@EACH
def test_without_a_grant_its_journey_ends_otherwise(
    world: World, grant: str, journey: Journey, end: object
) -> None:
    service, action = grant.partition(" on ")[0].split(":")
    world.deny(service, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())
    try:
        assert journey(world) != end
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"  # noqa: PT017 - one of two ends

"""The world: providers that send, the functions of the template, and operators who mend.

Everything happens in simulated time, one thing after the other or in the middle of another.
"""

import base64
import json
import os
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache, partial
from itertools import count
from typing import Any
from unittest.mock import patch

import boto3
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table as MotoTable
from moto.moto_api._internal.models import moto_api_backend

from functions.runtime.aws import client
from functions.telemetry import logger
from inlet.entry import detail_of
from inlet.operations import dead_letters
from inlet.operations.deployment import Deployment
from inlet.simulator.checker import Found
from inlet.simulator.journal import Answer, Entry
from inlet.simulator.retries import delay_after
from inlet.simulator.sending import Sending
from local.assembly import Stack
from local.data_planes import narrow
from local.resources import Bucket, EventSourceMapping, Secret, Table
from tests.faults.agenda import Agenda
from tests.faults.bus import Bus
from tests.faults.catalogue import FAULTS_OF_CALLS
from tests.faults.chance import Chance
from tests.faults.clock import Clock, simulated
from tests.faults.injected import Injected
from tests.faults.lambda_ import Consumer, Ingest, Runtime
from tests.faults.load import rivals_of
from tests.faults.queues import Sqs, queues_of
from tests.faults.wire import Call, Wire
from tests.support.gateway import http_event
from tests.support.kills import Killed
from tests.support.pools import Response, connected_to

DAY_SECONDS = 86_400.0
OPERATOR_SECONDS = DAY_SECONDS / 4
"""How often an operator comes by."""


class World:
    """Everything between what is sent and what is found."""

    def __init__(self, stack: Stack, clock: Clock, chance: Chance) -> None:
        self.chance = chance
        self.injected = Injected()
        self.attention: list[str] = []
        self.entries: dict[int, Entry] = {}
        self._stack = stack
        self._begin = clock.now()
        self._agenda = Agenda(clock)
        self._requests = count()
        self._queues = queues_of(stack, clock)
        self.bus = Bus(stack, self._queues, self._agenda, chance, self.injected)
        effects = {"events": self.bus.put_events, "sns": self._publish}
        self.wire = Wire(clock, chance, FAULTS_OF_CALLS, effects, self.injected)
        self._s3 = boto3.client("s3")
        self._sqs = Sqs(self._queues, chance.fires)
        create(stack, self._s3)
        # Its own: they count how often they may try again.
        clients = {name: client(name, "amazonaws.com") for name in SERVICES} | {"sqs": self._sqs}
        runtime = Runtime(clients, self._agenda, self.wire, chance)
        self._ingest = Ingest(stack, runtime)
        for mapping in stack.of(EventSourceMapping):
            Consumer(stack, mapping, self._queues, runtime)

    # What is sent

    def send(self, sendings: Iterable[Sending]) -> Iterator[int]:
        """Send all, with what then happens meanwhile; how many have been sent, after each."""
        self._agenda.after(OPERATOR_SECONDS, self._operator_comes)
        for sent, sending in enumerate(sendings, start=1):
            self.entries[sending.number] = Entry(sending=sending)
            self._agenda.at(self._begin + sending.at, partial(self._attempt, sending))
            self._agenda.until(self._begin + sending.at)
            yield sent

    def settle(self) -> None:
        """Let all end that has begun: a day long with faults and operators, then without faults."""
        self._pass(DAY_SECONDS)
        self.chance.is_over = True
        for _ in range(2):
            self._operator_comes()
            self._pass(DAY_SECONDS)

    def _pass(self, seconds: float) -> None:
        self._agenda.until(self._agenda.clock.now() + seconds)

    def _attempt(self, sending: Sending) -> None:
        """One attempt, and the next where the answer asks for one."""
        self._ask(sending)
        entry = self.entries[sending.number]
        last = entry.answers[-1]
        if not entry.is_taken:
            delay = delay_after(len(entry.answers), last.status)
            if delay is not None:
                self._agenda.after(delay, partial(self._attempt, sending))

    def _ask(self, sending: Sending, *, meanwhile: bool = True) -> None:
        """Post a sending, and write down what was answered."""
        asked_at = self._agenda.clock.now()
        event = http_event(
            sending.path,
            sending.body,
            headers_of(sending),
            request_id=f"request-{next(self._requests)}",
        )
        event["requestContext"]["timeEpoch"] = int(asked_at * 1000)
        other = self.chance.random.choice([sending, *rivals_of(sending, self.entries)])
        again = partial(self._ask, other, meanwhile=False) if meanwhile else None
        answer = self._ingest.run(event, again, partial(self.injected.refused.add, sending.number))
        at, seconds = asked_at - self._begin, self._agenda.clock.now() - asked_at
        if self.chance.fires("answer lost on its way to the sender"):
            told = Answer(at=at, seconds=seconds, status=None)
        elif answer is None:
            told = Answer.read(500, {"message": "Internal Server Error"}, at=at, seconds=seconds)
        else:
            told = Answer.read(
                answer["statusCode"], json.loads(answer["body"]), at=at, seconds=seconds
            )
        entry = self.entries[sending.number]
        self.entries[sending.number] = Entry(sending=sending, answers=(*entry.answers, told))

    # What operators do

    def _operator_comes(self) -> None:
        """Send dead letters on their way again, release what was refused, and come again."""
        self._redrive()
        for provider, identifier, kept in self._quarantine():
            is_conflict = kept["outcome"] is not None and kept["outcome"]["status"] == "id-reused"
            if kept["outcome"] is None or is_conflict:
                named = {"provider": provider, "id": identifier, "acceptConflict": is_conflict}
                self._ingest.run({"release": named})
        if not self.chance.is_over:
            self._agenda.after(OPERATOR_SECONDS, self._operator_comes)

    @property
    def deployment(self) -> Deployment:
        """What operators work on."""
        clients = {"sqs": self._sqs, "logs": NoLogs()}
        return Deployment("proof", self._stack.outputs, boto3.Session(), _clients=clients)

    def _redrive(self) -> None:
        letters = dead_letters.dead_letters(self.deployment, dead_letters.Wanted())
        self.injected.unable -= {str(letter.event_id) for letter in letters}  # it is mended
        with suppress(Killed):
            dead_letters.redrive(self.deployment, letters, per_second=1e6, moved=lambda _: None)

    # What is found

    def found(self) -> Found:
        """What lies where, at this moment."""
        consumed: list[dict[str, Any]] = []
        dead: list[dict[str, Any]] = []
        for queue in self._queues.values():
            is_for_work = queue.dead_letters is not None
            for message in queue.messages.values():
                (consumed if is_for_work else dead).append(json.loads(message.body)["detail"])
        on_their_way = [json.loads(body)["detail"] for body in self.bus.on_their_way.values()]
        return Found(
            timeline=list(self._timeline()),
            queued=consumed + on_their_way,
            dead_letters=dead,
            quarantine=[kept for _, _, kept in self._quarantine()],
            attention=list(self.attention),
            bus=list(self.bus.published),
        )

    def _timeline(self) -> Iterator[dict[str, Any]]:
        read = TypeDeserializer().deserialize

        def plain(item: Mapping[str, Any]) -> dict[str, Any]:
            return {name: read(value) for name, value in item.items()}

        name = next(t.name for t in self._stack.of(Table) if "Timeline" in t.logical_id)
        for partition in the_table(name).items.values():
            for item in partition.values():
                written = item.to_json()["Attributes"]
                yield plain(written) | (
                    {"detail": json.loads(detail_of(written))} if "detail" in written else {}
                )

    def _quarantine(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Everything that is kept: its provider, its id, and itself with its outcome."""
        s3 = self._s3
        bucket = next(b.name for b in self._stack.of(Bucket) if "Quarantine" in b.logical_id)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        objects = {
            one["Key"]: json.load(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"])
            for page in pages
            for one in page.get("Contents", [])
        }
        return [
            (
                kept["provider"],
                key.partition("/")[2].removesuffix(".json"),
                kept | {"outcome": objects.get(key.removesuffix(".json") + ".outcome.json")},
            )
            for key, kept in objects.items()
            if not key.endswith(".outcome.json")
        ]

    def _publish(self, call: Call) -> Response:
        """Take an attention message."""
        self.attention.append(call.asked["Message"])
        text = (
            '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
            "<MessageId>an-id</MessageId></PublishResult></PublishResponse>"
        )
        return Response(200, text.encode())


def the_table(name: str) -> Any:
    """A table as moto holds it: to read it page by page takes longer than to fill it."""
    return dynamodb_backends["123456789012"]["eu-west-1"].tables[name]


SERVICES = ("dynamodb", "s3", "secretsmanager", "events", "sns")
PASSWORD = "a-password-of-the-proof"


def create(stack: Stack, s3: Any) -> None:
    """Create the tables, buckets and secrets that the template declares."""
    dynamodb, secretsmanager = boto3.client("dynamodb"), boto3.client("secretsmanager")
    parts = {
        "key_schema",
        "attribute_definitions",
        "billing_mode",
        "local_secondary_indexes",
    }
    for table in stack.of(Table):
        shape = table.properties.model_dump(by_alias=True, exclude_none=True, include=parts)
        dynamodb.create_table(TableName=table.name, **shape)
    for bucket in stack.of(Bucket):
        location = {"LocationConstraint": stack.place.region}
        s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration=location)
    for secret in stack.of(Secret):
        secretsmanager.create_secret(
            Name=secret.name,
            SecretString=json.dumps({"generated": PASSWORD}),
            Tags=[{"Key": "_custom_id_", "Value": "laptop"}],
        )


def headers_of(sending: Sending) -> dict[str, str]:
    """The headers that a provider sends, its proof among them."""
    own = dict(sending.headers)
    if sending.credentials == "none":
        return own
    password = PASSWORD if sending.credentials == "right" else "a-wrong-one"
    return own | _proof(sending.provider, password)


@cache
def _proof(provider: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{provider}:{password}".encode()).decode()
    return {"authorization": f"Basic {token}"}


@contextmanager
def world(stack: Stack, chance: Chance) -> Iterator[World]:
    """A new world on AWS in memory. It has a clock, a log and a standard output of its own."""
    with (
        mock_aws(),
        simulated() as clock,
        open(os.devnull, "w") as nowhere,  # noqa: PTH123 - there is no path
        redirect_stdout(nowhere),
        patch.dict(os.environ, METRICS_NAMESPACE="inlet-proof"),
        patch.object(MotoTable, "query", narrow(MotoTable.query)),
        patch.object(logger.registered_handler, "stream", nowhere),
    ):
        moto_api_backend.reset()
        random.seed(chance.random.random())  # the pauses between attempts
        os.environ.pop("AWS_ENDPOINT_URL", None)
        made = World(stack, clock, chance)
        with connected_to(made.wire.send):
            yield made


class NoLogs:
    """A log that nobody wrote: what an attempt failed with is not known."""

    def get_paginator(self, _: str) -> "NoLogs":
        """As a client of CloudWatch Logs has it."""
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        """No page."""
        return []

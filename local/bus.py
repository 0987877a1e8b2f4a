"""The bus: EventBridge whose rules match, deliver, archive and replay as they do on AWS.

moto keeps the buses, rules, targets and archives. What becomes of an event is decided here, in the
process of the data planes.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

from moto.core.exceptions import ServiceException
from moto.events import urls
from moto.events.exceptions import (
    IllegalStatusException,
    InvalidEventPatternException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from moto.events.models import EventsBackend, Rule
from moto.sqs.models import SQSBackend, sqs_backends
from pydantic import ValidationError

from inlet.patterns import InvalidPattern, Pattern, compile_pattern
from inlet.patterns.values import Json, parse
from local.assembly import Place
from local.entries import Entry, envelope, happened, refusal, size
from local.policies import Policy, allows
from local.replays import Replay
from local.resources import Target

LOG = logging.getLogger(__name__)

ONE_AT_A_TIME = threading.Lock()
"""Held for every request, and for every event of a replay."""
MAXIMUM_ENTRIES = 10
MAXIMUM_REQUEST_BYTES = 1_048_576


@dataclass(frozen=True)
class Undelivered:
    """Why a target did not get an event, in EventBridge's words."""

    code: str
    message: str


class EventBridge(EventsBackend):
    """The EventBridge of an account in a region, as moto's requests call it."""

    _url_module = urls  # moto would look for it beside this file

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._place = Place(endpoint="", region=region_name, account=account_id)
        self._replays: dict[str, Replay] = {}

    def put_events(self, events: list[Entry]) -> list[dict[str, str]]:  # type: ignore[override]
        """Deliver the entries that EventBridge takes, and say why it refuses the others."""
        if len(events) > MAXIMUM_ENTRIES:
            raise ValidationException("A request may have ten entries.")
        if sum(map(size, events)) > MAXIMUM_REQUEST_BYTES:
            raise ValidationException("Total size of the entries in the request is over the limit.")
        return [refusal(entry) or self._take(entry) for entry in events]

    def put_rule(self, *given: Any, **named: Any) -> Rule:  # noqa: ANN401 - as moto has it
        """Put a rule. A pattern that EventBridge rejects is rejected here."""
        if pattern := named.get("event_pattern"):
            try:
                _compiled(pattern)
            except InvalidPattern as problem:
                raise InvalidEventPatternException(str(problem)) from None
        return super().put_rule(*given, **named)

    def put_targets(
        self, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        """Put targets that a template could have."""
        if not self.describe_rule(name, event_bus_arn).managed_by:
            try:
                [Target.model_validate(target) for target in targets]
            except ValidationError as invalid:
                raise ValidationException(f"Not on a laptop: {invalid}") from None
        super().put_targets(name, event_bus_arn, targets)

    def deliver(self, bus: str, body: str, only: Collection[str] = ()) -> None:
        """Deliver the text of an event by the rules that it matches, or by `only` these ARNs."""
        event = parse(body)  # with the spelling of numbers, which patterns compare
        for rule in [*self._get_event_bus(bus).rules.values()]:
            pattern = rule.event_pattern.dump()
            if rule.state == "DISABLED" or (only and rule.arn not in only) or not pattern:
                continue
            if not _matches(rule.name, pattern, event):
                continue
            if rule.managed_by:
                self._archive(rule, body)
                continue
            for target in rule.targets:
                self._deliver_to(Target.model_validate(target), rule.arn, body)

    def start_replay(  # type: ignore[override]  # noqa: PLR0913, PLR0917 - as moto calls it
        self,
        name: str,
        description: str | None,
        source_arn: str,
        start_time: float,
        end_time: float,
        destination: dict[str, Any],
    ) -> dict[str, Any]:
        """Deliver the events of an archive again, from `start_time` to before `end_time`."""
        archive = self.archives.get(source_arn.rpartition("/")[2])
        if archive is None or archive.arn != source_arn:
            raise ValidationException(
                f"Parameter EventSourceArn is not valid. Reason: {source_arn} does not exist."
            )
        if destination["Arn"] != archive.source_arn:
            raise ValidationException(
                "Parameter Destination.Arn is not valid. Reason: "
                "Cross event bus replay is not permitted."
            )
        if start_time > end_time:
            raise ValidationException(
                "Parameter EventEndTime is not valid. Reason: "
                "EventStartTime must be before EventEndTime."
            )
        if name in self._replays:
            raise ResourceAlreadyExistsException(f"Replay {name} already exists.")
        replay = Replay(
            name=name,
            arn=self._place.arn("events", f"replay/{name}"),
            description=description,
            archive_arn=archive.arn,
            destination=destination,
            start=start_time,
            end=end_time,
        )
        self._replays[name] = replay
        described = replay.described()
        bodies = cast("list[str]", archive.events)
        events = [(happened(json.loads(body)), body) for body in bodies]
        chosen = sorted(event for event in events if start_time <= event[0] < end_time)
        work = partial(self._replay, replay, archive.event_bus_name, chosen)
        threading.Thread(target=work, name=f"replay {name}", daemon=True).start()
        return {key: described[key] for key in ("ReplayArn", "ReplayStartTime", "State")}

    def describe_replay(self, name: str) -> dict[str, Any]:
        """A replay, and how far it is."""
        return self._replay_named(name).described()

    def list_replays(
        self, name_prefix: str | None, source_arn: str | None, state: str | None
    ) -> list[dict[str, Any]]:
        """The replays with a beginning of their name, of an archive, or in a state."""
        if [name_prefix, source_arn, state].count(None) < 2:  # noqa: PLR2004 - one of the three
            raise ValidationException(
                "At most one filter is allowed for ListReplays. "
                "Use either : State, EventSourceArn, or NamePrefix."
            )
        return [
            replay.listed()
            for replay in self._replays.values()
            if replay.name.startswith(name_prefix or "")
            and source_arn in {None, replay.archive_arn}
            and state in {None, replay.state}
        ]

    def cancel_replay(self, name: str) -> dict[str, str]:
        """Have a replay end before its next event."""
        replay = self._replay_named(name)
        if not replay.cancel():
            raise IllegalStatusException(
                f"Replay {name} is not in a valid state for this operation."
            )
        return {"ReplayArn": replay.arn, "State": replay.state}

    def _take(self, entry: Entry) -> dict[str, str]:
        event_id = str(uuid.uuid4())
        bus = self._normalize_event_bus_arn(entry.get("EventBusName"))
        self.deliver(bus, envelope(entry, event_id, time.time(), self._place))
        return {"EventId": event_id}

    def _archive(self, rule: Rule, body: str) -> None:
        for archive in self.archives.values():
            if archive.rule is rule:
                archive.events.append(cast("Any", body))

    def _replay_named(self, name: str) -> Replay:
        if name not in self._replays:
            raise ResourceNotFoundException(f"Replay {name} does not exist.")
        return self._replays[name]

    def _replay(self, replay: Replay, bus: str, events: list[tuple[float, str]]) -> None:
        named = f', "replay-name": {json.dumps(replay.name)}}}'
        for at, body in events:
            with ONE_AT_A_TIME:
                if not replay.goes_on():
                    break
                only = replay.destination.get("FilterArns") or ()
                self.deliver(bus, body[:-1] + named, only)
                replay.last = at
        with ONE_AT_A_TIME:
            replay.finish()

    def _deliver_to(self, target: Target, rule_arn: str, body: str) -> None:
        undelivered = self._send(rule_arn, target.arn, body)
        if undelivered is None:
            return
        LOG.warning("%s did not reach %s: %s", rule_arn, target.arn, undelivered.message)
        if target.dead_letter_config is None:
            return
        # EXHAUSTED_RETRY_CONDITION is not among them: these errors are not retried.
        attributes = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": target.arn,
            "ERROR_CODE": undelivered.code,
            "ERROR_MESSAGE": undelivered.message,
            "RETRY_ATTEMPTS": "0",
        }
        lost = self._send(rule_arn, target.dead_letter_config.arn, body, attributes)
        if lost:
            LOG.error("An event of %s is lost: %s", rule_arn, lost.message)

    def _send(
        self, rule_arn: str, queue_arn: str, body: str, attributes: Mapping[str, str] | None = None
    ) -> Undelivered | None:
        name = queue_arn.rpartition(":")[2]
        queue = self._sqs.queues.get(name)
        if queue is None:
            return Undelivered("NO_RESOURCE", f"{queue_arn} does not exist.")
        if not self._let_in(rule_arn, queue_arn, queue.policy):
            return Undelivered("NO_PERMISSIONS", f"The policy of {queue_arn} does not allow it.")
        typed = {
            attribute: {"DataType": "String", "StringValue": value}
            for attribute, value in (attributes or {}).items()
        }
        try:
            self._sqs.send_message(name, body, typed)
        except ServiceException as problem:
            return Undelivered("SDK_CLIENT_ERROR", str(problem))
        return None

    @property
    def _sqs(self) -> SQSBackend:
        return sqs_backends[self.account_id][self.region_name]

    def _let_in(self, rule_arn: str, queue_arn: str, policy: str | None) -> bool:
        """Whether EventBridge may send to the queue on behalf of the rule."""
        return allows(
            _policy(policy).statement if policy else [],
            service="events.amazonaws.com",
            action="sqs:SendMessage",
            resource=queue_arn,
            context={
                "aws:SourceArn": rule_arn,
                "aws:SourceAccount": self.account_id,
                "aws:SecureTransport": "true",
            },
        )


_policy = cache(Policy.model_validate_json)


@cache
def _compiled(pattern: str) -> Pattern:
    return compile_pattern(pattern)


def _matches(rule: str, pattern: str, event: Json) -> bool:
    """Return whether an event matches. A rule that raises an error is logged, and skipped."""
    try:
        return _compiled(pattern).matches(event)
    except Exception as problem:  # noqa: BLE001 - the other rules must get the event
        # Only an invalid pattern's message is certain to have nothing of the event in it.
        reason = problem if isinstance(problem, InvalidPattern) else type(problem).__name__
        LOG.error("The rule %s is skipped: %s", rule, reason)  # noqa: TRY400 - see above
        return False

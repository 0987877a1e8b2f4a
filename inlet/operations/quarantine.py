"""Quarantine: what was refused after it was authenticated, to be seen and released."""

import json
import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from inlet import instant
from inlet.operations.deployment import Deployment
from inlet.operations.errors import OperationError
from inlet.operations.mentions import is_about, is_of_event
from inlet.operations.providers import provider_named
from inlet.operations.tables import batch_get
from inlet.providers import PROVIDERS
from inlet.quarantined import Quarantined, ReleaseOptions, count_id, object_key, outcome_key

DELIVERED = frozenset({"accepted", "duplicate"})
"""The outcomes after which there is nothing left to release."""

AS_STORED = ReleaseOptions()
"""Release a request with the content type that it arrived with."""

AT_ONCE = 10
"""The stored requests that are read at once."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A refused content: why, of which type by its path, how often and when it came.

    `outcome` is what became of its last release, None before the first. Times are written as in
    events.
    """

    identifier: str
    provider: str
    reason: str
    path_type: str | None
    times: int
    first_at: str
    last_at: str
    outcome: str | None

    @property
    def is_delivered(self) -> bool:
        """Whether nothing is left to release."""
        return self.outcome in DELIVERED


def listed(
    deployment: Deployment,
    *,
    provider: str | None = None,
    reason: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Listed]:
    """What is kept, in the order in which it last came; `since` is included, `until` is not."""
    if provider:
        provider_named(provider)
    found = (
        kept
        for name in ([provider] if provider else PROVIDERS)
        for kept in _of(deployment, name)
        if reason in {None, kept.reason}
        and (since is None or datetime.fromisoformat(kept.last_at) >= since)
        and (until is None or datetime.fromisoformat(kept.last_at) < until)
    )
    return sorted(found, key=lambda kept: kept.last_at)


def find(deployment: Deployment, identifier: str) -> Listed:
    """What is kept under an id."""
    for kept in listed(deployment):
        if kept.identifier == identifier:
            return kept
    raise OperationError(
        f"Nothing is kept under {identifier}: inlet quarantine list shows what is."
    )


@dataclass(frozen=True, kw_only=True)
class Search:
    """The stored requests about an event, and how many of how many were read to find them."""

    found: tuple[Listed, ...]
    read: int
    total: int


def search(
    deployment: Deployment, kept: Sequence[Listed], event_id: str, *, seconds: float = math.inf
) -> Search:
    """Find the requests of an event among stored ones by reading each, the latest first.

    `event_id` may be the correlation id of a request. It stops after so many seconds.
    """
    until = time.monotonic() + seconds
    deployment.client("s3")  # clients are not made in threads
    latest, found, count = kept[::-1], [], 0

    def is_meant(one: Listed) -> bool:
        stored = _stored(deployment, one.provider, one.identifier)
        return stored is not None and is_of_event(stored[0], PROVIDERS[one.provider], event_id)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        while count < len(latest) and (count == 0 or time.monotonic() < until):
            batch = latest[count : count + AT_ONCE]
            verdicts = list(threads.map(is_meant, batch))
            found += [one for one, verdict in zip(batch, verdicts, strict=True) if verdict]
            count += len(batch)
    return Search(found=tuple(found[::-1]), read=count, total=len(kept))


def kept_under(deployment: Deployment, provider: str, identifier: str) -> Listed | None:
    """What is kept of a provider under an id, None where nothing is any more."""
    return next(_of(deployment, provider, identifier), None)


def documents(
    deployment: Deployment, provider: str, hashes: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Return the stored documents of contents with these hashes, each with its release's outcome.

    A content is included for each day under which it is stored.
    """
    keys = _keys(deployment, provider)
    for identifier in _identifiers(keys):
        if identifier.partition("-")[0] not in hashes:
            continue
        outcome = outcome_key(provider, identifier)
        yield json.loads(_object(deployment, object_key(provider, identifier))) | {
            "outcome": json.loads(_object(deployment, outcome)) if outcome in keys else None
        }


def read(deployment: Deployment, kept: Listed) -> Quarantined:
    """The request itself, as it is kept."""
    key = object_key(kept.provider, kept.identifier)
    return Quarantined.model_validate_json(_object(deployment, key))


def release(
    deployment: Deployment, kept: Listed, options: ReleaseOptions = AS_STORED
) -> dict[str, Any]:
    """Release a quarantined request, and return the outcome.

    Its `status` is `accepted` or `duplicate`, or the reason why it is still refused, and then
    `detail` says what is wrong.
    """
    named = {"provider": kept.provider, "id": kept.identifier}
    asked = named | options.model_dump(by_alias=True, exclude_defaults=True)
    answer = deployment.client("lambda").invoke(
        FunctionName=deployment.output("IngestFunctionArn"), Payload=json.dumps({"release": asked})
    )
    outcome = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise OperationError(
            f"{kept.identifier} could not be released: {outcome['errorMessage']}. The log of the"
            " ingest function says more; it can be released again."
        )
    return dict(outcome)


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A refused request that has to do with some subject; `etag` is of the object that was read."""

    provider: str
    identifier: str
    etag: str


def mentions(deployment: Deployment, subject: str) -> list[Mention]:
    """What is kept of a subject's provider and mentions the subject's id. It reads every object."""
    provider, _, identifier = subject.split("/", 2)
    found = []
    for kept in _identifiers(_keys(deployment, provider)):
        stored = _stored(deployment, provider, kept)
        if stored and is_about(stored[0], PROVIDERS[provider], identifier):
            found.append(Mention(provider=provider, identifier=kept, etag=stored[1]))
    return found


def erase(deployment: Deployment, mention: Mention) -> None:
    """Erase a quarantined request: count, outcome, and last the object, which leads to both.

    Once its count is gone, the ingest function replaces the object when the content arrives again.
    An object that has been replaced stays: its request was received later.
    """
    provider, identifier = mention.provider, mention.identifier
    deployment.client("dynamodb").delete_item(
        TableName=deployment.output("DeliveriesTable"),
        Key={"id": {"S": count_id(provider, identifier)}},
    )
    s3, bucket = deployment.client("s3"), deployment.output("QuarantineBucket")
    s3.delete_object(Bucket=bucket, Key=outcome_key(provider, identifier))
    try:
        s3.delete_object(Bucket=bucket, Key=object_key(provider, identifier), IfMatch=mention.etag)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"PreconditionFailed", "NoSuchKey"}:
            raise


def _stored(
    deployment: Deployment, provider: str, identifier: str
) -> tuple[Quarantined, str] | None:
    """Return a stored request and the ETag of its object, None if it has expired since."""
    try:
        answer = _get(deployment, object_key(provider, identifier))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
    return Quarantined.model_validate_json(answer["Body"].read()), answer["ETag"]


def _keys(deployment: Deployment, provider: str, begin: str = "") -> set[str]:
    """The keys of all objects of one provider, or of those whose ids begin so."""
    pages = deployment.pages(
        "s3",
        "list_objects_v2",
        Bucket=deployment.output("QuarantineBucket"),
        Prefix=f"{provider}/{begin}",
    )
    return {one["Key"] for page in pages for one in page.get("Contents", ())}


def _identifiers(keys: Iterable[str]) -> list[str]:
    """The ids under which requests are kept, in their order."""
    return [
        identifier
        for identifier in (PurePosixPath(key).stem for key in sorted(keys))
        if not identifier.endswith(".outcome")
    ]


def _of(deployment: Deployment, provider: str, begin: str = "") -> Iterator[Listed]:
    """What is kept of one provider, or of it under ids that begin so."""
    keys = _keys(deployment, provider, begin)
    identifiers = _identifiers(keys)
    counts = _counts(deployment, provider, identifiers)
    for identifier in identifiers:
        count = counts.get(count_id(provider, identifier)) or _first(
            deployment, provider, identifier
        )
        outcome = outcome_key(provider, identifier)
        yield Listed(
            identifier=identifier,
            provider=provider,
            reason=count["reason"],
            path_type=count["pathType"] or None,
            times=int(count["times"]),
            first_at=instant.text(datetime.fromisoformat(count["firstAt"])),
            last_at=instant.text(datetime.fromisoformat(count["lastAt"])),
            outcome=json.loads(_object(deployment, outcome))["status"] if outcome in keys else None,
        )


def _counts(
    deployment: Deployment, provider: str, identifiers: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """What the table counts of some contents, by the id of the item."""
    asked = [{"id": {"S": count_id(provider, identifier)}} for identifier in identifiers]
    return {
        item["id"]["S"]: {name: next(iter(value.values())) for name, value in item.items()}
        for item in batch_get(deployment, deployment.output("DeliveriesTable"), asked)
    }


def _first(deployment: Deployment, provider: str, identifier: str) -> Mapping[str, str]:
    """What the object itself says, where nothing counts it any more."""
    kept = Quarantined.model_validate_json(_object(deployment, object_key(provider, identifier)))
    at = kept.received_at.isoformat()
    return {
        "reason": kept.reason,
        "pathType": kept.path_type or "",
        "times": "1",
        "firstAt": at,
        "lastAt": at,
    }


def _object(deployment: Deployment, key: str) -> bytes:
    return bytes(_get(deployment, key)["Body"].read())


def _get(deployment: Deployment, key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = deployment.client("s3").get_object(
        Bucket=deployment.output("QuarantineBucket"), Key=key
    )
    return found

"""A synthesised template, read as a person would."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CONSUMERS = (
    "Autopay",
    "Companies",
    "Customers",
    "Documents",
    "Invoices",
    "Payments",
    "Persons",
    "Transfers",
    "Unrecognised",
)
"""The consumers, as their constructs are called."""

OWNERS = {
    "IAM::Policy": "Roles",
    "S3::BucketPolicy": "Bucket",
    "SNS::TopicPolicy": "Topics",
    "SQS::QueuePolicy": "Queues",
}
"""Where a policy of each kind says what it belongs to."""


@dataclass(frozen=True, slots=True)
class Template:
    """A CloudFormation template. Resources go by their logical ids without CDK's hashes."""

    document: dict[str, Any]

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a kind such as `SQS::Queue`, by name."""
        return {
            name_of(logical_id): resource.get("Properties", {})
            for logical_id, resource in self.document["Resources"].items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def resources(self, *kinds: str) -> dict[str, dict[str, Any]]:
        """Every resource of some kinds, whole, by name."""
        types = {f"AWS::{kind}" for kind in kinds}
        return {
            name_of(logical_id): resource
            for logical_id, resource in self.document["Resources"].items()
            if resource["Type"] in types
        }

    def statements(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """The statements of the policies of a kind, by the name of what each belongs to."""
        return {
            readable(owner): policy["PolicyDocument"]["Statement"]
            for policy in self.all(kind).values()
            for owner in listed(policy[OWNERS[kind]])
        }


def name_of(logical_id: str) -> str:
    """A logical id without the hash that CDK puts behind it."""
    return re.sub(r"[0-9A-F]{8}([0-9a-f]{32})?$", "", logical_id)


def readable(value: Any) -> str:
    """A value of a template as text: references as the name of what they refer to."""
    match value:
        case {"Ref": str() as logical_id}:
            return name_of(logical_id)
        case {"Fn::GetAtt": [str() as logical_id, "Arn"]}:
            return name_of(logical_id)
        case {"Fn::GetAtt": [str() as logical_id, attribute]}:
            return f"{name_of(logical_id)}.{attribute}"
        case {"Fn::Join": [str() as separator, parts]}:
            return separator.join(readable(part) for part in parts)
        case str():
            return value
    raise AssertionError(f"not readable: {value}")


def listed(value: str | Iterable[Any]) -> list[Any]:
    """A value that IAM takes alone or in a list, as a list."""
    return [value] if isinstance(value, str | dict) else list(value)


COUNTED = {
    "Requests": {"provider", "outcome"},
    "Releases": {"provider", "outcome"},
    "Quarantined": {"provider"},
    "QuarantineFull": {"provider"},
    "CredentialUses": {"provider", "credential"},
    "Events": {"consumer", "outcome"},
    "Canaries": {"outcome"},
}
"""What is counted, and by what."""

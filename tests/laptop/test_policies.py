"""A queue lets a rule in, or not, as its policy says."""

from typing import Any

import pytest

from local.policies import Policy, allows

RULE = "arn:aws:events:eu-west-1:123456789012:rule/inlet/documents"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:documents"


def allow(**parts: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
    } | parts


def source(operator: str, arn: str) -> dict[str, Any]:
    return {"Condition": {operator: {"aws:SourceArn": arn}}}


NOT_PLAIN = allow(
    Effect="Deny",
    Principal="*",
    Action="sqs:*",
    Condition={"Bool": {"aws:SecureTransport": "false"}},
)


def lets_in(*statements: dict[str, Any]) -> bool:
    return allows(
        Policy.model_validate({"Version": "2012-10-17", "Statement": list(statements)}).statement,
        service="events.amazonaws.com",
        action="sqs:SendMessage",
        resource=QUEUE,
        context={"aws:SourceArn": RULE, "aws:SecureTransport": "true"},
    )


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow(Principal="*"),
        allow(Principal={"AWS": "*"}),
        allow(Principal={"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}),
        allow(Action=["sqs:Send*"]),
        allow(Resource="*"),
        allow(**source("ArnEquals", RULE)),
        allow(**source("ArnLike", "arn:aws:events:*:123456789012:rule/inlet/*")),
    ],
)
def test_a_rule_is_let_in(statement: dict[str, Any]) -> None:
    assert lets_in(statement, NOT_PLAIN)


@pytest.mark.parametrize(
    "statement",
    [
        allow(Principal={"Service": "sns.amazonaws.com"}),
        allow(Action="sqs:ReceiveMessage"),
        allow(Resource=f"{QUEUE}-other"),
        allow(**source("ArnEquals", "arn:aws:events:eu-west-1:123456789012:rule/inlet/invoices")),
        allow(**source("ArnLike", "arn:aws:events:*:rule/inlet/*")),
        allow(Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}}),
        NOT_PLAIN,
    ],
)
def test_a_rule_is_kept_out(statement: dict[str, Any]) -> None:
    assert not lets_in(statement)


def test_a_denial_outweighs_every_allowance() -> None:
    assert not lets_in(allow(), allow(Effect="Deny"))


def test_without_a_statement_nobody_is_let_in() -> None:
    assert not lets_in()

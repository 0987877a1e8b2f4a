"""Standard Webhooks: the cases that every verifier of signatures needs."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta

import pytest
from pydantic import ValidationError

from inlet.authentication import Credentials
from inlet.providers.standard.signature import SIGNATURE
from inlet.refusals import NotAuthenticated
from inlet.request import Request
from tests.support.gateway import NOW

# The example of the specification, whose signature is known: it dates from February 2021.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SIGNED_AT = 1614265330
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SIGNED_AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = base64.b64encode(b"another key").decode()


def credentials(*secrets: str) -> Credentials:
    """Signing secrets, labelled 0, 1, …"""
    return Credentials.model_validate(
        {"signing": [{"label": str(n), "secret": secret} for n, secret in enumerate(secrets)]}
    )


def check(headers: dict[str, str], *secrets: str, body: bytes = BODY, late: float = 0) -> str:
    """What the example proves, received so many seconds after it was signed."""
    received_at = NOW.fromtimestamp(SIGNED_AT, NOW.tzinfo) + timedelta(seconds=late)
    request = Request(body=body, headers=headers, received_at=received_at, correlation_id="1")
    return SIGNATURE.check(request, credentials(*(secrets or (SECRET,))))


def test_the_example_of_the_specification_is_right() -> None:
    assert check(HEADERS) == "0"


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_header_is_named(name: str, value: str | None) -> None:
    headers = {n: v for n, v in (HEADERS | {name: value}).items() if v is not None}
    with pytest.raises(NotAuthenticated, match=f"The request has no header {name}."):
        check(headers)


# Senders on Svix name the same three headers differently.

SVIX = {
    "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "svix-timestamp": str(SIGNED_AT),
    "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
WRONG_SIGNATURE = f"v1,{base64.b64encode(bytes(32)).decode()}"


def signed(family: str, event_id: str, sent_at: int = SIGNED_AT) -> dict[str, str]:
    """The headers of a family, with a right signature of this id and time."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    digest = hmac.digest(key, f"{event_id}.{sent_at}.".encode() + BODY, hashlib.sha256)
    return {
        f"{family}-id": event_id,
        f"{family}-timestamp": str(sent_at),
        f"{family}-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def test_the_headers_of_svix_are_accepted_instead() -> None:
    assert signed("svix", "msg_p5jXN8AQM9LWM0D4loKWxJek") == SVIX
    assert check(SVIX) == "0"
    assert check(SVIX, OTHER, SECRET) == "1"


@pytest.mark.parametrize("name", SVIX)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_header_of_svix_is_named(name: str, value: str | None) -> None:
    headers = {n: v for n, v in (SVIX | {name: value}).items() if v is not None}
    with pytest.raises(NotAuthenticated, match=f"^The request has no header {name}.$"):
        check(headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"svix-id": "msg_another"},
        {"svix-timestamp": str(SIGNED_AT + 1)},
        {"svix-signature": WRONG_SIGNATURE},
    ],
)
def test_an_altered_header_of_svix_is_rejected(changes: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        check(SVIX | changes)


@pytest.mark.parametrize("late", [-301, 301])
def test_a_stale_or_future_time_of_svix_is_rejected(late: float) -> None:
    with pytest.raises(NotAuthenticated, match="The time in svix-timestamp is not within"):
        check(SVIX, late=late)


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS | SVIX,
        HEADERS | SVIX | {"svix-signature": WRONG_SIGNATURE},
        HEADERS | SVIX | {"webhook-signature": WRONG_SIGNATURE},
        HEADERS | SVIX | {"svix-timestamp": "1"},
        HEADERS | SVIX | {"webhook-timestamp": "soon"},
    ],
)
def test_either_family_is_enough_where_both_hold_the_same_id(headers: dict[str, str]) -> None:
    assert check(headers) == "0"


@pytest.mark.parametrize(
    "headers",
    [
        signed("webhook", "msg_1") | signed("svix", "msg_2"),
        signed("webhook", "msg_1") | SVIX | {"svix-signature": WRONG_SIGNATURE},
        SVIX | signed("webhook", "msg_1") | {"webhook-signature": WRONG_SIGNATURE},
        SVIX | {"webhook-id": "msg_1"},
        SVIX | {"webhook-id": "msg_1", "webhook-timestamp": str(SIGNED_AT)},
        HEADERS | {"svix-id": "msg_1"},
    ],
)
def test_two_different_ids_are_rejected_whichever_is_signed(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated, match="webhook-id and svix-id hold different event ids"):
        check(headers)


@pytest.mark.parametrize(
    "incomplete",
    [
        {"webhook-id": SVIX["svix-id"]},
        {"webhook-id": ""},
        {"webhook-id": "", "webhook-timestamp": "1", "webhook-signature": WRONG_SIGNATURE},
        {"webhook-timestamp": "1", "webhook-signature": WRONG_SIGNATURE},
    ],
)
def test_a_complete_family_decides_beside_an_incomplete_one(incomplete: dict[str, str]) -> None:
    assert check(SVIX | incomplete) == "0"
    with pytest.raises(NotAuthenticated):
        check(SVIX | {"svix-signature": WRONG_SIGNATURE} | incomplete)


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (
            {"webhook-id": "msg_1", "webhook-timestamp": "1", "svix-signature": "v1,"},
            "The request has no header webhook-signature.",
        ),
        (
            {"svix-id": "msg_1", "svix-timestamp": "1", "webhook-signature": "v1,"},
            "The request has no header svix-signature.",
        ),
        (
            {"webhook-id": "msg_1", "svix-id": "msg_1"},
            "The request has no header webhook-timestamp and no header webhook-signature.",
        ),
    ],
)
def test_the_families_do_not_complete_each_other(headers: dict[str, str], detail: str) -> None:
    with pytest.raises(NotAuthenticated) as rejection:
        check(headers)
    assert rejection.value.detail == detail


def test_a_signature_is_no_proof_of_the_other_familys_id_or_time() -> None:
    later = SIGNED_AT + 200
    mixed = signed("webhook", "msg_1") | signed("svix", "msg_1", later)
    swapped = mixed | {
        "webhook-signature": mixed["svix-signature"],
        "svix-signature": mixed["webhook-signature"],
    }
    assert check(mixed) == "0"
    with pytest.raises(NotAuthenticated, match="no credentials that this provider has here"):
        check(swapped)
    # Only the later of the two is recent, and its signature is the wrong one.
    with pytest.raises(NotAuthenticated, match="no credentials that this provider has here"):
        check(mixed | {"svix-signature": WRONG_SIGNATURE}, late=400)
    assert check(mixed, late=400) == "0"


def test_a_sender_signs_with_the_family_of_its_event_id() -> None:
    sent = Request(body=BODY, headers={"svix-id": "msg_1"}, received_at=NOW, correlation_id="1")
    proof = SIGNATURE.prove(sent, credentials(SECRET))
    assert proof.keys() == {"svix-timestamp", "svix-signature"}
    received = Request(
        body=BODY, headers={"svix-id": "msg_1", **proof}, received_at=NOW, correlation_id="1"
    )
    assert SIGNATURE.check(received, credentials(SECRET)) == "0"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_another"},
        {"webhook-timestamp": str(SIGNED_AT + 1)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,not base64"},
        {"webhook-signature": "v1,\u00e9"},
        {"webhook-signature": "v1,ZzBoTTlTc0UrT1RQSlRHdA=="},
        {"webhook-signature": HEADERS["webhook-signature"].removeprefix("v1,")},
        {"webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v2,")},
        {"webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v1a,")},
        {"webhook-signature": HEADERS["webhook-signature"].lower()},
        {"webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v1,!")},
        {"webhook-id": "\ud800"},
    ],
)
def test_an_altered_header_proves_nothing(changes: dict[str, str]) -> None:
    with pytest.raises(NotAuthenticated):
        check(HEADERS | changes)


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY.replace(b"2", b"3")])
def test_an_altered_body_proves_nothing(body: bytes) -> None:
    with pytest.raises(NotAuthenticated):
        check(HEADERS, body=body)


def test_another_secret_proves_nothing_and_neither_does_none() -> None:
    with pytest.raises(NotAuthenticated):
        check(HEADERS, OTHER)
    request = Request(body=BODY, headers=HEADERS, received_at=NOW, correlation_id="1")
    with pytest.raises(NotAuthenticated):
        SIGNATURE.check(request, Credentials())


def test_old_and_new_secret_both_prove_it_during_a_rotation() -> None:
    assert check(HEADERS, OTHER, SECRET) == "1"
    assert check(HEADERS, SECRET, OTHER) == "0"
    assert check(HEADERS, SECRET.removeprefix("whsec_")) == "0"


def test_one_of_several_signatures_is_enough() -> None:
    right = HEADERS["webhook-signature"]
    several = f"v1,{OTHER} v1a,{OTHER} nonsense v1,!!! {right} v1,{OTHER}"
    assert check(HEADERS | {"webhook-signature": several}) == "0"


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_a_time_within_five_minutes_is_taken(late: float) -> None:
    assert check(HEADERS, late=late) == "0"


@pytest.mark.parametrize("late", [-301, 301, 86_400])
def test_a_stale_or_future_time_proves_nothing(late: float) -> None:
    with pytest.raises(NotAuthenticated, match="not within five minutes"):
        check(HEADERS, late=late)


@pytest.mark.parametrize(
    "sent_at", ["now", "1614265330.0", "-1", "1_614_265_330", "\u0661", "9" * 13, " 1614265330"]
)
def test_a_time_that_cannot_be_read_proves_nothing(sent_at: str) -> None:
    signed = Request(
        body=BODY, headers={"webhook-id": "msg_1"}, received_at=NOW, correlation_id="1"
    )
    proof = SIGNATURE.prove(signed, credentials(SECRET))
    with pytest.raises(NotAuthenticated):
        check({"webhook-id": "msg_1", **proof, "webhook-timestamp": sent_at})


def test_an_odd_time_is_no_time_even_where_it_is_signed() -> None:
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = hmac.digest(key, b"msg_1.soon." + BODY, hashlib.sha256)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "soon",
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    with pytest.raises(NotAuthenticated, match="not within five minutes"):
        check(headers)


def test_what_a_sender_proves_is_taken() -> None:
    sent = Request(body=BODY, headers={"webhook-id": "msg_1"}, received_at=NOW, correlation_id="1")
    proof = SIGNATURE.prove(sent, credentials(OTHER, SECRET))
    assert proof["webhook-timestamp"] == "1743494400"
    received = Request(
        body=BODY, headers={"webhook-id": "msg_1", **proof}, received_at=NOW, correlation_id="1"
    )
    assert SIGNATURE.check(received, credentials(SECRET)) == "0"
    with pytest.raises(LookupError, match="no signing secret"):
        SIGNATURE.prove(sent, Credentials())


def test_a_stage_begins_with_a_generated_signing_secret() -> None:
    generated = Credentials.parse(json.dumps({"generated": "made"}), "standard")
    (secret,) = generated.signing
    assert secret.label == "generated"
    assert secret.secret.get_secret_value() == "whsec_bWFkZQ=="
    assert secret.key == b"made"


def test_what_is_said_of_the_headers_holds_for_the_example() -> None:
    """It stands in the OpenAPI document."""
    said = SIGNATURE.headers
    assert said.keys() == HEADERS.keys()
    assert all(one["type"] == "string" and one["description"] for one in said.values())
    for name, wrong in (
        ("webhook-id", ["", "two words", "\u00e9", "x" * 513]),
        ("webhook-timestamp", ["", "soon", "-1", "1.5", "1" * 13]),
    ):
        assert re.fullmatch(said[name]["pattern"], HEADERS[name])
        for value in wrong:
            assert not re.fullmatch(said[name]["pattern"], value)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("whsec_a2V5", b"key"),
        ("whsec_a2V5Mg==", b"key2"),
        ("whsec_a2V5Mg", b"key2"),
        ("a2V5MjM", b"key23"),
    ],
)
def test_a_secret_may_lack_its_padding(secret: str, key: bytes) -> None:
    (held,) = credentials(secret).signing
    assert held.key == key


@pytest.mark.parametrize(("length", "is_short"), [(1, True), (23, True), (24, False), (64, False)])
def test_a_key_of_less_than_24_bytes_is_short(length: int, *, is_short: bool) -> None:
    (held,) = credentials(base64.b64encode(b"k" * length).decode()).signing
    assert held.is_short is is_short


@pytest.mark.parametrize(
    "secret", ["a", "whsec_a2V5M", "a2V5Mg===", "a2V5=", "=", "a2==V5", "a2V5_w", "a2V5 Mg", "a2\n"]
)
def test_a_secret_that_is_not_base64_is_rejected(secret: str) -> None:
    with pytest.raises(ValidationError):
        credentials(secret)


def test_a_signature_must_have_its_padding() -> None:
    unpadded = HEADERS["webhook-signature"].rstrip("=")
    with pytest.raises(NotAuthenticated):
        check(HEADERS | {"webhook-signature": unpadded})

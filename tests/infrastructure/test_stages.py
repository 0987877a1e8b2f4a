"""Stages: values, and one sentence for a name or a value that cannot be meant."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from functions.ingest.addresses import Addresses
from infrastructure.mistakes import Mistake
from infrastructure.stack import InletStack
from infrastructure.stages import DEV, LAPTOP, STAGES, Domain, OAuth2, stage_named
from inlet.provider import EventType
from inlet.providers import PROVIDERS, Types
from tests.infrastructure.conftest import DOMAIN, PROJECT, THREE

MAROSA_AND_DIGITEAL = {name: PROVIDERS[name] for name in ("marosa", "digiteal")}


def test_a_stage_goes_by_its_name() -> None:
    assert stage_named("prod", bundle="lambda").name == "prod"


def test_an_unknown_stage_is_told_the_known_ones() -> None:
    with pytest.raises(Mistake) as mistake:
        stage_named("staging", bundle="lambda")
    assert str(mistake.value) == "There is no stage 'staging': the stages are dev, prod, laptop."


def test_the_laptops_stage_is_for_no_other_machine() -> None:
    assert stage_named("laptop", bundle="host").name == "laptop"
    with pytest.raises(Mistake) as mistake:
        stage_named("laptop", bundle="lambda")
    assert str(mistake.value) == (
        "The stage 'laptop' is for the laptop run, which `make run` starts: deploy dev or prod."
    )


def test_a_stage_is_without_deletion_protection_until_it_is_deployed() -> None:
    deployed, new = (stage_named("prod", bundle="lambda", deployed=d) for d in (True, False))
    assert deployed.deletion_protection is True
    assert new == replace(deployed, deletion_protection=False)


@pytest.mark.parametrize("name", ["x", "eu-1", "sixteen-letters-"])
def test_a_stage_name_within_the_limits_of_aws_is_accepted(name: str) -> None:
    replace(DEV, name=name).check(PROVIDERS)


@pytest.mark.parametrize("name", ["", "1st", "Dev", "my_stage", "dev ", "seventeen-letters"])
def test_a_stage_name_outside_the_limits_of_aws_is_rejected(name: str) -> None:
    with pytest.raises(Mistake) as mistake:
        replace(DEV, name=name).check(PROVIDERS)
    assert str(mistake.value) == (
        f"The stage's name is {name!r}: use 1 to 16 lower-case letters, digits and hyphens, a"
        " letter first. The names of functions and of the archive begin with it, and AWS limits"
        " those to 64 and 48 characters."
    )


RIGHT = OAuth2("https://issuer.example/inlet", ("inlet",), ("webhooks/write",))


@pytest.mark.parametrize(
    "oauth2",
    [
        RIGHT,
        replace(RIGHT, issuer="https://tenant.issuer.example/"),
        replace(RIGHT, audience=("a", "https://b.example")),
        replace(RIGHT, scopes=()),
        replace(RIGHT, audience=("inlet",) * 50, scopes=("write",) * 10),
    ],
)
def test_oauth2_that_aws_takes_is_taken(oauth2: OAuth2) -> None:
    replace(DEV, oauth2={"marosa": oauth2}).check(PROVIDERS)


def test_the_example_in_the_docs_is_what_the_laptops_stage_has() -> None:
    page = (PROJECT / "docs" / "authentication.md").read_text()
    [example] = re.findall(r"```python\noauth2 = (.*)\n```", page)
    assert eval(example, {"OAuth2": OAuth2}) == LAPTOP.oauth2  # noqa: S307 - our own text


@pytest.mark.parametrize("value", ["addresses", "domain", "customer_key"])
def test_each_example_of_the_page_on_security_is_what_a_stage_can_have(value: str) -> None:
    page = (PROJECT / "docs" / "security.md").read_text()
    [example] = re.findall(rf"```python\n({value} = .*?)```", page, re.DOTALL)
    written: dict[str, Any] = {"Domain": Domain}
    exec(example, written)  # noqa: S102 - our own text
    replace(DEV, **{value: written[value]}).check(PROVIDERS)


NOBODY = (
    "The stage dev has OAuth2 for 'nobody', which is no provider: name one of marosa, digiteal."
)
NO_ISSUER = (
    "The issuer for marosa is {!r}: it must be an https:// address without query, exactly as"
    " tokens say it in `iss`."
)
DISCOVERY = "The issuer for marosa is to be given without /.well-known/openid-configuration."
NO_AUDIENCE = (
    "OAuth2 for marosa needs an audience: a tuple of what tokens say in `aud` or, without one, in"
    ' `client_id`, such as ("inlet",).'
)
MUCH_AUDIENCE = (
    "OAuth2 for marosa has 51 audiences and 1 scopes. API Gateway takes up to 50 audiences and 10"
    " scopes."
)
MANY_SCOPES = (
    "OAuth2 for marosa has 1 audiences and 11 scopes. API Gateway takes up to 50 audiences and 10"
    " scopes."
)
NO_SCOPES = 'The scopes for marosa must be a tuple of single scopes, such as ("webhooks/write",).'


@pytest.mark.parametrize(
    ("provider", "change", "sentence"),
    [
        ("nobody", {}, NOBODY),
        ("marosa", {"issuer": ""}, NO_ISSUER.format("")),
        ("marosa", {"issuer": "i.example"}, NO_ISSUER.format("i.example")),
        ("marosa", {"issuer": "http://i.example"}, NO_ISSUER.format("http://i.example")),
        ("marosa", {"issuer": "https://"}, NO_ISSUER.format("https://")),
        ("marosa", {"issuer": "https://i.example?a=b"}, NO_ISSUER.format("https://i.example?a=b")),
        ("marosa", {"issuer": "https://i.example/#a"}, NO_ISSUER.format("https://i.example/#a")),
        ("marosa", {"issuer": "https://i.example/.well-known/openid-configuration"}, DISCOVERY),
        ("marosa", {"audience": ()}, NO_AUDIENCE),
        ("marosa", {"audience": "inlet"}, NO_AUDIENCE),
        ("marosa", {"audience": ("",)}, NO_AUDIENCE),
        ("marosa", {"audience": ("in let",)}, NO_AUDIENCE),
        ("marosa", {"scopes": "webhooks/write"}, NO_SCOPES),
        ("marosa", {"scopes": ("",)}, NO_SCOPES),
        ("marosa", {"scopes": ("read write",)}, NO_SCOPES),
        ("marosa", {"audience": ("inlet",) * 51}, MUCH_AUDIENCE),
        ("marosa", {"scopes": ("write",) * 11}, MANY_SCOPES),
    ],
)
def test_oauth2_that_cannot_be_meant_so_is_told_in_a_sentence(
    provider: str, change: dict[str, Any], sentence: str
) -> None:
    stage = replace(DEV, oauth2={provider: replace(RIGHT, **change)})
    with pytest.raises(Mistake) as mistake:
        stage.check(MAROSA_AND_DIGITEAL)
    assert str(mistake.value) == sentence


@pytest.mark.parametrize(
    "networks", [("192.0.2.0/24",), ("192.0.2.7", "198.51.100.0/25"), ("2001:db8::/32",)]
)
def test_networks_that_the_function_can_read_are_taken(networks: tuple[str, ...]) -> None:
    replace(DEV, addresses={"marosa": networks}).check(PROVIDERS)
    Addresses(json.dumps({"marosa": networks}))


ADDRESSES_OF_NOBODY = (
    "The stage dev has addresses for 'nobody', which is no provider: name one of marosa, digiteal."
)
NO_NETWORKS = (
    'The addresses of marosa must be a tuple of networks, such as ("192.0.2.0/24",); leave the'
    " provider out where it may send from anywhere."
)
NO_NETWORK = "The addresses of marosa are to be networks: {}."


@pytest.mark.parametrize(
    ("provider", "networks", "sentence"),
    [
        ("nobody", ("192.0.2.0/24",), ADDRESSES_OF_NOBODY),
        ("marosa", (), NO_NETWORKS),
        ("marosa", "192.0.2.0/24", NO_NETWORKS),
        ("marosa", ("192.0.2.0/24 ",), NO_NETWORKS),
        ("marosa", ("192.0.2.7/24",), NO_NETWORK.format("192.0.2.7/24 has host bits set")),
        (
            "marosa",
            ("192.0.2.0/24", "marosa.example"),
            NO_NETWORK.format("'marosa.example' does not appear to be an IPv4 or IPv6 network"),
        ),
    ],
)
def test_addresses_that_cannot_be_meant_so_are_told_in_a_sentence(
    provider: str, networks: Any, sentence: str
) -> None:
    with pytest.raises(Mistake) as mistake:
        replace(DEV, addresses={provider: networks}).check(MAROSA_AND_DIGITEAL)
    assert str(mistake.value) == sentence


def addresses(count: int) -> dict[str, tuple[str, ...]]:
    return {"marosa": tuple(f"192.0.2.{n}" for n in range(100, 100 + count))}


def test_addresses_that_do_not_fit_into_the_environment_are_told_in_a_sentence() -> None:
    replace(DEV, addresses=addresses(119)).check(THREE)
    with pytest.raises(Mistake) as mistake:
        replace(DEV, addresses=addresses(120)).check(THREE)
    assert str(mistake.value) == (
        "The addresses of the stage dev take 2,056 bytes in the environment of the ingest function."
        " They may take 2,048: Lambda allows 4,096 for all variables, and 2,048 are reserved for"
        " the others. Name fewer and larger networks."
    )


def own_types(count: int) -> Types:
    made = EventType("A type.", kind="document", rank=1)
    return {"standard": {f"made.up.{n}": made for n in range(count)}}


TOO_MANY_RULES = (
    "The stage {} needs {} rules on its bus: one for each event type (2 of marosa, 66 of digiteal,"
    " {} of standard) and 2 more. At most {} are possible: a fifth of the {} of a bus{} is left to"
    " subscribers, and 260 of the 500 resources of a stack to everything but rules. Remove {} or"
    " more event types; their events are then published as unknown."
)
FEWER = " (100 in af-south-1, 100 in eu-south-1)"


@pytest.mark.parametrize(
    ("stage", "region", "most", "numbers"),
    [
        ("dev", None, 170, (241, 171, 240, 300, FEWER, 1)),
        ("dev", "eu-west-1", 170, (241, 171, 240, 300, "", 1)),
        ("dev", "eu-south-1", 10, (81, 11, 80, 100, "", 1)),
        ("prod", None, 169, (241, 171, 240, 300, FEWER, 1)),  # and the canary's type
        ("prod", "af-south-1", 9, (81, 11, 80, 100, "", 1)),
    ],
)
def test_more_types_than_a_bus_has_rules_for_are_told_in_a_sentence(
    stage: str, region: str | None, most: int, numbers: tuple[Any, ...]
) -> None:
    replace(STAGES[stage], types=own_types(most)).check(THREE, region)
    with pytest.raises(Mistake) as mistake:
        replace(STAGES[stage], types=own_types(most + 1)).check(THREE, region)
    assert str(mistake.value) == TOO_MANY_RULES.format(stage, *numbers)


def test_a_raised_quota_of_rules_leaves_the_resources_of_a_stack_as_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infrastructure.stages.RULES_PER_BUS", 1000)
    replace(DEV, types=own_types(170)).check(THREE)
    with pytest.raises(Mistake, match=r"needs 570 rules .* At most 240 are possible"):
        replace(DEV, types=own_types(500)).check(THREE)


NO_NAME = (
    "The domain is {!r}: it must be a name alone, in small letters, such as 'hooks.example.com'."
)
NO_CERTIFICATE = (
    "The certificate of hooks.example.com is {!r}: it must be the ARN of one that ACM has."
)
NO_TRUSTSTORE = (
    "The truststore of hooks.example.com is {!r}: it must be an object in S3, such as"
    " 's3://our-truststores/providers.pem'."
)
NO_VERSION = (
    "The truststore of hooks.example.com needs the version of its object: turn on versioning for"
    " its bucket."
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, NO_NAME.format("")),
        ({"name": "https://hooks.example.com"}, NO_NAME.format("https://hooks.example.com")),
        ({"name": "hooks.example.com/"}, NO_NAME.format("hooks.example.com/")),
        ({"name": "Hooks.example.com"}, NO_NAME.format("Hooks.example.com")),
        ({"name": "localhost"}, NO_NAME.format("localhost")),
        ({"certificate_arn": "hooks"}, NO_CERTIFICATE.format("hooks")),
        ({"truststore_uri": "providers.pem"}, NO_TRUSTSTORE.format("providers.pem")),
        ({"truststore_uri": "s3://our-truststores"}, NO_TRUSTSTORE.format("s3://our-truststores")),
        ({"truststore_version": ""}, NO_VERSION),
    ],
)
def test_a_domain_that_cannot_be_meant_so_is_told_in_a_sentence(
    change: dict[str, Any], sentence: str
) -> None:
    replace(DEV, domain=DOMAIN).check(PROVIDERS)
    with pytest.raises(Mistake) as mistake:
        replace(DEV, domain=replace(DOMAIN, **change)).check(PROVIDERS)
    assert str(mistake.value) == sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"addresses": {"standard": ("192.0.2.0/24",)}},
            (
                "The stage dev has a canary, which sends as standard from wherever Lambda runs it:"
                " leave out the canary, or the addresses of standard."
            ),
        ),
        (
            {"domain": DOMAIN},
            (
                "The stage dev has a canary, which has no certificate for hooks.example.com: leave"
                " out the canary, or the domain."
            ),
        ),
    ],
)
def test_a_canary_that_could_not_get_in_is_told_in_a_sentence(
    change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Mistake) as mistake:
        replace(DEV, canary=True, **change).check(PROVIDERS)
    assert str(mistake.value) == sentence


def test_a_stack_is_not_made_of_such_a_stage(stack_of: Callable[..., InletStack]) -> None:
    with pytest.raises(Mistake, match="OAuth2 for 'nobody', which is no provider"):
        stack_of("dev", oauth2={"nobody": RIGHT})
    with pytest.raises(Mistake, match="The stage dev needs 570 rules on its bus"):
        stack_of("dev", types=own_types(500))

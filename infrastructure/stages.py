"""Stages: one deployment each, and everything in which they differ."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from types import MappingProxyType
from urllib.parse import urlsplit

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_logs import RetentionDays

from infrastructure.mistakes import Mistake
from inlet.canary import PROVIDER as CANARY_PROVIDER
from inlet.canary import TYPES as CANARY_TYPES
from inlet.provider import Provider
from inlet.providers import Types

DISCOVERY = "/.well-known/openid-configuration"
"""Where API Gateway looks for an issuer's keys, behind the issuer's own address."""

AUDIENCES = 50
"""API Gateway's limit for an authorizer."""

SCOPES = 10
"""API Gateway's limit for a route."""

RULES_PER_BUS = 300
"""EventBridge's default quota "Number of rules". A fifth of it is left to subscribers.

Change it if AWS has changed it for your account.
"""

RULES_PER_BUS_IN = {"af-south-1": 100, "eu-south-1": 100}
"""The same by region, where it differs."""

OTHER_RULES = 2
"""The rule for unknown types, and the one by which AWS fills the archive."""

RESOURCES_PER_STACK = 500
"""CloudFormation's quota, which AWS does not raise."""

OTHER_RESOURCES = 260
"""What a stack has at most besides rules. A test holds the templates against that."""

ENVIRONMENT_BYTES = 4096
"""Lambda's limit on the environment of a function, as one JSON object."""

OTHER_ENVIRONMENT_BYTES = 2048
"""What ingest's environment takes at most besides `addresses`.

A test holds the templates against that.
"""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """Whose tokens prove a provider, at routes of their own.

    `issuer` is to the letter what tokens say in `iss`. A token must be for one of `audience`, and
    must have one of `scopes`; where there are none, any token for the audience will do.
    """

    issuer: str
    audience: tuple[str, ...]
    scopes: tuple[str, ...]

    def check(self, provider: str) -> None:
        """Raise Mistake where AWS would refuse this, or let in what was not meant."""
        url = urlsplit(self.issuer)
        if url.scheme != "https" or not url.hostname or url.query or url.fragment:
            raise Mistake(
                f"The issuer for {provider} is {self.issuer!r}: it must be an https:// address"
                " without query, exactly as tokens say it in `iss`."
            )
        if self.issuer.endswith(DISCOVERY):
            raise Mistake(f"The issuer for {provider} is to be given without {DISCOVERY}.")
        if not _words(self.audience):
            raise Mistake(
                f"OAuth2 for {provider} needs an audience: a tuple of what tokens say in `aud` or,"
                ' without one, in `client_id`, such as ("inlet",).'
            )
        if self.scopes and not _words(self.scopes):
            raise Mistake(
                f"The scopes for {provider} must be a tuple of single scopes, such as"
                ' ("webhooks/write",).'
            )
        if len(self.audience) > AUDIENCES or len(self.scopes) > SCOPES:
            raise Mistake(
                f"OAuth2 for {provider} has {len(self.audience)} audiences and {len(self.scopes)}"
                f" scopes. API Gateway takes up to {AUDIENCES} audiences and {SCOPES} scopes."
            )


@dataclass(frozen=True, slots=True)
class Domain:
    """A name of one's own for the door, which opens only to clients with a certificate.

    `certificate_arn` is that of the name's own certificate, which ACM issued in the stage's region.
    `truststore_uri` is `s3://BUCKET/KEY`, where the authorities are that may issue clients'
    certificates, and `truststore_version` the object's version: another truststore is another
    value, and so is deployed.
    """

    name: str
    certificate_arn: str
    truststore_uri: str
    truststore_version: str

    def check(self) -> None:
        """Raise Mistake where AWS would refuse this."""
        if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", self.name):
            raise Mistake(
                f"The domain is {self.name!r}: it must be a name alone, in small letters, such as"
                " 'hooks.example.com'."
            )
        if not re.fullmatch(r"arn:[^:]+:acm:[^:]+:\d{12}:certificate/.+", self.certificate_arn):
            raise Mistake(
                f"The certificate of {self.name} is {self.certificate_arn!r}: it must be the ARN of"
                " one that ACM has."
            )
        if not re.fullmatch(r"s3://[^/]+/.+", self.truststore_uri):
            raise Mistake(
                f"The truststore of {self.name} is {self.truststore_uri!r}: it must be an object in"
                " S3, such as 's3://our-truststores/providers.pem'."
            )
        if not self.truststore_version:
            raise Mistake(
                f"The truststore of {self.name} needs the version of its object: turn on versioning"
                " for its bucket."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of Inlet.

    `throttling_rate` is in requests per second and `throttling_burst` in requests, for
    each route. `remember_days` is how long a delivery is known as a duplicate, and
    `remember_in_memory` how many a warm function knows without asking the table. `max_concurrency`
    is how many functions work at once on one consumer's queue, 2 to 1,000. `quarantine_mb_per_day`
    is how many megabytes of a provider's refused requests are kept, 10 or more, so that the largest
    fits. `retain_data` is whether stored data outlives the stack, and `deletion_protection` whether
    AWS rejects deletion of the stack and its tables. `canary` is whether a delivery of Inlet's own
    travels through it every few minutes.
    `types` are event types by provider that the stage knows beyond the catalogues: what senders of
    `standard` agreed on. `oauth2` names the providers that may prove themselves with a token as
    well, and whose. `addresses` are the networks that a provider sends from, such as
    `192.0.2.0/24`; one that is not named may send from anywhere. `domain` is the door's own name,
    with mutual TLS; without one the door has the name that API Gateway gives it. `customer_key` is
    whether everything that is stored is under a key of the account's own. `snap_start` is whether
    the function behind the door starts from a snapshot of an earlier start. `on_aws` is whether the
    stage can be deployed at all.
    """

    name: str
    throttling_rate: int
    throttling_burst: int
    remember_days: int
    remember_in_memory: int
    archive_retention: Duration
    quarantine_retention: Duration
    quarantine_mb_per_day: int
    log_retention: RetentionDays
    memory_mb: int
    max_concurrency: int
    retain_data: bool
    point_in_time_recovery: bool
    deletion_protection: bool = False
    canary: bool = False
    types: Types = field(default_factory=dict)
    oauth2: Mapping[str, OAuth2] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domain: Domain | None = None
    customer_key: bool = False
    snap_start: bool = False
    on_aws: bool = True

    def check(self, providers: Mapping[str, Provider], region: str | None = None) -> None:
        """Raise Mistake for values that cannot be meant so, or that AWS does not take.

        `region` is where the stage is to be deployed, None if that is unknown.
        """
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", self.name):
            raise Mistake(
                f"The stage's name is {self.name!r}: use 1 to 16 lower-case letters, digits and"
                " hyphens, a letter first. The names of functions and of the archive begin with"
                " it, and AWS limits those to 64 and 48 characters."
            )
        for what, named in {"OAuth2": self.oauth2, "addresses": self.addresses}.items():
            for provider in named.keys() - providers:
                raise Mistake(
                    f"The stage {self.name} has {what} for {provider!r}, which is no provider: name"
                    f" one of {', '.join(providers)}."
                )
        for provider, oauth2 in self.oauth2.items():
            oauth2.check(provider)
        for provider, networks in self.addresses.items():
            _check_networks(provider, networks)
        self._check_environment()
        self._check_rules(providers, region)
        if self.domain:
            self.domain.check()
        if self.canary:
            self._check_canary()

    def _check_environment(self) -> None:
        """Raise Mistake if `addresses` do not fit into the environment of the ingest function."""
        # The value is JSON in the JSON that Lambda measures.
        size = len(json.dumps(json.dumps(dict(self.addresses))))
        most = ENVIRONMENT_BYTES - OTHER_ENVIRONMENT_BYTES
        if size > most:
            raise Mistake(
                f"The addresses of the stage {self.name} take {size:,} bytes in the environment of"
                f" the ingest function. They may take {most:,}: Lambda allows"
                f" {ENVIRONMENT_BYTES:,} for all variables, and {OTHER_ENVIRONMENT_BYTES:,} are"
                " reserved for the others. Name fewer and larger networks."
            )

    def _check_rules(self, providers: Mapping[str, Provider], region: str | None) -> None:
        """Raise Mistake if the bus, or the stack, cannot have a rule for each event type."""
        types = {
            name: len(provider.catalogue.keys() | self.all_types.get(name, {}).keys())
            for name, provider in providers.items()
        }
        rules = sum(types.values()) + OTHER_RULES
        quota = RULES_PER_BUS_IN.get(region or "", RULES_PER_BUS)
        most = min(quota * 4 // 5, RESOURCES_PER_STACK - OTHER_RESOURCES)
        if rules > most:
            counted = ", ".join(f"{count} of {name}" for name, count in types.items())
            elsewhere = "" if region else f" ({_quotas_by_region()})"
            raise Mistake(
                f"The stage {self.name} needs {rules} rules on its bus: one for each event type"
                f" ({counted}) and {OTHER_RULES} more. At most {most} are possible: a fifth of the"
                f" {quota} of a bus{elsewhere} is left to subscribers, and {OTHER_RESOURCES} of the"
                f" {RESOURCES_PER_STACK} resources of a stack to everything but rules. Remove"
                f" {rules - most} or more event types; their events are then published as unknown."
            )

    def _check_canary(self) -> None:
        """Raise Mistake where it could not get in."""
        if self.domain:
            raise Mistake(
                f"The stage {self.name} has a canary, which has no certificate for"
                f" {self.domain.name}: leave out the canary, or the domain."
            )
        if CANARY_PROVIDER in self.addresses:
            raise Mistake(
                f"The stage {self.name} has a canary, which sends as {CANARY_PROVIDER} from"
                " wherever Lambda runs it: leave out the canary, or the addresses of"
                f" {CANARY_PROVIDER}."
            )

    @property
    def all_types(self) -> Types:
        """Its types, and the canary's where it has one."""
        if not self.canary:
            return self.types
        with_canary = {
            provider: {**self.types.get(provider, {}), **types}
            for provider, types in CANARY_TYPES.items()
        }
        return {**self.types, **with_canary}

    @property
    def bus_name(self) -> str:
        """The name of the bus, which other teams type in their rules."""
        return f"inlet-{self.name}"

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What happens to stored data when its resource leaves the stack.

        Retained, except if the deployment that creates the resource fails: it would block the next.
        """
        return (
            RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.retain_data else RemovalPolicy.DESTROY
        )


DEV = Stage(
    name="dev",
    throttling_rate=200,
    throttling_burst=400,
    remember_days=30,
    remember_in_memory=0,
    archive_retention=Duration.days(14),
    quarantine_retention=Duration.days(14),
    quarantine_mb_per_day=100,
    log_retention=RetentionDays.TWO_WEEKS,
    memory_mb=576,
    max_concurrency=2,
    retain_data=False,
    point_in_time_recovery=False,
)

PROD = Stage(
    name="prod",
    throttling_rate=500,
    throttling_burst=1000,
    remember_days=30,
    remember_in_memory=256,
    archive_retention=Duration.days(90),
    quarantine_retention=Duration.days(90),
    quarantine_mb_per_day=1000,
    log_retention=RetentionDays.THREE_MONTHS,
    memory_mb=1024,
    max_concurrency=20,
    canary=True,
    retain_data=True,
    point_in_time_recovery=True,
    deletion_protection=True,
)

LAPTOP = replace(
    DEV,
    name="laptop",
    # There is no such issuer: the laptop run plays it.
    oauth2={"marosa": OAuth2("https://issuer.example/inlet", ("inlet",), ("webhooks/write",))},
    on_aws=False,
)

STAGES: Mapping[str, Stage] = MappingProxyType({stage.name: stage for stage in (DEV, PROD, LAPTOP)})


def stage_named(name: str, *, bundle: str, deployed: bool = True) -> Stage:
    """Return the stage of a name, without deletion protection before it is `deployed`.

    A failed first deployment must be deletable. Raises Mistake where there is no such stage, or
    none that takes the bundle.
    """
    if name not in STAGES:
        raise Mistake(f"There is no stage {name!r}: the stages are {', '.join(STAGES)}.")
    if bundle != "host" and not STAGES[name].on_aws:
        deployable = " or ".join(stage.name for stage in STAGES.values() if stage.on_aws)
        raise Mistake(
            f"The stage {name!r} is for the laptop run, which `make run` starts: deploy"
            f" {deployable}."
        )
    stage = STAGES[name]
    return stage if deployed else replace(stage, deletion_protection=False)


def _quotas_by_region() -> str:
    return ", ".join(f"{quota} in {region}" for region, quota in RULES_PER_BUS_IN.items())


def _check_networks(provider: str, networks: tuple[str, ...]) -> None:
    """Raise Mistake where the function could not read this, or would let nobody in."""
    if not _words(networks):
        raise Mistake(
            f"The addresses of {provider} must be a tuple of networks, such as"
            ' ("192.0.2.0/24",); leave the provider out where it may send from anywhere.'
        )
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise Mistake(f"The addresses of {provider} are to be networks: {error}.") from error


def _words(values: tuple[str, ...]) -> bool:
    """Whether this is a tuple of at least one text, each without white space."""
    return isinstance(values, tuple) and all(v.split() == [v] for v in values) and bool(values)

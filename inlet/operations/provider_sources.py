"""Provider sources: the modules of a provider's folder, as they are first written."""

from collections.abc import Mapping

from inlet.operations.guesses import Field, Guess, Header, Signature
from inlet.operations.inferred import attribute, models
from inlet.operations.recorded import Recorded

USED = frozenset({"CATALOGUE", "KIND", "SIGNATURE", "UNRECOGNISED"})
"""Names that the folder has anyway, so that its provider cannot."""


def modules(name: str, recorded: Recorded, guess: Guess) -> Mapping[str, str]:
    """The source of each module, by its name."""
    sources = {
        "__init__": _provider(name, guess),
        "catalogue": _catalogue(name, guess),
        "models": _models(name, recorded, guess),
        "read": _read(name, guess),
        "setup": _setup(name, guess),
    }
    if guess.signature:
        sources["signature"] = _signature(name, guess.signature)
    return sources


def _provider(name: str, guess: Guess) -> str:
    more = ["authentication=SIGNATURE,"] if guess.signature else []
    more += [] if guess.type_place else ["type_in_path=True,"]
    if isinstance(guess.id_place, Header):
        more += [f'id_headers=("{guess.id_place.name}",),']
    imported = f"from inlet.providers.{name}.signature import SIGNATURE" if guess.signature else ""
    return f'''"""{name.capitalize()}."""

from inlet.provider import UNRECOGNISED, Provider
from inlet.providers.{name}.catalogue import CATALOGUE, KIND
from inlet.providers.{name}.models import Body
from inlet.providers.{name}.read import read
from inlet.providers.{name}.setup import setup
{imported}

{name.upper()} = Provider(
    name="{name}",
    catalogue=CATALOGUE,
    models={{KIND: Body, UNRECOGNISED: Body}},
    setup=setup,
    read=read,
    derives_event_ids=True,
    {" ".join(more)}
)
'''


def _catalogue(name: str, guess: Guess) -> str:
    return f'''"""The event types of {name.capitalize()}."""

from inlet.provider import EventType

KIND = "TODO"
"""What its events are about: a kind that a consumer takes."""

CATALOGUE = {{
    "{guess.event_type}": EventType("TODO: when it is sent.", kind=KIND, rank=10),
}}
'''


def _models(name: str, recorded: Recorded, guess: Guess) -> str:
    places = (guess.type_place, guess.id_place, guess.time_place, guess.subject_place)
    plain = {place.path for place in places if isinstance(place, Field)}
    doc = "What was sent once; nothing of it is sure to be there."
    return f'''"""TODO: what do the documents of {name.capitalize()} say, and what is sensitive?"""

from typing import Any

from pydantic import Field

from inlet.model import Number, Open, Sensitive


{models(recorded.body, doc, plain)}'''


def _read(name: str, guess: Guess) -> str:
    places = (guess.type_place, guess.id_place, guess.time_place, guess.subject_place)
    event_type = (
        f'{_expression(guess.type_place)} or ""'
        if guess.type_place
        else f'request.type_of_path("/webhooks/{name}/{guess.event_type}")'
    )
    day = "request.received_at.astimezone(UTC).date()"
    own_id = f"usable_id([{_expression(guess.id_place)}]) or " if guess.id_place else ""
    subject = f"usable_id([{_expression(guess.subject_place)}])" if guess.subject_place else "None"
    statements = [
        "body = checked(Body, document)"
        if any(isinstance(place, Field) for place in places)
        else "checked(Body, document)",
        f"event_type = {event_type}",
        *(
            [
                f"sent_at = {_expression(guess.time_place)}",
                "occurred_at, flags = moment(sent_at, UTC)",
                f"day = {day} if sent_at is None else None",
            ]
            if guess.time_place
            else [f"day = {day}"]
        ),
    ]
    body = "\n    ".join(statements)
    return f'''"""TODO: does {name.capitalize()} say type, id, time and subject there?"""

from datetime import UTC

from inlet import event_id
from inlet.delivery import Reading
from inlet.document import Document
from inlet.instant import moment
from inlet.model import checked
from inlet.providers.{name}.models import Body
from inlet.request import Request
from inlet.subject import usable_id


def read(request: Request, document: Document) -> Reading:
    """What a body says. Raises {"" if guess.type_place else "NoType or "}WrongContract."""
    {body}
    return Reading(
        event_type=event_type,
        event_id={own_id}event_id.derived("{name}", event_type, document.canonical, day),
        subject_id={subject},
        occurred_at={"occurred_at, flags=tuple(flags)" if guess.time_place else "None"},
    )
'''


def _expression(place: Header | Field) -> str:
    """What reads a place, in a module that has `request` and `body`."""
    if isinstance(place, Header):
        return f'request.headers.get("{place.name}")'
    names = [attribute(key) for key in place.path]
    *before, last = [".".join(["body", *names[: end + 1]]) for end in range(len(names))]
    return f"{last} if {' and '.join(before)} else None" if before else last


def _setup(name: str, guess: Guess) -> str:
    url = "{url}" if guess.type_place else f"{{url}}/{guess.event_type}"
    if guess.signature:
        doc = "A webhook, and what its requests are signed with."
        latest = 'signing = latest(credentials.signing, "signing secret")'
        proof = "  key, in base64: {signing.secret.get_secret_value()}"
    else:
        doc = "A webhook, and the user that its requests come from; a key in a header works too."
        latest = 'user = latest(credentials.basic, "user and password")'
        proof = "  user {user.username}\\n  password {user.password.get_secret_value()}"
    return f'''"""TODO: what is to be entered at {name.capitalize()}, and where."""

from inlet.authentication import Credentials, latest


def setup(url: str, credentials: Credentials) -> str:
    """{doc}"""
    {latest}
    return (
        "At {name.capitalize()}, add a webhook:\\n"
        f"  URL {url}\\n{proof}"
    )
'''


def _signature(name: str, signature: Signature) -> str:
    prefix = f'"{signature.prefix}" + ' if signature.prefix else ""
    digest = "hmac.digest(secret.key, request.body, hashlib.sha256)"
    written = f"base64.b64encode({digest}).decode()" if signature.in_base64 else f"{digest}.hex()"
    return f'''"""TODO: what does {name.capitalize()} sign, and how is that written?

Guessed from one header: HMAC-SHA256 of the body as sent.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from inlet.authentication import (
    Authentication,
    Credentials,
    SigningSecret,
    latest,
    matching_label,
    same,
)
from inlet.request import Request

HEADER = "{signature.header}"


def _check(request: Request, credentials: Credentials) -> str:
    """The label of the secret that the request was signed with."""
    sent = request.headers.get(HEADER, "").encode(errors="surrogatepass")
    return matching_label(
        (secret.label, same(sent, _signature(request, secret).encode()))
        for secret in credentials.signing
    )


def _prove(request: Request, credentials: Credentials) -> Mapping[str, str]:
    return {{HEADER: _signature(request, latest(credentials.signing, "signing secret"))}}


def _signature(request: Request, secret: SigningSecret) -> str:
    return {prefix}{written}


SIGNATURE = Authentication(check=_check, prove=_prove, kinds=("signing",))
"""A signature of the body by one of several secrets."""
'''

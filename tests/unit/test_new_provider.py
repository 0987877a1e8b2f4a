"""`inlet new-provider`: what it writes, and when it writes nothing."""

import hashlib
import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from inlet import providers
from inlet.authentication import Credentials
from inlet.cli.commands import app
from inlet.delivery import Reading
from inlet.document import Document
from inlet.operations import new_provider
from inlet.refusals import NotAuthenticated, NoType
from inlet.request import Request
from tests.support.gateway import NOW

PROJECT = Path(__file__).parents[2]
Inlet = Callable[..., Result]
Load = Callable[[str], Any]

PARCEL: dict[str, Any] = {
    "headers": {
        "Content-Type": "application/json",
        "Authorization": "Bearer canary",
        "X-Newcomer-Delivery-Id": "dlv_0001",
        "X-Newcomer-Signature": "sha256=" + "0123456789abcdef" * 4,
    },
    "body": {
        "event": "parcel.lost",
        "sentAt": "2025-03-31T09:30:00Z",
        "parcel": {"id": "P-1001", "weight": 2.5},
    },
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that the command seems to be installed from, with nobody's events in it."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "inlet", tmp_path / "inlet", ignore=ignore)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    (tmp_path / "events").mkdir()
    registry = tmp_path / "inlet" / "providers" / "__init__.py"
    monkeypatch.setattr(providers, "__file__", str(registry))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def inlet(checkout: Path) -> Inlet:
    """Runs `new-provider` on a recording in a checkout."""

    def run(name: str, recorded: object, *more: str) -> Result:
        text = recorded if isinstance(recorded, str) else json.dumps(recorded)
        (checkout / "recorded.json").write_text(text)
        arguments = ["new-provider", name, "--from", "recorded.json", *more]
        return CliRunner().invoke(app, arguments)

    return run


@pytest.fixture
def load(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports a provider that was written."""
    folders = [*providers.__path__, str(checkout / "inlet" / "providers")]
    monkeypatch.setattr(providers, "__path__", folders)
    before = set(sys.modules)

    def provider(name: str) -> Any:
        importlib.invalidate_caches()
        module = importlib.import_module(f"inlet.providers.{name}")
        return getattr(module, name.upper())

    yield provider
    for name in set(sys.modules) - before:
        if name.startswith("inlet.providers."):
            del sys.modules[name]
            vars(providers).pop(name.removeprefix("inlet.providers."), None)


def request(
    body: object, headers: dict[str, str] | None = None, path_type: str | None = None
) -> Request:
    """A request with a body as JSON."""
    return Request(
        body=json.dumps(body).encode(),
        headers=headers or {},
        received_at=NOW,
        correlation_id="1",
        path_type=path_type,
    )


def reading(provider: Any, sent: Request) -> Reading:
    """What a provider reads in a request."""
    read: Reading = provider.read(sent, Document.parse(sent.body))
    return read


def test_a_script_gets_the_paths_as_json(inlet: Inlet) -> None:
    written = inlet("acme", {"id": "1", "type": "ORDERED"}, "--json")
    assert "inlet/providers/acme/read.py" in json.loads(written.stdout)


def test_a_recording_becomes_a_folder_a_line_and_a_sample(inlet: Inlet, checkout: Path) -> None:
    registry = checkout / "inlet/providers/__init__.py"
    before = registry.read_text().splitlines()
    result = inlet("newcomer", PARCEL)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "events/newcomer/parcel.lost.json",
        "inlet/providers/__init__.py",
        "inlet/providers/newcomer/__init__.py",
        "inlet/providers/newcomer/catalogue.py",
        "inlet/providers/newcomer/models.py",
        "inlet/providers/newcomer/read.py",
        "inlet/providers/newcomer/setup.py",
        "inlet/providers/newcomer/signature.py",
    ]
    assert "make test ARGS=tests/contract" in result.stderr
    after = registry.read_text().splitlines()
    assert [line for line in after if line not in before] == [
        "from inlet.providers.newcomer import NEWCOMER",
        "            NEWCOMER,",
    ]
    assert json.loads((checkout / "events/newcomer/parcel.lost.json").read_text()) == {
        "evidence": "seen",
        "request": {
            "method": "POST",
            "path": "/webhooks/newcomer",
            "headers": {"content-type": "application/json", "x-newcomer-delivery-id": "dlv_0001"},
            "body": PARCEL["body"],
        },
        "answer": None,
        "event": None,
    }


def test_what_may_be_a_credential_is_written_nowhere(inlet: Inlet, checkout: Path) -> None:
    inlet("newcomer", PARCEL)
    (checkout / "recorded.json").unlink()
    texts = [file.read_text() for file in checkout.rglob("*.*") if "newcomer" in str(file)]
    assert len(texts) == 7
    assert [t for t in texts if "canary" in t or "0123456789abcdef" in t] == []


def test_what_is_written_reads_the_recording(inlet: Inlet, load: Load) -> None:
    inlet("newcomer", PARCEL)
    newcomer = load("newcomer")
    assert newcomer.routes == ("/webhooks/newcomer",)
    assert newcomer.id_headers == ("x-newcomer-delivery-id",)
    assert newcomer.derives_event_ids
    assert reading(
        newcomer, request(PARCEL["body"], {"x-newcomer-delivery-id": "dlv_0001"})
    ) == Reading(
        event_type="parcel.lost",
        event_id="dlv_0001",
        subject_id="P-1001",
        occurred_at=datetime(2025, 3, 31, 9, 30, tzinfo=UTC),
    )
    assert reading(newcomer, request({})) == Reading(
        event_type="",
        event_id="bf1eff44-8609-5f2e-b45c-ba6ae48d3272",
        subject_id=None,
        occurred_at=None,
    )


def test_what_a_person_must_decide_is_marked(inlet: Inlet, load: Load) -> None:
    inlet("newcomer", PARCEL)
    [(name, known)] = load("newcomer").catalogue.items()
    assert (name, known.kind, known.description) == (
        "parcel.lost",
        "TODO",
        "TODO: when it is sent.",
    )


@pytest.mark.parametrize(
    ("header", "sample", "signature"),
    [
        (
            "x-newcomer-signature",
            "sha256=" + "0" * 64,
            "sha256=49ed15fdce289b4c8c44f7c3a5163804d99748989f95456cf81c235f11c28409",
        ),
        ("x-newcomer-hmac", "A" * 43 + "=", "Se0V/c4om0yMRPfDpRY4BNmXSJiflUVs+BwjXxHChAk="),
        (
            "x-newcomer-signature",
            "t=1,v1=2",
            "49ed15fdce289b4c8c44f7c3a5163804d99748989f95456cf81c235f11c28409",
        ),
    ],
)
def test_a_signature_is_checked_as_it_seems_to_be_made(
    inlet: Inlet, load: Load, header: str, sample: str, signature: str
) -> None:
    inlet("newcomer", {"headers": {header: sample}, "body": {"event": "lost"}})
    authentication = load("newcomer").authentication
    credentials = Credentials.parse('{"generated": "made"}', "newcomer")
    sent = request({"event": "lost"})
    assert authentication.prove(sent, credentials) == {header: signature}
    signed = request({"event": "lost"}, {header: signature})
    assert authentication.check(signed, credentials) == "generated"
    for headers in ({}, {header: signature.upper()}, {header: "\ud800"}):
        with pytest.raises(NotAuthenticated):
            authentication.check(request({"event": "lost"}, headers), credentials)


def test_a_bare_body_is_of_one_who_sends_a_user(inlet: Inlet, load: Load, checkout: Path) -> None:
    inlet("newcomer", {"type": "lost", "parcel": {"id": 7}})
    newcomer = load("newcomer")
    made = Credentials.parse('{"generated": "made"}', "newcomer")
    assert newcomer.setup("https://door.example/webhooks/newcomer", made) == (
        "At Newcomer, add a webhook:\n"
        "  URL https://door.example/webhooks/newcomer\n"
        "  user newcomer\n"
        "  password made"
    )
    written = json.loads((checkout / "events/newcomer/lost.json").read_text())
    assert written["request"]["headers"] == {"content-type": "application/json"}
    found = reading(newcomer, request({"type": "lost", "parcel": {"id": 7}}))
    assert (found.subject_id, found.occurred_at, found.flags) == ("7", None, ())


def test_a_type_that_only_a_header_names_is_read_there(inlet: Inlet, load: Load) -> None:
    inlet("newcomer", {"headers": {"X-Newcomer-Event": "lost"}, "body": {"note": "a"}})
    newcomer = load("newcomer")
    assert reading(newcomer, request({}, {"x-newcomer-event": "lost"})).event_type == "lost"


def test_a_type_that_nothing_names_is_in_the_path(inlet: Inlet, load: Load, checkout: Path) -> None:
    inlet("newcomer", {"note": "a"}, "--type", "LOST")
    newcomer = load("newcomer")
    assert newcomer.routes == ("/webhooks/newcomer", "/webhooks/newcomer/{type}")
    written = json.loads((checkout / "events/newcomer/LOST.json").read_text())
    assert written["request"]["path"] == "/webhooks/newcomer/LOST"
    made = Credentials.parse('{"generated": "made"}', "newcomer")
    assert "  URL https://door.example/LOST\n" in newcomer.setup("https://door.example", made)
    assert reading(newcomer, request({"note": "a"}, path_type="LOST")).event_type == "LOST"
    with pytest.raises(NoType, match="such as /webhooks/newcomer/LOST"):
        reading(newcomer, request({"note": "a"}))


@pytest.mark.parametrize(
    ("name", "recorded", "sentence"),
    [
        ("marosa", PARCEL, "There is a provider marosa already."),
        ("Newcomer", PARCEL, "Newcomer cannot name a provider: use 2 to 24 lower-case letters"),
        ("a_b", PARCEL, "a_b cannot name a provider"),
        ("1a", PARCEL, "1a cannot name a provider"),
        ("../newcomer", PARCEL, "../newcomer cannot name a provider"),
        ("class", PARCEL, "class cannot name a provider"),
        ("types", PARCEL, "TYPES means something else here: use another name."),
        ("kind", PARCEL, "KIND means something else here: use another name."),
        ("half", PARCEL, "There is a folder events/half already."),
        ("newcomer", '{"event": ', "The body is not JSON: "),
        ("newcomer", "[1]", "The body must be a JSON object."),
        ("newcomer", {"headers": [], "body": {}}, "The headers and the body in recorded.json"),
        (
            "newcomer",
            {"headers": {}, "body": "x"},
            "The headers and the body in recorded.json",
        ),
        (
            "newcomer",
            {"headers": {"a": 1}, "body": {}},
            "The value of every header in",
        ),
        ("newcomer", {"note": "a"}, "Nothing in the delivery names its event type"),
    ],
)
def test_a_refusal_is_a_sentence_and_writes_nothing(
    inlet: Inlet, checkout: Path, name: str, recorded: object, sentence: str
) -> None:
    (checkout / "events" / "half").mkdir()
    before = _tree(checkout)
    result = inlet(name, recorded)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert _tree(checkout) == before


@pytest.mark.usefixtures("checkout")
def test_a_recording_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(app, ["new-provider", "newcomer", "--from", "missing.json"])
    assert result.exit_code == 2
    assert "missing.json cannot be read: No such file" in result.stderr


def test_it_writes_only_into_the_checkout_that_it_is_installed_from(
    inlet: Inlet, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "__file__", str(PROJECT / "inlet/providers/__init__.py"))
    before = _tree(checkout)
    for folder in (checkout, checkout / "events"):
        monkeypatch.chdir(folder)
        result = inlet("newcomer", PARCEL)
        assert result.exit_code == 2
        assert "writes into the checkout of Inlet that it is installed from" in result.stderr
    assert _tree(checkout) == before


def test_without_ruff_nothing_is_written(
    inlet: Inlet, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_provider, "find_spec", lambda _name: None)
    before = _tree(checkout)
    assert "new-provider needs ruff" in inlet("newcomer", PARCEL).stderr
    assert _tree(checkout) == before


def test_a_registry_in_another_style_is_left_alone(inlet: Inlet, checkout: Path) -> None:
    registry = checkout / "inlet/providers/__init__.py"
    registry.write_text("PROVIDERS = {}\n")
    assert "is not written as new-provider expects" in inlet("newcomer", PARCEL).stderr
    assert registry.read_text() == "PROVIDERS = {}\n"


def _tree(folder: Path) -> dict[str, str]:
    """Every file, by what is in it, but the recording."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in folder.rglob("*")
        if path.name != "recorded.json" and "__pycache__" not in path.parts
    }

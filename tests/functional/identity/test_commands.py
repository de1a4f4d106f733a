"""Laws of the command line's nouns of identity: plan before what cannot be taken back, one clear exit."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from functions.identity.manifest import CONCERNS
from steward.cli.main import main
from steward.identity import DEFAULT_TENANT, Role
from tests.functional.identity.identity_world import (
    IdentityWorld,
    Person,
    bearer,
    identity_world,
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world(tmp_path: Path) -> IdentityWorld:
    return identity_world(tmp_path, CONCERNS)


def bridge(world: IdentityWorld) -> type[BaseHTTPRequestHandler]:
    """HTTP to the functions of the world."""

    class Bridge(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            text = self.rfile.read(length).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            place = urlsplit(self.path)
            status, body, given = world.exchange(
                self.command,
                unquote(place.path),
                json.loads(text) if text else None,
                by=Person(headers),
                query=dict(parse_qsl(place.query)),
            )
            self.send_response(status)
            for name, value in given.items():
                if name.lower() == "etag":
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if body is None else json.dumps(body).encode())

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    return Bridge


@pytest.fixture
def run(
    world: IdentityWorld, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    server = HTTPServer(("127.0.0.1", 0), bridge(world))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("STEWARD_URL", f"http://127.0.0.1:{server.server_port}")
    key = world.edge.add_key(Role.ADMIN, tenant=DEFAULT_TENANT)
    monkeypatch.setenv("STEWARD_API_KEY", key)
    world.admin = bearer(key)

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        monkeypatch.setattr("sys.argv", ["steward", *words])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capfd.readouterr()
        # The functions log to the standard output of this one process.
        said = [line for line in out.splitlines() if '"service"' not in line and "_aws" not in line]
        return code, "\n".join(said), err

    yield call
    server.shutdown()
    thread.join()
    server.server_close()


def made(run: Run, *words: str) -> dict[str, str]:
    code, out, err = run(*words, "-o", "json")
    assert code == 0, err
    answer: dict[str, str] = json.loads(out)
    return answer


def test_a_user_is_made_listed_changed_and_removed_as_a_plan_first(run: Run) -> None:
    ada = made(run, "users", "create", "ada@example.com", "--name", "Ada", "--grant", "editor@shop")
    assert ada["grants"] == "editor@shop"
    changed = made(run, "users", "change", ada["id"], "--grant", "viewer", "--grant", "billing")
    assert (changed["grants"], changed["name"]) == ("viewer, billing", "Ada")
    assert "Ada" in run("users", "ls")[1]
    code, _, said = run("users", "rm", ada["id"])
    assert (code, "--apply" in said) == (0, True)
    assert run("users", "show", ada["id"])[0] == 0
    assert run("users", "rm", ada["id"], "--apply")[0] == 0
    assert run("users", "show", ada["id"])[0] == 5


def test_every_refusal_has_its_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("users", "create", "ada@example.com", "--name", "Ada")
    assert run(*words)[0] == 0
    assert run(*words)[0] == 6
    assert run("users", "create", "x", "--name", "X")[0] == 2
    assert run("users", "create", "b@example.com", "--name", "B", "--grant", "king")[0] == 2
    monkeypatch.setenv("STEWARD_API_KEY", "stw_acme.none")
    assert run("users", "ls")[0] == 7


def test_groups_projects_and_services_go_through_their_lives(run: Run) -> None:
    robot = made(run, "services", "create", "--name", "robot", "--grant", "viewer")
    assert robot["client_secret"].startswith("stc_")
    assert run("groups", "create", "ops", "--name", "Ops", "--grant", "operator")[0] == 0
    assert run("groups", "add", "ops", robot["id"])[0] == 0
    assert robot["id"] in run("groups", "members", "ops")[1]
    assert run("projects", "create", "shop", "--name", "Shop", "--tag", "app=shop")[0] == 0
    assert made(run, "projects", "grant", "shop", robot["id"], "--role", "editor")["roles"]
    assert made(run, "services", "rotate", robot["id"])["client_secret"] != robot["client_secret"]
    assert run("services", "suspend", robot["id"], "--apply")[0] == 0
    assert made(run, "services", "show", robot["id"])["standing"] == "suspended"
    assert run("groups", "remove", "ops", robot["id"], "--apply")[0] == 0
    assert run("groups", "rm", "ops", "--apply")[0] == 0
    assert run("projects", "rm", "shop", "--apply")[0] == 0
    assert run("services", "rm", robot["id"], "--apply")[0] == 0


def test_keys_are_issued_rotated_and_revoked_over_the_api(run: Run) -> None:
    code, plaintext, _ = run("keys", "create", "--name", "ci", "--scope", "account:view")
    assert (code, plaintext.startswith("stw_default.")) == (0, True)
    listed = json.loads(run("keys", "ls", "-o", "json")[1])
    (ci,) = [key for key in listed if key["name"] == "ci"]
    new = made(run, "keys", "rotate", ci["id"], "--overlap", "1")
    assert new["replaces"] == ci["id"]
    assert made(run, "keys", "revoke", ci["id"])["state"] == "revoked"
    assert run("keys", "ls", "--tenant", "globex")[0] == 2


def test_a_tenant_begins_and_ends_by_commands(
    run: Run, world: IdentityWorld, tmp_path: Path
) -> None:
    assert run("tenants", "create", "globex", "--name", "Globex")[0] == 0
    invited = made(
        run, "invitations", "create", "b@example.com", "--name", "B", "--tenant", "globex"
    )
    assert invited["token"].startswith("sti_globex.")
    why = ("--reason", "the contract ends this month")
    code, _, said = run("tenants", "close", "globex", *why)
    assert (code, "--apply" in said) == (0, True)
    assert made(run, "tenants", "show", "globex")["standing"] == "active"
    assert run("tenants", "close", "globex", *why, "--apply")[0] == 0
    assert run("tenants", "fetch", str(tmp_path / "export"), "globex")[0] == 5
    world.pump()
    world.forward(timedelta(minutes=2))
    assert made(run, "tenants", "closing", "globex")["state"] == "waiting"
    assert run("tenants", "fetch", str(tmp_path / "export"), "globex")[0] == 0
    assert list((tmp_path / "export").rglob("manifest.json"))
    assert run("tenants", "reopen", "globex", "--apply")[0] == 0
    assert made(run, "tenants", "show", "globex")["standing"] == "active"
    assert made(run, "tenants", "settings", "--name", "Home", "--grace", "30")["settings"]


def test_a_persons_data_is_fetched_and_then_erased(
    run: Run, world: IdentityWorld, tmp_path: Path
) -> None:
    ada = made(run, "users", "create", "ada@example.com", "--name", "Ada")
    request = made(run, "privacy", "create", "access", ada["id"])
    world.pump()
    assert run("privacy", "fetch", request["id"], str(tmp_path / "out"))[0] == 0
    (file,) = (tmp_path / "out").rglob("*.jsonl")
    assert "ada@example.com" in file.read_text()
    assert "--apply" in run("privacy", "create", "erasure", ada["id"])[2]
    assert run("users", "show", ada["id"])[0] == 0
    assert run("privacy", "create", "erasure", ada["id"], "--apply")[0] == 0
    assert run("users", "show", ada["id"])[0] == 5

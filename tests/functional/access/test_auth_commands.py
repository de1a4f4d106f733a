"""Laws of ``steward auth``: explains, and changes policies as a plan first."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from functions.access.handlers.api import handler
from functions.access.manifest import FUNCTIONS
from steward.cli.main import main
from steward.identity import Role
from tests.asking import request
from tests.edge_world import EdgeWorld, edge_world

MFA = 'forbid (principal, action == Action::"rule:manage", resource) unless { context.mfa };'
Run = Callable[..., tuple[int, str, str]]


def bridge(world: EdgeWorld) -> type[BaseHTTPRequestHandler]:
    """HTTP to the one handler under test."""

    class Bridge(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length).decode() or None
            headers = {name.lower(): value for name, value in self.headers.items()}
            given = world.call(handler, request(self.command, self.path, body, headers=headers))
            self.send_response(given["statusCode"])
            self.end_headers()
            self.wfile.write((given.get("body") or "").encode())

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    return Bridge


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path, FUNCTIONS[0])


@pytest.fixture
def run(
    world: EdgeWorld, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    server = HTTPServer(("127.0.0.1", 0), bridge(world))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    host = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("STEWARD_URL", host)
    monkeypatch.setenv("STEWARD_API_KEY", world.add_key(Role.ADMIN))

    def call(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        monkeypatch.setattr("sys.argv", ["steward", "auth", *words])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capfd.readouterr()
        return (
            code,
            "\n".join(
                line
                for line in out.splitlines()
                if "request.handled" not in line and "_aws" not in line
            ),
            err,
        )

    yield call
    server.shutdown()
    thread.join()
    server.server_close()


def text_file(folder: Path, text: str) -> str:
    path = folder / "one.cedar"
    path.write_text(text, "utf-8")
    return str(path)


def test_explain_says_yes_with_0_and_no_with_7_and_why(run: Run) -> None:
    code, out, _ = run("explain", "role:editor", "rule:manage", "-o", "json")
    assert (code, json.loads(out)["why"]) == (0, "allowed by steward:role-editor")
    code, out, _ = run("explain", "role:viewer", "rule:manage")
    assert code == 7
    assert "denied" in out
    assert "editor, admin" in out


def test_explain_looks_at_what_is_given(run: Run, tmp_path: Path) -> None:
    hands_off = 'forbid (principal, action, resource) when { resource.environment == "live" };'
    assert run("policies", "put", "hands-off", text_file(tmp_path, hands_off))[0] == 0
    asked = ("explain", "role:admin", "finding:waive", "--item", "tag.env=live", "--mfa")
    code, _, err = run(*asked)
    assert code == 7
    assert hands_off in err
    code, _, err = run("explain", "role:admin", "finding:waive", "--item", "colour=red")
    assert (code, "use id=" in err) == (2, True)


def test_a_policy_is_tried_put_shown_and_removed(run: Run, tmp_path: Path) -> None:
    file = text_file(tmp_path, MFA)
    tried = (
        "policies",
        "test",
        "mfa",
        file,
        "--as",
        "role:editor",
        "--may",
        "rule:manage",
        "-o",
        "json",
    )
    code, out, _ = run(*tried)
    assert (code, [(r["now"], r["then"]) for r in json.loads(out)]) == (0, [("allowed", "denied")])
    assert json.loads(run("policies", "ls", "-o", "json")[1]) == []
    assert run("policies", "put", "mfa", file, "--why", "asked for")[0] == 0
    assert json.loads(run("policies", "show", "mfa", "-o", "json")[1])["text"] == MFA
    assert "Would remove" in run("policies", "rm", "mfa")[2]
    assert len(json.loads(run("policies", "ls", "-o", "json")[1])) == 1
    assert run("policies", "rm", "mfa", "--apply")[0] == 0
    assert json.loads(run("policies", "ls", "-o", "json")[1]) == []


def test_a_rollback_is_a_plan_until_it_is_applied(run: Run, tmp_path: Path) -> None:
    run("policies", "put", "mfa", text_file(tmp_path, MFA))
    history: list[dict[str, Any]] = json.loads(run("policies", "history", "-o", "json")[1])
    assert [one["version"] for one in history] == [1, 0]
    assert "no policies" in run("policies", "rollback", "0")[2]
    assert len(json.loads(run("policies", "ls", "-o", "json")[1])) == 1
    assert run("policies", "rollback", "0", "--apply")[0] == 0
    assert json.loads(run("policies", "ls", "-o", "json")[1]) == []
    assert run("policies", "rollback", "99")[0] == 2


def test_a_policy_that_would_lock_out_is_refused_by_test_and_put(run: Run, tmp_path: Path) -> None:
    file = text_file(tmp_path, "forbid (principal, action, resource);")
    code, _, err = run("policies", "test", "x", file, "--as", "role:admin", "--may", "rule:view")
    assert (code, "nobody" in err) == (1, True)
    assert run("policies", "put", "x", file)[0] == 2


def test_the_roles_are_the_catalogue(run: Run) -> None:
    rows = json.loads(run("roles", "-o", "json")[1])
    waive = next(row for row in rows if row["permission"] == "finding:waive")
    assert [role for role in Role if waive[role]] == [Role.OPERATOR, Role.APPROVER, Role.ADMIN]
    names = {
        template["id"] for template in json.loads(run("policies", "templates", "-o", "json")[1])
    }
    assert "production-needs-mfa" in names

"""The demo as a person runs it: a process of its own, the real server, workers and receiver."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

pytestmark = pytest.mark.slow

STEWARD = (sys.executable, "-c", "from steward.cli.main import main; main()")


class Served(NamedTuple):
    """A demo that has played and goes on serving."""

    counts: dict[str, Any]
    environment: dict[str, str]
    data: Path

    def steward(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*STEWARD, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=120,
        )

    def json(self, *arguments: str) -> Any:
        done = self.steward(*arguments, "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("demo") / "data"
    command = [*STEWARD, "demo", "--port", "0", "--data", str(data), "-o", "json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield _played(process, data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert process.returncode == 0


def _played(process: subprocess.Popen[str], data: Path) -> Served:
    assert process.stdout is not None
    assert process.stderr is not None
    key = re.search(r"stw_\S+", _until(process.stderr, "shown this once")) or pytest.fail("no key")
    counts = json.loads(_until(process.stdout, "}"))
    _until(process.stderr, "steward queues")
    environment = {**os.environ, "STEWARD_API_KEY": key[0], "STEWARD_DATA": str(data)}
    return Served(counts, environment, data)


def _until(stream: IO[str], sign: str) -> str:
    text = ""
    for line in stream:
        text += line
        if sign in line:
            return text
    pytest.fail(f"ended without {sign!r}: {text}")


def test_a_day_becomes_changes_findings_and_messages(served: Served) -> None:
    assert list(served.counts) == ["events", "changes", "findings", "messages", "seconds"]
    assert served.counts["events"] > 180
    assert served.counts["changes"] > 100
    assert served.counts["findings"] > 40
    assert served.counts["messages"] > 60


def test_the_command_counts_the_findings_that_it_lists(served: Served) -> None:
    listed = served.json("findings", "list", "--severity", "high")
    wanted = ("--where", "severity=high", "--where", "active=true")
    counted = served.json("findings", "facets", "rule", *wanted)
    active = served.json("findings", "facets", "severity")
    assert sum(row["count"] for row in counted) == len(listed) > 0
    assert {row["value"]: row["count"] for row in active}["high"] == len(listed)


def test_the_estate_can_be_listed_shown_and_followed_back(served: Served) -> None:
    groups = served.json("inventory", "ls", "--type", "AWS::EC2::SecurityGroup")
    bastion = next(one for one in groups if one["name"] == "bastion")
    shown = served.json("inventory", "show", bastion["id"], "--at", "2025-11-04T14:30:00Z")
    ports = {one["fromPort"] for one in shown["configuration"]["ipPermissions"]}
    assert ports == {22, 3389}
    history = served.json("inventory", "history", bastion["id"])
    assert any(change["who"] and change["who"].endswith("user/dan") for change in history)


def test_accounts_can_be_listed_added_and_removed(served: Served) -> None:
    assert served.steward("accounts", "add", "210000000088").returncode == 0
    assert "210000000088" in {one["account"] for one in served.json("accounts", "ls")}
    assert served.steward("accounts", "remove", "210000000088").returncode == 0
    assert served.steward("accounts", "remove", "210000000088").returncode == 5


def test_a_table_shows_what_json_holds(served: Served) -> None:
    done = served.steward("inventory", "ls", "--account", "210000000033")
    assert "harbour-trail" in done.stdout


def test_what_is_not_there_is_one_line_and_an_exit_code(served: Served) -> None:
    done = served.steward("inventory", "show", "res_none")
    assert (done.returncode, done.stdout) == (5, "")
    assert "not found" in done.stderr


def test_a_showing_over_a_running_steward_plays_there(served: Served) -> None:
    done = served.steward("demo", "--once", "-o", "json")
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["changes"] == served.counts["changes"]
    assert "already" in done.stderr


def test_the_trail_is_searched_proved_and_verified_here_and_away_from_the_server(
    served: Served, tmp_path: Path
) -> None:
    added = served.json("audit", "ls", "--resource", "policy/findings", "--limit", "3")
    entry = added[0]["n"]
    shown = served.json("audit", "show", str(entry))
    assert shown["content"]["n"] == entry
    assert served.json("audit", "summary")["entries"] > 100
    assert served.json("audit", "tampered") == []
    hour = tmp_path / "hour.json"
    hour.write_text('{"id": "hour", "time": "2026-03-10T12:00:00Z"}', "utf-8")
    assert served.steward("invoke", "audit.sign-heads", "--event", str(hour)).returncode == 0
    kept = {
        "key": served.steward("audit", "keys").stdout,
        "trail": served.steward("audit", "export").stdout,
        "table": served.steward("audit", "export", "--format", "csv").stdout,
        "proof": served.steward("audit", "prove", str(entry)).stdout,
    }
    files = {name: tmp_path / name for name in kept}
    for name, text in kept.items():
        files[name].write_text(text, "utf-8")
    away = Served({}, {**os.environ, "STEWARD_DATA": str(tmp_path / "nowhere")}, tmp_path)
    trust = ("--key", str(files["key"]))
    assert away.json("audit", "verify-proof", str(files["proof"]), *trust)["holds"]
    for name in ("trail", "table"):
        found = away.json("audit", "verify", str(files[name]), *trust)
        assert (found["intact"], found["pinned"], found["findings"]) == (True, True, [])
    lines = kept["trail"].splitlines(keepends=True)
    row = next(each for each, line in enumerate(lines) if f'"n":{entry},' in line)
    lines[row] = lines[row].replace('"verb":"', '"verb":"x', 1)
    files["trail"].write_text("".join(lines), "utf-8")
    forged = away.steward("audit", "verify", str(files["trail"]), *trust, "-o", "json")
    assert forged.returncode == 3
    assert json.loads(forged.stdout)["findings"][0]["n"] == entry


def test_once_ends_with_the_counts_and_a_second_showing_adds_nothing(tmp_path: Path) -> None:
    first, second = (_once(tmp_path / "data") for _ in range(2))
    for name in ("changes", "findings", "messages"):
        assert first[name] == second[name] > 0


def _once(data: Path) -> dict[str, Any]:
    done = subprocess.run(
        [*STEWARD, "demo", "--once", "-o", "json", "--port", "0", "--data", str(data)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts

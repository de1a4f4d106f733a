"""An entry that was made unreadable is shown as that, everywhere, and hides no other."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.audit.adapters.offline import verify_file
from tests.functional.audit.test_trail_flow import Client
from tests.functional.audit.trails import TENANT, Trail

COUNT, HURT = 7, 4
CONTENTS = ["", "{", "[]", "null", '"x"', '{"n":4}', '{"n":4,"entries":[{"verb":1}]}', "[" * 4000]
BODIES = ["", "{", "null", "[]", '{"n":4}', "no json"]


@pytest.fixture
def hurt(trail: Trail) -> Trail:
    trail.fill(COUNT)
    trail.sign()
    return trail


def spoil(trail: Trail, *, content: str | None = None, body: str | None = None) -> None:
    """Put this where the entry's content, or the whole of the entry, stood."""
    if content is not None:
        body = json.dumps(trail.entries()[HURT - 1] | {"content": content})
    changed = trail.tamper(
        "UPDATE items SET body = ? WHERE tenant = ? AND collection = 'entries' AND s1 = ?",
        body,
        TENANT,
        f"{HURT:012d}",
    )
    assert changed == 1


def holds(trail: Trail) -> None:
    """What every reader is told while one entry of seven cannot be read."""
    admin = Client(trail)
    for answer in (
        admin("GET", f"/entries/{HURT}"),
        admin("GET", f"/entries/{HURT}/proof"),
        admin("POST", f"/entries/{HURT}/open", {}),
    ):
        status, problem, _ = answer
        assert (status, problem["type"]) == (409, "urn:steward:problem:damaged"), problem
        assert f"audit entry {HURT}" in problem["detail"]
        assert "steward audit tampered" in problem["detail"]
    _, listed, _ = admin("GET", "/entries")
    assert [(e["n"], e["damaged"]) for e in listed["items"]] == [
        (n, n == HURT) for n in range(COUNT, 0, -1)
    ]
    _, searched, _ = admin("GET", "/entries", text="Guest", since="2026-03-01T00:00:00Z")
    assert HURT in [entry["n"] for entry in searched["items"]]
    _, counted, _ = admin("GET", "/summary")
    assert (counted["entries"], counted["damaged"]) == (COUNT - 1, 1)
    assert admin("GET", "/entries/3")[0] == 200
    _, job, _ = admin("POST", "/verify", {})
    # Where its hash is gone too, the one after it shows that as well.
    assert (job["findings"][0]["n"], job["findings"][0]["fault"]) == (HURT, "edited")


@pytest.mark.parametrize("content", CONTENTS)
def test_a_content_that_is_none_is_told_of_by_every_reader(hurt: Trail, content: str) -> None:
    spoil(hurt, content=content)
    holds(hurt)


@pytest.mark.parametrize("body", BODIES)
def test_what_is_no_entry_at_all_is_told_of_by_every_reader(hurt: Trail, body: str) -> None:
    spoil(hurt, body=body)
    holds(hurt)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("spoilt", [{"content": "{"}, {"content": '{"n":4}'}, {"body": "null"}])
def test_the_evidence_goes_out_and_is_found_again_in_the_file(
    hurt: Trail, form: Any, spoilt: dict[str, str], tmp_path: Path
) -> None:
    spoil(hurt, **spoilt)
    status, text, _ = Client(hurt)("GET", "/export", format=form)
    assert status == 200
    file = tmp_path / f"trail.{form}"
    file.write_text(text)
    found = verify_file(file)
    worst = found.verdict.findings[0]
    assert (worst.n, worst.fault) == (HURT, "edited")
    assert (found.verdict.entries, found.last) == (COUNT, COUNT)


def test_a_commit_whose_entry_is_damaged_is_not_chained_again(hurt: Trail) -> None:
    spoil(hurt, body="null")
    hurt.clock.forward(timedelta(hours=2))
    hurt.tick("audit.find-gaps")
    assert len(hurt.entries()) == COUNT
    assert hurt.events("audit.gap.found.v1") == []

"""From a commit to a signed head and out of the door: the trail over HTTP, gaps, and what others hear."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.audit.adapters.offline import keys_of, verify_file, verify_proof, without_more
from functions.audit.service import export
from functions.audit.service.verify import AT_ONCE
from steward.edge.resources import bind
from steward.errors import BadInput
from steward.identity import Role
from steward.identity.directory import KEYS, new_key
from steward.store.records import Key, Put, Transaction
from tests.functional.audit.trails import BY_ID, Guest, Trail

HOUR = timedelta(hours=1)


class Client:
    """Requests to the audit API with a key."""

    def __init__(self, trail: Trail, role: Role = Role.ADMIN, tenant: str = "acme") -> None:
        self._trail = trail
        # Put there without a trace: the trail is to hold what the test writes.
        self._key, kept = new_key(tenant=tenant, role=role, name="test", now=trail.clock())
        place = Key("directory", tenant, KEYS.name, KEYS.id(kept))
        write = Put(place, None, 1, kept.model_dump_json())
        now = int(trail.clock().timestamp())
        assert trail.pump.store.commit([Transaction("key", tenant, now, (write,))]) == [None]
        trail.pump.ports.forget()

    def __call__(
        self, method: str, path: str, body: Any = None, **query: Any
    ) -> tuple[int, Any, Mapping[str, str]]:
        event = self.event(method, f"/api/v1/audit{path}", body, **query)
        answer = self._trail.pump.invoke("audit.audit-api", event)
        self._trail.pump.drain()
        text = answer.get("body") or ""
        kind = str(answer["headers"].get("Content-Type", ""))
        return (
            int(answer["statusCode"]),
            json.loads(text) if "json" in kind and "jsonl" not in kind else text,
            answer["headers"],
        )

    def event(self, method: str, route: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """The request as a function is called with it."""
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": route,
            "rawQueryString": "&".join(f"{k}={v}" for k, v in query.items()),
            "headers": {
                "authorization": f"Bearer {self._key}",
                "content-type": "application/json",
                "host": "127.0.0.1",
            },
            "queryStringParameters": {k: str(v) for k, v in query.items()} or None,
            "requestContext": {
                "http": {"method": method, "path": route, "sourceIp": "192.0.2.9"},
                "requestId": "request-1",
                "stage": "$default",
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }


@pytest.fixture
def admin(trail: Trail) -> Client:
    return Client(trail)


def numbers(answer: tuple[int, Any, Any]) -> list[int]:
    assert answer[0] == 200, answer[1]
    return [item["n"] for item in answer[1]["items"]]


def test_entries_are_found_by_whatever_they_say(trail: Trail, admin: Client) -> None:
    trail.write(Guest(id="g1", name="x", room=1, note="penthouse"), actor="user:ann")
    trail.clock.forward(HOUR)
    trail.write(Guest(id="g2", name="x", room=2), actor="service:booking")
    trail.clock.forward(HOUR)
    trail.write(Guest(id="g2", name="x", room=3), actor="user:ann")
    trail.pump.drain()
    assert numbers(admin("GET", "/entries")) == [3, 2, 1]
    assert numbers(admin("GET", "/entries", actor="user:ann")) == [3, 1]
    assert numbers(admin("GET", "/entries", verb="put")) == [3]
    assert numbers(admin("GET", "/entries", resource="hotel/guests/g2")) == [3, 2]
    assert numbers(admin("GET", "/entries", resource="g1")) == [1]
    assert numbers(admin("GET", "/entries", resource="hotel/other")) == []
    assert numbers(admin("GET", "/entries", request="req-g1")) == [1]
    assert numbers(admin("GET", "/entries", text="PENTHOUSE")) == [1]
    assert numbers(admin("GET", "/entries", since="2026-03-02T13:00:00Z")) == [3, 2]
    assert numbers(admin("GET", "/entries", until="2026-03-02T13:00:00Z")) == [2, 1]
    assert numbers(admin("GET", "/entries", actor="user:ann", verb="add")) == [1]


def test_a_list_goes_on_by_its_cursor_to_the_end(trail: Trail, admin: Client) -> None:
    trail.fill(23)
    seen, cursor = [], None
    while True:
        query = {"limit": 5, "verb": "add"} | ({"cursor": cursor} if cursor else {})
        answer = admin("GET", "/entries", **query)
        seen += numbers(answer)
        cursor = answer[1]["cursor"]
        if cursor is None:
            break
    assert seen == list(range(23, 0, -1))


def test_a_summary_counts_who_did_what(trail: Trail, admin: Client) -> None:
    trail.fill(4)
    trail.write(Guest(id="g1", name="x", room=9), actor="service:booking")
    trail.pump.drain()
    _, found, _ = admin("GET", "/summary")
    assert (found["entries"], found["whole"], found["first"], found["last"]) == (5, True, 1, 5)
    assert found["by_actor"] == {"user:ann": 4, "service:booking": 1}
    assert found["by_verb"] == {"add": 4, "put": 1}
    assert found["by_resource"] == {"hotel/guests": 5}


def test_opening_an_entry_shows_what_is_sealed_and_leaves_an_entry(
    trail: Trail, admin: Client
) -> None:
    trail.write(Guest(id="ann", name="Ann", room=1))
    trail.pump.drain()
    _, closed, _ = admin("GET", "/entries/1")
    assert closed["content"]["entries"][0]["after"]["name"]["sealed"] == "user:ann"
    status, opened, _ = admin("POST", "/entries/1/open", {})
    assert status == 200
    assert opened["content"]["entries"][0]["after"]["name"] == "Ann"
    assert opened["content"]["request"]["ip"] == "192.0.2.7"
    (left,) = [c for c in trail.contents() if c["function"] == "audit.audit-api"]
    assert (left["entries"][0]["collection"], left["entries"][0]["after"]["kind"]) == (
        "requests",
        "opening",
    )


def test_an_entry_that_is_not_there_is_not_found(trail: Trail, admin: Client) -> None:
    trail.fill(1)
    for path in ("/entries/2", "/entries/0", "/entries/2/proof", "/entries/1/proof"):
        assert admin("GET", path)[0] == 404
    assert admin("GET", "/jobs/none")[0] == 404
    assert admin("GET", "/entries/x")[0] == 422


def test_verifying_says_what_is_wrong_tells_others_once_and_leaves_an_entry(
    trail: Trail, admin: Client
) -> None:
    trail.fill(9)
    trail.sign()
    _, job, _ = admin("POST", "/verify", {})
    assert (job["status"], job["intact"], job["checked"], job["covered"]) == ("done", True, 9, 9)
    changed = trail.tamper(
        "UPDATE items SET body = replace(body, '\\\"room\\\":5', '\\\"room\\\":6') "
        "WHERE collection = 'entries'"
    )
    assert changed
    trail.clock.forward(HOUR)
    for _ in range(2):
        _, job, _ = admin("POST", "/verify", {})
        assert [(f["n"], f["fault"]) for f in job["findings"]] == [(5, "edited")]
    assert admin("GET", f"/jobs/{job['id']}")[1] == job
    (told,) = trail.events("audit.verification.failed.v1")
    assert (told["n"], told["fault"]) == (5, "edited")
    asked = [c for c in trail.contents() if c["function"] == "audit.audit-api"]
    assert [c["entries"][0]["after"]["kind"] for c in asked] == ["verification"] * 3


def test_a_long_trail_is_verified_by_a_job(
    trail: Trail, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.audit.service.jobs.AT_ONCE", 5)
    assert AT_ONCE == 20_000
    trail.fill(9)
    trail.sign()
    status, job, headers = admin("POST", "/verify", {})
    assert (status, job["status"], job["total"]) == (202, "waiting", 9)
    assert headers["Location"] == f"/api/v1/audit/jobs/{job['id']}"
    _, job, _ = admin("GET", f"/jobs/{job['id']}")
    # The tenth is the entry about this very request.
    assert (job["status"], job["intact"], job["checked"], job["covered"]) == ("done", True, 10, 9)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_is_verified_offline_and_a_changed_one_is_not(
    trail: Trail, admin: Client, form: Any, tmp_path: Path
) -> None:
    trail.fill(12)
    trail.sign()
    status, text, _ = admin("GET", "/export", format=form)
    assert status == 200
    file, pem = tmp_path / f"trail.{form}", tmp_path / "key.pem"
    file.write_text(text)
    pem.write_text(admin("GET", "/keys")[1]["items"][0]["pem"])
    found = verify_file(file, keys_of([pem]))
    assert (found.verdict.intact, found.verdict.entries, found.verdict.covered) == (True, 12, 12)
    assert (found.pinned, found.first, found.last) == (True, 1, 12)
    quote = '""' if form == "csv" else '"'
    changed = text.replace(f"{quote}room{quote}:7", f"{quote}room{quote}:8")
    assert changed != text
    file.write_text(changed)
    assert [(f.n, f.fault) for f in verify_file(file).verdict.findings] == [(7, "edited")]


def test_an_export_comes_in_parts_that_fit_together(
    trail: Trail, admin: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST", 2000)
    trail.fill(12)
    trail.sign()
    trail.fill(3, start=13)
    trail.sign()
    whole, place, parts = "", dict[str, Any](), 0
    while True:
        _, text, _ = admin("GET", "/export", last=15, **place)
        body, more = without_more(text, "jsonl")
        whole, parts = whole + body, parts + 1
        if not more:
            break
        place |= more
    assert parts > 4
    (tmp_path / "trail.jsonl").write_text(whole)
    found = verify_file(tmp_path / "trail.jsonl").verdict
    assert (found.intact, found.entries, found.heads, found.covered) == (True, 15, 2, 15)


def test_a_proof_convinces_an_outsider_of_its_entry_and_of_no_other(
    trail: Trail, admin: Client, tmp_path: Path
) -> None:
    trail.fill(11)
    trail.sign()
    status, proof, _ = admin("GET", "/entries/6/proof")
    assert status == 200
    file, pem = tmp_path / "proof.json", tmp_path / "key.pem"
    pem.write_text(admin("GET", "/keys")[1]["items"][0]["pem"])
    file.write_text(json.dumps(proof))
    assert verify_proof(file, keys_of([pem])) == ("acme", 6, "", trail.key.id, True)
    for change in (
        {"entry": {**proof["entry"], "content": {**proof["entry"]["content"], "who": "x"}}},
        {"index": 4},
        {"path": proof["path"][1:]},
        {"head": {**proof["head"], "merkle_root": "0" * 64}},
        {"size": 12},
    ):
        file.write_text(json.dumps(proof | change))
        assert verify_proof(file, keys_of([pem])).fault
    file.write_text("{}")
    with pytest.raises(BadInput, match="no proof"):
        verify_proof(file)


def test_a_viewer_of_another_tenant_sees_nothing_of_this_one(trail: Trail) -> None:
    trail.fill(3)
    stranger = Client(trail, tenant="rival")
    assert numbers(stranger("GET", "/entries")) == []
    assert stranger("GET", "/entries/1")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/verify"), ("GET", "/export"), ("POST", "/entries/1/open"), ("GET", "/jobs/x")],
)
def test_a_viewer_may_not_take_the_trail_out(trail: Trail, method: str, path: str) -> None:
    trail.fill(1)
    assert Client(trail, Role.VIEWER)(method, path, {})[0] == 403


def test_heads_follow_each_other_and_are_under_lock(trail: Trail, admin: Client) -> None:
    for n in range(3):
        trail.fill(4, start=1 + 4 * n)
        trail.sign(HOUR)
    trail.sign(HOUR)  # nothing new: nothing to sign
    _, found, _ = admin("GET", "/heads")
    heads = found["items"][::-1]
    assert [(h["seq"], h["first"], h["last"]) for h in heads] == [(1, 1, 4), (2, 5, 8), (3, 9, 12)]
    files = sorted((trail.data / "objects" / "audit" / "tenants" / "acme" / "heads").glob("*.json"))
    assert [json.loads(file.read_text())["head"] for file in files] == heads


def test_a_chain_that_was_tampered_with_is_not_signed_but_told_of(trail: Trail) -> None:
    trail.fill(6)
    trail.tamper(
        "UPDATE items SET body = replace(body, 'user:ann', 'user:eve') WHERE s1 = ?", f"{4:012d}"
    )
    trail.sign()
    trail.sign(HOUR)
    assert not (trail.data / "objects" / "audit" / "tenants" / "acme" / "heads").exists()
    (told,) = trail.events("audit.verification.failed.v1")
    assert (told["n"], told["found_by"]) == (4, "sign-heads")


def test_a_crash_between_lock_and_commit_signs_the_same_head_again(trail: Trail) -> None:
    trail.fill(4)
    trail.sign()
    trail.tamper("DELETE FROM items WHERE collection IN ('heads', 'signing')")
    trail.fill(3, start=5)
    trail.sign(HOUR)
    assert [row[0] for row in trail.rows("SELECT id FROM items WHERE collection = 'heads'")] == [
        f"{seq:012d}" for seq in (1, 2)
    ]
    assert trail.verdict().covered == 7


def test_a_commit_that_never_reached_the_trail_is_told_of_once_and_chained(trail: Trail) -> None:
    trail.fill(2)
    lost = trail.write(Guest(id="lost", name="x", room=1))
    trail.tamper("DELETE FROM messages")
    trail.pump.close()
    again = Trail(trail.data, clock=trail.clock)
    trail.pump = again.pump
    trail.tick("audit.find-gaps")
    assert len(trail.contents()) == 2  # not ripe: it may be on its way
    for _ in range(3):
        trail.clock.forward(HOUR)
        trail.tick("audit.find-gaps")
    assert trail.contents()[-1]["commit"] == lost
    (told,) = trail.events("audit.gap.found.v1")
    assert (told["commit"], told["table"], told["healed"]) == (lost, "hotel", True)
    assert trail.verdict().intact


def test_a_commit_whose_audit_part_is_lost_as_well_is_told_of_once(trail: Trail) -> None:
    lost = trail.write(Guest(id="lost", name="x", room=1))
    trail.tamper("DELETE FROM messages")
    trail.tamper("UPDATE items SET body = '{}' WHERE collection = 'outbox' AND id = ?", lost)
    trail.tamper(
        "UPDATE items SET body = ? WHERE collection = 'outbox' AND id = ?",
        json.dumps({"claim": "claims/acme/none.json"}),
        lost,
    )
    for _ in range(3):
        trail.clock.forward(HOUR)
        trail.tick("audit.find-gaps")
    (told,) = trail.events("audit.gap.found.v1")
    assert (told["commit"], told["healed"]) == (lost, False)


def test_the_functions_may_do_what_their_manifest_says_and_no_more(trail: Trail) -> None:
    resources = trail.pump.resources(BY_ID["audit.audit-api"])
    with bind(resources), pytest.raises(Exception, match="only read the public key"):
        resources.signers("audit").sign(b"x")
    with pytest.raises(Exception, match="outboxes are not among its uses"):
        resources.outboxes()

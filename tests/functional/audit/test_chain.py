"""Every commit becomes one entry, in order, whatever is delivered twice, late, or with a crash in between."""

from __future__ import annotations

import json
import random
import uuid
from datetime import timedelta
from typing import Any

from functions.audit.handlers import chain_entries
from functions.audit.model.chain import GENESIS, entry_hash
from functions.audit.model.seal import ERASED
from functions.audit.service.search import reveal
from steward.edge.resources import bind
from steward.errors import Transient
from steward.local.bus import post_event
from tests.functional.audit.trails import BY_ID, Guest, Trail
from tests.functional.audit.trails import TENANT as ACME

ANN = Guest(id="ann", name="Ann Canary", room=7, key="secret-canary")


def test_every_commit_is_an_entry_and_the_entries_have_no_gap(trail: Trail) -> None:
    trail.fill(23)
    entries = trail.entries()
    assert [entry["n"] for entry in entries] == list(range(1, 24))
    prev = GENESIS
    for entry in entries:
        assert entry["prev"] == prev
        prev = entry["hash"]
        assert prev == entry_hash(entry["prev"], entry["content"])


def test_an_entry_says_who_did_what_to_which_entity_when_and_from_where(trail: Trail) -> None:
    commit = trail.write(ANN, actor="service:booking")
    trail.write(ANN.model_copy(update={"room": 8}), actor="service:booking")
    trail.pump.drain()
    first, second = trail.contents()
    assert (first["n"], first["commit"], first["who"]) == (1, commit, "service:booking")
    assert (first["when"], first["function"]) == ("2026-03-02T12:00:00+00:00", "hotel.keep-room")
    assert (first["correlation"], first["causation"], first["tenant"]) == ("corr", "", ACME)
    assert first["request"] == {"id": "req-ann", "ip": "192.0.2.7", "user_agent": "browser"}
    (change,) = second["entries"]
    assert (change["verb"], change["table"], change["collection"]) == ("put", "hotel", "guests")
    assert (change["id"], change["before"]["room"], change["after"]["room"]) == ("ann", 7, 8)


def test_tenants_have_chains_of_their_own(trail: Trail) -> None:
    for n in range(9):
        trail.write(Guest(id=f"g{n}", name="x", room=n), tenant=("acme", "rival", "third")[n % 3])
    trail.pump.drain()
    for tenant in ("acme", "rival", "third"):
        assert [content["n"] for content in trail.contents(tenant)] == [1, 2, 3]
        assert {content["tenant"] for content in trail.contents(tenant)} == {tenant}


def test_no_secret_and_no_personal_data_is_readable_in_the_chain(trail: Trail) -> None:
    trail.write(ANN)
    trail.pump.drain()
    text = json.dumps(trail.entries())
    assert "canary" not in text.lower()
    assert "192.0.2.7" not in text


def _records(parts: list[str], tenant: str = ACME) -> dict[str, Any]:
    records = [
        {
            "messageId": f"m{n}",
            "body": body,
            "attributes": {"MessageGroupId": tenant, "ApproximateReceiveCount": "1"},
        }
        for n, body in enumerate(parts)
    ]
    return {"Records": records}


def _parts(trail: Trail, count: int) -> list[str]:
    for n in range(count):
        trail.write(Guest(id=f"g{n}", name="x", room=n))
    return [body for (body,) in trail.rows("SELECT body FROM messages ORDER BY id")]


def _deliver(trail: Trail, parts: list[str], tenant: str = ACME) -> list[str]:
    with bind(trail.pump.resources(BY_ID["audit.chain-entries"])):
        answer = chain_entries.handler(_records(parts, tenant), None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_duplicate_changes_nothing_however_it_is_shuffled(trail: Trail) -> None:
    parts = _parts(trail, 12)
    rng = random.Random(5)
    assert _deliver(trail, parts[:7]) == []
    before = trail.entries()
    for _ in range(6):
        batch = rng.choices(parts[:7], k=8)
        assert _deliver(trail, batch) == []
    assert trail.entries() == before
    assert _deliver(trail, [*parts[5:], *parts]) == []
    trail.pump.drain()
    assert [content["n"] for content in trail.contents()] == list(range(1, 13))
    assert len({content["commit"] for content in trail.contents()}) == 12


def test_a_malformed_part_goes_to_the_dead_letters_and_holds_up_nothing(trail: Trail) -> None:
    parts = _parts(trail, 3)
    other = json.dumps(json.loads(parts[0]) | {"tenant": "rival", "commit": "c9"})
    bad = ["no json", "[]", '{"commit": "c"}', other]
    trail.tamper("DELETE FROM messages")
    trail.pump.connection.execute("SELECT 1")
    for number, body in enumerate([parts[0], *bad, parts[1], parts[2]]):
        trail.tamper(
            "INSERT INTO messages (id, queue, tenant, body, sent, visible) VALUES (?, ?, ?, ?, 0, 0)",
            9000 + number,
            "audit.chain-entries",
            ACME,
            body,
        )
    trail.pump.runtime.backlogs["audit.chain-entries"].forget(range(100))
    trail.pump.runtime.start()
    trail.pump.drain()
    assert len(trail.contents()) == 3
    reasons = trail.rows("SELECT reason, error FROM dead_letters")
    assert len(reasons) == 4
    assert {reason for reason, _ in reasons} == {"bad-input"}


def test_what_cannot_be_chained_now_returns_with_all_that_follows(trail: Trail) -> None:
    parts = _parts(trail, 4)
    broken = trail.pump.resources(BY_ID["audit.chain-entries"])

    def unreachable(_: Any) -> Any:
        raise Transient("database out of reach")

    store = type("Gone", (), {"of": broken.store.of, "commit": staticmethod(unreachable)})()
    with bind(type(broken)(**{**_fields(broken), "store": store})):
        answer = chain_entries.handler(_records(parts), None)
    assert [f["itemIdentifier"] for f in answer["batchItemFailures"]] == ["m0", "m1", "m2", "m3"]
    trail.pump.drain()
    assert [content["n"] for content in trail.contents()] == [1, 2, 3, 4]


def test_a_commit_too_large_for_an_item_is_chained_with_its_content_under_lock(
    trail: Trail,
) -> None:
    trail.write(Guest(id="big", name="x", room=1, note="y" * 300_000))
    trail.fill(1)
    large, small = trail.entries()
    assert large["content"] is None
    assert large["place"].startswith(f"tenants/{ACME}/entries/")
    assert small["prev"] == large["hash"]
    trail.sign()
    assert trail.verdict().intact
    (path,) = (trail.data / "objects" / "audit" / "tenants" / ACME / "entries").glob("*.json")
    path.write_text(path.read_text().replace("yyy", "yyz", 1))
    assert [(f.n, f.fault) for f in trail.verdict().findings] == [(1, "edited")]


def test_numbers_that_canonical_json_cannot_hold_are_chained_as_text(trail: Trail) -> None:
    trail.write(Guest(id="big", name="x", room=2**60))
    trail.pump.drain()
    assert trail.contents()[0]["entries"][0]["after"]["room"] == str(2**60)
    assert trail.verdict().intact


def test_erasing_a_person_loses_the_data_and_leaves_the_chain_whole(trail: Trail) -> None:
    trail.write(ANN, actor="user:bob")
    trail.write(Guest(id="eve", name="Eve", room=1), actor="user:bob")
    trail.pump.drain()
    trail.sign()

    def names() -> list[Any]:
        def read(deps: Any) -> list[Any]:
            shown = [
                reveal(n, books=deps.books, archive=deps.archive, keys=deps.keys) for n in (1, 2)
            ]
            return [each.content["entries"][0]["after"]["name"] for each in shown]

        found: list[Any] = trail.within(read)
        return found

    assert names() == ["Ann Canary", "Eve"]
    before = trail.entries()
    for _ in range(2):  # delivered twice
        _erase(trail, "user:ann")
    assert names() == [ERASED, "Eve"]
    assert trail.entries()[:2] == before
    assert trail.verdict().intact
    persons = trail.rows("SELECT body FROM items WHERE collection = 'persons' AND id = 'user:ann'")
    assert json.loads(persons[0][0])["key"] is None


def test_what_still_arrives_about_an_erased_person_is_not_kept(trail: Trail) -> None:
    _erase(trail, "user:ann")
    trail.write(ANN)
    trail.pump.drain()
    content = trail.contents()[-1]
    assert content["entries"][0]["after"]["name"] == ERASED
    assert content["request"]["ip"] == ERASED
    assert trail.verdict().intact


def test_the_trails_own_bookkeeping_leaves_no_entry(trail: Trail) -> None:
    trail.fill(3)
    trail.sign()
    trail.clock.forward(timedelta(hours=1))
    trail.tick("audit.find-gaps")
    trail.pump.drain()
    assert len(trail.contents()) == 3
    assert trail.rows("SELECT count(*) FROM items WHERE collection = 'chained'")[0][0] == 1


def _erase(trail: Trail, person: str) -> None:
    event = {
        "specversion": "1.0",
        "id": f"erased-{uuid.uuid4()}",
        "source": "steward.identity",
        "type": "identity.person.erased.v1",
        "subject": person,
        "time": trail.clock().isoformat(),
        "tenantid": ACME,
        "correlationid": "c",
        "data": {"person": person, "request": "r1"},
    }
    assert post_event(event).tenant == ACME
    trail.pump.put_events(event)
    trail.pump.drain()


def _fields(resources: Any) -> dict[str, Any]:
    return {name: getattr(resources, name) for name in type(resources).__dataclass_fields__}

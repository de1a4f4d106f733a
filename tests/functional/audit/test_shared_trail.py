"""What a tenant's people change in the system tenant stands in its trail and in their own tenant's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.audit.model.seal import ERASED
from functions.audit.service.search import reveal
from steward.identity import SYSTEM
from steward.local.bus import post_event
from steward.manifest import load_function
from tests.functional.audit.test_trail_flow import Client
from tests.functional.audit.trails import TENANT, Guest, Trail

ASKED = {"id": "req-1", "ip": "192.0.2.7", "user_agent": "browser", "tenant": TENANT}


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    made = Trail(tmp_path, extra=(load_function("identity.trust-api"),))
    yield made
    made.close()


def write(trail: Trail, *, note: str = "", **asked: str) -> str:
    guest = Guest(id="g1", name="x", room=1, note=note)
    return trail.write(guest, tenant=SYSTEM, actor="user:ann", request={**ASKED, **asked})


def test_the_entry_is_in_both_trails_and_says_in_one_alone_from_where(trail: Trail) -> None:
    commit = write(trail)
    trail.pump.drain()
    (shared,), (own,) = trail.contents(SYSTEM), trail.contents(TENANT)
    assert (shared["commit"], own["commit"]) == (commit, commit)
    assert (shared["who"], shared["tenant"], own["tenant"]) == ("user:ann", SYSTEM, TENANT)
    assert shared["entries"][0]["after"] | {"name": ""} == own["entries"][0]["after"] | {"name": ""}
    assert shared["request"] == {"id": "req-1", "tenant": TENANT}
    assert own["request"]["ip"]["sealed"] == "user:ann"
    trail.sign()
    assert trail.verdict().intact
    assert trail.verdict(tenant=SYSTEM).intact


def test_what_the_systems_own_people_do_stands_in_its_trail_alone(trail: Trail) -> None:
    write(trail, tenant=SYSTEM)
    trail.write(Guest(id="g2", name="x", room=1), tenant="rival", request=ASKED)
    trail.pump.drain()
    assert len(trail.contents(SYSTEM)) == 1
    assert trail.contents(SYSTEM)[0]["request"]["ip"]["sealed"] == "user:ann"
    assert trail.contents(TENANT) == []
    assert len(trail.contents("rival")) == 1


def test_a_person_is_erased_from_where_their_tenant_keeps_it(trail: Trail) -> None:
    write(trail)
    trail.pump.drain()
    assert shown(trail)["request"]["ip"] == "192.0.2.7"
    event = {
        "specversion": "1.0",
        "id": "erased-1",
        "source": "steward.identity",
        "type": "identity.person.erased.v1",
        "subject": "user:ann",
        "time": trail.clock().isoformat(),
        "tenantid": TENANT,
        "correlationid": "c",
        "data": {"person": "user:ann", "request": "r1"},
    }
    assert post_event(event).tenant == TENANT
    trail.pump.put_events(event)
    trail.pump.drain()
    assert shown(trail)["request"]["ip"] == ERASED
    stored = json.dumps(trail.rows("SELECT body FROM items WHERE space = 'audit'"))
    assert "192.0.2.7" not in stored


def shown(trail: Trail) -> Any:
    def read(deps: Any) -> Any:
        return reveal(1, books=deps.books, archive=deps.archive, keys=deps.keys).content

    return trail.within(read)


def test_a_part_too_large_for_a_message_reaches_both(trail: Trail) -> None:
    write(trail, note="y" * 300_000)
    trail.pump.drain()
    for tenant in (SYSTEM, TENANT):
        (entry,) = trail.entries(tenant)
        assert entry["place"].startswith(f"tenants/{tenant}/entries/")
        trail.sign()
        assert trail.verdict(tenant=tenant).intact


def test_a_part_that_never_reached_one_of_the_two_is_chained_there(trail: Trail) -> None:
    commit = write(trail)
    trail.tamper("DELETE FROM messages WHERE tenant = ?", TENANT)
    trail.pump.close()
    trail.pump = Trail(trail.data, clock=trail.clock, extra=trail.extra).pump
    trail.pump.drain()
    assert (len(trail.contents(SYSTEM)), len(trail.contents(TENANT))) == (1, 0)
    for _ in range(2):
        trail.clock.forward(timedelta(hours=1))
        trail.tick("audit.find-gaps")
    (healed,) = trail.contents(TENANT)
    assert (healed["commit"], healed["tenant"]) == (commit, TENANT)
    assert len(trail.contents(SYSTEM)) == 1
    assert [told["commit"] for told in trail.events("audit.gap.found.v1")] == [commit]


def test_an_issuer_that_an_admin_trusts_is_in_their_own_trail(trail: Trail) -> None:
    admin = Client(trail)
    answer = trail.pump.invoke("identity.trust-api", admin.event("POST", _ISSUERS, _ISSUER))
    assert answer["statusCode"] == 200, answer
    trail.pump.drain()
    place = f"directory/issuers/{json.loads(answer['body'])['id']}"
    assert [resource(content) for content in trail.contents()] == [place]
    assert place in [resource(content) for content in trail.contents(SYSTEM)]
    _, found, _ = admin("GET", "/entries", resource=place)
    assert [entry["n"] for entry in found["items"]] == [1]


_ISSUERS = "/api/v1/identity/issuers"
_ISSUER = {
    "issuer": "https://login.example",
    "audience": "steward",
    "jwks_uri": "https://login.example/jwks",
}


def resource(content: Any) -> str:
    change = content["entries"][0]
    return f"{change['table']}/{change['collection']}/{change['id']}"

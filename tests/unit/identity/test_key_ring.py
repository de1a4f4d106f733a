"""Laws of API keys: shown once, kept as a hash, refused when revoked or expired."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from steward.errors import BadInput, NotFound, StewardError, Unauthenticated
from steward.identity import Caller, Grant, Role
from steward.identity.credentials import Approach, caller_of
from steward.identity.directory import hash_key
from steward.identity.keys import KeyRing
from tests.edge_world import EdgeWorld, edge_world


@pytest.fixture
def world(tmp_path: Path) -> EdgeWorld:
    return edge_world(tmp_path)


@pytest.fixture
def ring(world: EdgeWorld) -> KeyRing:
    return KeyRing(world.resources.store, world.clock)


def caller(world: EdgeWorld, plaintext: str) -> Caller:
    approach = Approach("GET", {"authorization": f"Bearer {plaintext}"}, {}, "203.0.113.9")
    resources = world.resources
    return caller_of(
        approach, known=resources.directory, tokens=resources.tokens, now=world.clock()
    )


def test_an_issued_key_opens_the_door_for_its_tenant_and_role(
    world: EdgeWorld, ring: KeyRing
) -> None:
    plaintext, _ = ring.issue(tenant="acme", role=Role.VIEWER, name="ci")
    found = caller(world, plaintext)
    assert (found.tenant, found.grants) == ("acme", (Grant(role=Role.VIEWER),))


def test_the_plaintext_is_kept_nowhere(tmp_path: Path, ring: KeyRing) -> None:
    plaintext, _ = ring.issue(tenant="acme", role=Role.ADMIN, name="ci")
    with closing(sqlite3.connect(tmp_path / "steward.db")) as connection:
        bodies = " ".join(body for (body,) in connection.execute("SELECT body FROM items"))
    assert hash_key(plaintext) in bodies
    assert plaintext not in bodies
    assert plaintext[10:] not in bodies


def test_a_revoked_key_is_refused_and_leaves_an_audit_entry(
    world: EdgeWorld, ring: KeyRing
) -> None:
    plaintext, kept = ring.issue(tenant="acme", role=Role.ADMIN, name="ci")
    ring.revoke("acme", kept.hash[:10])
    with pytest.raises(Unauthenticated, match="revoked"):
        caller(world, plaintext)
    verbs = [entry["verb"] for item in world.outbox() for entry in item["audit"]]
    assert sorted(verbs) == ["add", "put"]


def test_a_key_is_refused_from_its_expiry_on(world: EdgeWorld, ring: KeyRing) -> None:
    until = world.clock() + timedelta(days=1)
    plaintext, _ = ring.issue(tenant="acme", role=Role.ADMIN, name="ci", expires_at=until)
    world.clock.forward(timedelta(days=1))
    with pytest.raises(Unauthenticated, match="expired"):
        caller(world, plaintext)


def test_keys_are_listed_and_revoked_within_their_tenant_only(ring: KeyRing) -> None:
    _, ours = ring.issue(tenant="acme", role=Role.ADMIN, name="ours")
    ring.issue(tenant="rival", role=Role.ADMIN, name="theirs")
    assert [key.name for key in ring.of("acme")] == ["ours"]
    for start in ("", "zz", ours.hash[:12]):
        with pytest.raises(NotFound):
            ring.revoke("rival", start)


@pytest.mark.parametrize(
    "tenant", ["", "UPPER", "a#b", "a*", "a?b", "x" * 65, "a\nb", "t\u0435nant"]
)
def test_a_tenant_name_that_would_blur_a_key_is_refused(ring: KeyRing, tenant: str) -> None:
    with pytest.raises(StewardError, match="tenant"):
        ring.issue(tenant=tenant, role=Role.ADMIN, name="ci")


def test_a_key_that_would_be_dead_on_arrival_is_refused(world: EdgeWorld, ring: KeyRing) -> None:
    with pytest.raises(BadInput, match="is past"):
        ring.issue(tenant="acme", role=Role.ADMIN, name="ci", expires_at=world.clock())

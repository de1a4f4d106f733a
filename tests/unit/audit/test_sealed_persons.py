"""Laws of whose data an audit part holds."""

from __future__ import annotations

from functions.audit.model.seal import personal


def test_the_address_is_of_whoever_is_behind_a_borrowed_identity() -> None:
    request = {"id": "r1", "ip": "192.0.2.7", "on_behalf_of": "user:boss"}
    part = {"actor": "user:ada", "request": request, "audit": []}
    assert list(personal(part)) == [("user:boss", request, "ip")]
    own = {"actor": "user:ada", "request": {"ip": "192.0.2.7"}, "audit": []}
    assert [found[0] for found in personal(own)] == ["user:ada"]

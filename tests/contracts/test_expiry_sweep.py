"""Expired items leave every SQL store, and nothing else does."""

from __future__ import annotations

import time

import pytest

from steward.store.records import Key, Put, Transaction
from steward.store.sql import SqlStore
from tests.contracts.backends import Backend


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
def test_a_sweep_removes_the_expired_items_of_every_tenant_and_only_those(
    backend: Backend,
) -> None:
    store, now = backend.store, int(time.time())
    assert isinstance(store, SqlStore)
    for tenant in ("acme", "other"):
        writes = tuple(
            Put(Key("alpha", tenant, "things", id_), None, 1, "{}", (), expires)
            for id_, expires in (("late", now - 10), ("later", now + 900), ("never", None))
        )
        made = Transaction(f"c-{tenant}", tenant, now - 100, writes)
        assert store.commit([made]) == [None]
    assert store.sweep(now=now) == 2
    left = sorted((item.tenant, item.id) for item in backend.items())
    assert left == [
        ("acme", "later"),
        ("acme", "never"),
        ("other", "later"),
        ("other", "never"),
    ]

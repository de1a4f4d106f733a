"""Laws of the tenant that a secret names: what anybody may send leads to a look-up of a tenant at most."""

from __future__ import annotations

import pytest

from steward.identity.directory import MAX_TENANT, new_secret, tenant_in


def test_a_secret_names_its_tenant() -> None:
    assert tenant_in(new_secret("acme")) == "acme"
    assert tenant_in(new_secret("a" * MAX_TENANT)) == "a" * MAX_TENANT


@pytest.mark.parametrize("secret", ["", "acme", "acme.", "a" * 64 + ".x", "a" * 3000 + ".x"])
def test_what_no_tenant_can_be_called_is_not_looked_up(secret: str) -> None:
    assert tenant_in(secret) is None

"""Whose costs a caller may see: decided by account, and by the tags that policies go by."""

from __future__ import annotations

from typing import Final, NamedTuple

from steward.identity.items import Facts

_PROVIDERS: Final = (
    ("amazon", "aws"),
    ("aws", "aws"),
    ("microsoft", "azure"),
    ("azure", "azure"),
    ("google", "gcp"),
)
KINDS: Final = 20_000
"""Combinations of account and telling tags that one answer is decided for."""


class Kin(NamedTuple):
    """What rows have in common that access is decided by; the provider is as the bill names it."""

    provider: str
    account: str
    tags: tuple[tuple[str, str], ...] = ()

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts("", provider_of(self.provider), self.account, dict(self.tags))


class Seen(NamedTuple):
    """The kinds of rows that the caller may see, told apart by these tag keys."""

    tags: tuple[str, ...]
    kinds: tuple[Kin, ...]


def provider_of(name: str) -> str:
    """The cloud that a bill's ``ServiceProviderName`` means; other names in lower case."""
    folded = name.lower()
    return next((ours for part, ours in _PROVIDERS if part in folded), folded)

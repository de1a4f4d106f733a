"""What the installation says of itself: its public address, and how it signs people in."""

from __future__ import annotations

import os
from functools import lru_cache

from functions.identity.model.sign_in_settings import SETTING, SignInSettings, settings_of
from steward.edge.armour import NONE

PUBLIC_URL = "STEWARD_PUBLIC_URL"
EMBEDDED_URL = "http://localhost:8787"


def settings(environment: str) -> SignInSettings:
    """The settings; without a word there are local accounts when embedded, and none in a cloud."""
    return _settings(_said(SETTING), environment == "embedded")


def public_url(environment: str, domain: str) -> str:
    """The address that people know this installation by: as set, else that of its gateway.

    Embedded, the Host header has no say in it: it is the caller's word.
    """
    said = _said(PUBLIC_URL).rstrip("/")
    if said:
        return said
    return EMBEDDED_URL if environment == "embedded" else f"https://{domain}"


def _said(name: str) -> str:
    said = os.environ.get(name, NONE)
    return "" if said == NONE else said


@lru_cache(maxsize=8)
def _settings(text: str, local: bool) -> SignInSettings:  # noqa: FBT001  # a cache's key
    return settings_of(text, local_accounts=local)

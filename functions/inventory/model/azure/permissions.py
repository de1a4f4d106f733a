"""What a reader of Azure may do, by the permissions that its roles give it.

Source: Azure RBAC, "Understand Azure role definitions": actions less notActions, with wildcards, of each
assignment; what any of them gives is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from functions.inventory.model.azure.types import KNOWN

ALWAYS: Final = (
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Insights/metrics/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resources/read",
)


def wanted() -> tuple[str, ...]:
    """All that a sweep reads: Resource Graph shows nobody what they may not read."""
    types = (f"{space}/{one}/read" for space, below in KNOWN.items() for one in below.split())
    return tuple(dict.fromkeys((*ALWAYS, *types)))


def missing(permissions: Iterable[Mapping[str, Any]]) -> tuple[list[str], int]:
    """The actions that no assignment gives, and how many were looked at."""
    given = list(permissions)
    actions = wanted()
    return [one for one in actions if not any(_gives(each, one) for each in given)], len(actions)


def _gives(permission: Mapping[str, Any], action: str) -> bool:
    allowed = _any(tuple(permission.get("actions") or ()))
    refused = _any(tuple(permission.get("notActions") or ()))
    return bool(allowed.fullmatch(action)) and not refused.fullmatch(action)


@lru_cache(maxsize=64)
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # An empty alternative matches the empty text alone, which no action is.
    each = (re.escape(one).replace(r"\*", ".*") for one in patterns)
    return re.compile("|".join(f"(?:{one})" for one in each), re.IGNORECASE)

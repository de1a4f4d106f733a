"""ARM ids taken apart: whose resource, in which group, of which type.

Source: Azure Resource Manager, "resource functions for ARM templates", resourceId: an id is a scope and
then, once or more, ``/providers/<namespace>/<type>/<name>[/<type>/<name>...]``; letter case says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from functions.inventory.model.azure.types import spelt

_SCOPE = re.compile(r"/subscriptions/([^/]+)(?:/resourcegroups/([^/]+))?", re.IGNORECASE)
_PROVIDERS = re.compile(r"/providers/", re.IGNORECASE)
GROUPS, SUBSCRIPTIONS = "Microsoft.Resources/resourceGroups", "Microsoft.Resources/subscriptions"


class ArmId(NamedTuple):
    """The parts of an ARM id; ``subscription`` is empty for what belongs to a whole directory."""

    text: str
    subscription: str
    group: str
    type: str
    name: str

    @property
    def key(self) -> str:
        """What makes two spellings the same resource."""
        return self.text.lower()


def arm_id(text: str) -> ArmId | None:
    """The parts of an ARM id, or None when the text is none."""
    whole = "/" + text.strip("/")
    scope = _SCOPE.match(whole)
    subscription, group = (scope[1].lower(), scope[2] or "") if scope else ("", "")
    *_, last = _PROVIDERS.split(whole)
    if last == whole:
        return _container(whole, subscription, group)
    namespace, *words = last.split("/")
    types, names = words[0::2], words[1::2]
    if not types or len(types) != len(names):
        return None
    return ArmId(whole, subscription, group, spelt("/".join([namespace, *types])), names[-1])


def _container(whole: str, subscription: str, group: str) -> ArmId | None:
    scope = _SCOPE.fullmatch(whole)
    if scope is None:
        return None
    if group:
        return ArmId(whole, subscription, group, GROUPS, group)
    return ArmId(whole, subscription, "", SUBSCRIPTIONS, subscription)

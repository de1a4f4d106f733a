"""A message that is understood and of no consequence."""

from __future__ import annotations

from functions.inventory.model.resource import Frozen


class Ignored(Frozen):
    """Why a message changes nothing."""

    reason: str

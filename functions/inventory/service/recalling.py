"""Telling once more what is known, for those who judge by other rules than before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from functions.inventory.model.resource import Resource
from steward.contracts.event import Event
from steward.contracts.inventory import RecallContinued, ResourceRecalled
from steward.store.work import Entities

AT_ONCE: Final = 25
"""Resources of one message: each is told whole."""


def recall(
    asked: RecallContinued, *, resources: Entities[Resource], publish: Callable[[Event], None]
) -> None:
    """Tell the next resources of the types; what one commit does not take follows in another."""
    if not asked.types:
        return
    kind, *others = asked.types
    page = resources.query(index="by_type", key=kind, after=asked.cursor, limit=AT_ONCE, keep=False)
    for one in page.items:
        if not asked.accounts or one.subject.account in asked.accounts:
            publish(ResourceRecalled(resource=one.view(), reason=asked.reason))
    if page.cursor is not None:
        publish(asked.model_copy(update={"cursor": page.cursor}))
    elif others:
        publish(asked.model_copy(update={"types": tuple(others), "cursor": None}))

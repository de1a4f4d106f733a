"""Judging by versions in shadow: recorded, and never a finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.policy.model.evaluation import Evaluation
from functions.policy.model.facts import facts
from functions.policy.model.rulebook.book import MOST_SHADOWS, Rulebook
from functions.policy.model.rulebook.overlay import Overlay
from functions.policy.model.rulebook.shadow import Difference, Shadow, noted, shadow_id
from steward.contracts.inventory import ResourceView
from steward.errors import NotFound
from steward.identity.items import Facts
from steward.store.collection import Page
from steward.store.work import Entities


class ShadowView(BaseModel):
    """A resource on which a version in shadow and the rule in force are to be compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    difference: Difference
    resource_id: str
    resource_type: str
    name: str
    provider: str
    account: str
    region: str
    shadow: str
    force: str
    message: str
    at: AwareDatetime

    def facts(self) -> Facts:
        """What access is decided by: the resource's place."""
        return Facts(self.resource_id, self.provider, self.account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowing:
    """What a tenant's versions in shadow say, in one Work."""

    shadows: Entities[Shadow]
    now: datetime

    def judge(self, resource: ResourceView, pack: Overlay, evaluation: Evaluation) -> None:
        """Note what each version in shadow says of a resource as it was just evaluated."""
        for entry, rule in islice(pack.shadows(resource.type), MOST_SHADOWS):
            id_ = shadow_id(entry.rule_id, resource.id)
            known = self.shadows.get(id_)
            gone = evaluation.deleted_at is not None
            verdict = rule.judge(facts(resource), self.now, partial=resource.partial is not None)
            number = entry.number("shadow")
            fresh = noted(rule.id, number, resource, verdict, evaluation, self.now)
            if fresh is not None and not gone:
                self.shadows.put(fresh)
            elif known is not None:
                self.shadows.delete(id_)

    def report(
        self, book: Rulebook, rule_id: str, *, cursor: str | None, limit: int
    ) -> Page[ShadowView]:
        """The resources of which the rule's version in shadow says something, by what would change.

        Raises:
            NotFound: no version of the rule is in shadow.
        """
        entry = book.entries.get(rule_id)
        if entry is None or entry.shadow is None:
            raise NotFound(f"rule {rule_id[:80]!r}: no version of it is in shadow; place one there")
        key = f"{rule_id}@{entry.shadow.number}"
        page = self.shadows.query(index="by_version", key=key, after=cursor, limit=limit)
        return Page(tuple(_view(one) for one in page.items), page.cursor)


def _view(one: Shadow) -> ShadowView:
    return ShadowView(difference=one.difference, **one.model_dump(exclude={"rule_id", "number"}))

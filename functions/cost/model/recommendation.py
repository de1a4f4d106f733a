"""A recommendation: what a check found on a resource, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.cost.model.checks.case import Basis, Saving
from functions.cost.model.checks.check import AdviceCategory, AdviceLevel, Check
from functions.cost.model.checks.kept import Kept
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Collection, Index, Retention

_HOT: Final = 4
_HIGHEST: Final = Decimal(10) ** 12


class AdviceStanding(StrEnum):
    """Where a recommendation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    """Somebody will do it; from then on the bill is watched."""
    DISMISSED = "dismissed"
    DONE = "done"
    """It was accepted, and the resource has changed so that it fits no more."""
    GONE = "gone"
    """It fits no more, and nobody had accepted it."""


class Proof(StrEnum):
    """What the bill says of a saving."""

    PENDING = "pending"
    VERIFIED = "verified"
    PARTIAL = "partial"
    NONE = "none"


class Verification(BaseModel):
    """The cost of a month before and after, as billed; ``days`` were billed after the change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    proof: Proof = Proof.PENDING
    before: Decimal | None = None
    after: Decimal | None = None
    saved: Decimal | None = None
    days: int = 0
    until: AwareDatetime | None = None


class Recommendation(BaseModel):
    """What could cost less by ``saving`` a month, of the ``cost`` a month that it has now.

    ``basis`` says what the saving is reckoned from; ``evidence`` has the figures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    check: str
    title: str
    category: AdviceCategory
    resource_id: str
    resource_type: str
    resource_name: str
    provider: str
    account: str
    region: str
    tags: dict[str, str] = Field(default_factory=dict)
    billed_as: tuple[str, ...] = ()
    """What bills may call the resource, in lower case."""
    saving: Decimal
    cost: Decimal
    currency: str
    basis: Basis
    effort: AdviceLevel
    risk: AdviceLevel
    evidence: dict[str, str] = Field(default_factory=dict)
    action: str
    terraform: str = ""
    standing: AdviceStanding = AdviceStanding.OPEN
    reason: str = ""
    by: str = ""
    opened_at: AwareDatetime
    decided_at: AwareDatetime | None = None
    changed_at: AwareDatetime | None = None
    """When the resource changed so that it fits no more."""
    updated_at: AwareDatetime
    verification: Verification | None = None

    def facts(self) -> Facts:
        """What access is decided by: the resource's place and tags."""
        return Facts(self.id, self.provider, self.account, self.tags)

    def accepted(self, *, by: str, at: datetime) -> Recommendation:
        """The recommendation that somebody takes on: the bill is watched from now on.

        Raises:
            BadInput: it is neither open nor dismissed.
        """
        self._check(AdviceStanding.OPEN, AdviceStanding.DISMISSED)
        update = {
            "standing": AdviceStanding.ACCEPTED,
            "by": by,
            "reason": "",
            "decided_at": at,
            "updated_at": at,
            "verification": Verification(before=self.cost),
        }
        return self.model_copy(update=update)

    def dismissed(self, reason: str, *, by: str, at: datetime) -> Recommendation:
        """The recommendation that nobody will follow, and why.

        Raises:
            BadInput: it is neither open nor accepted.
        """
        self._check(AdviceStanding.OPEN, AdviceStanding.ACCEPTED)
        update = {
            "standing": AdviceStanding.DISMISSED,
            "by": by,
            "reason": reason,
            "decided_at": at,
            "updated_at": at,
            "verification": None,
        }
        return self.model_copy(update=update)

    def ended(self, *, at: datetime) -> Recommendation:
        """The recommendation that fits its resource no more: done where somebody had accepted it."""
        done = self.standing is AdviceStanding.ACCEPTED
        standing = AdviceStanding.DONE if done else AdviceStanding.GONE
        return self.model_copy(update={"standing": standing, "changed_at": at, "updated_at": at})

    def renewed(self, fresh: Recommendation) -> Recommendation:
        """What is found now, with what was decided; one that had ended is open again."""
        if self.standing in (AdviceStanding.GONE, AdviceStanding.DONE):
            return fresh
        decided = {
            "standing": self.standing,
            "reason": self.reason,
            "by": self.by,
            "opened_at": self.opened_at,
            "decided_at": self.decided_at,
            "verification": self.verification,
        }
        found = fresh.model_copy(update=decided)
        same = found.model_copy(update={"updated_at": self.updated_at}) == self
        return self if same else found

    def _check(self, *allowed: AdviceStanding) -> None:
        if self.standing not in allowed:
            names = " or ".join(allowed)
            raise BadInput(
                f"recommendation {self.id}: is {self.standing}; only one that is {names} changes"
            )


RECOMMENDATIONS = Collection(
    "recommendations",
    Recommendation,
    id=lambda one: one.id,
    indexes=(
        Index("by_standing", lambda one: one.standing, lambda one: ranked(one.saving), _HOT),
        Index("by_resource", lambda one: one.resource_id, lambda one: one.check),
        Index("by_check", lambda one: one.check, lambda one: ranked(one.saving), _HOT),
    ),
    retention=Retention(since=lambda one: one.updated_at, days=730, bounds=(30, 3650)),
)


def recommendation_id(check: str, resource_id: str) -> str:
    """The id of what a check finds on a resource: always the same."""
    return blake2b(f"{check}\x1f{resource_id}".encode(), digest_size=13).hexdigest()


def recommended(check: Check, resource: Kept, saving: Saving, *, at: datetime) -> Recommendation:
    """What a check recommends for a resource; nothing saves more than the resource costs."""
    spent = resource.spent
    cost = sum((one.cost for one in spent.lines), Decimal(0)) if spent else saving.monthly
    name = resource.name or resource.native_id
    return Recommendation(
        id=recommendation_id(check.id, resource.id),
        check=check.id,
        title=check.title,
        category=check.category,
        resource_id=resource.id,
        resource_type=resource.type,
        resource_name=name,
        provider=resource.provider,
        account=resource.account,
        region=resource.region,
        tags=resource.tags,
        billed_as=tuple(sorted(resource.names)),
        saving=money(min(saving.monthly, cost)),
        cost=money(cost),
        currency=spent.currency if spent else "",
        basis=saving.basis,
        effort=check.effort,
        risk=check.risk,
        evidence=dict(saving.evidence),
        action=check.action.format(name=name, id=resource.native_id),
        terraform=saving.terraform,
        opened_at=at,
        updated_at=at,
    )


def money(amount: Decimal) -> Decimal:
    """The amount to a hundredth."""
    return amount.quantize(Decimal("0.01"))


def ranked(saving: Decimal) -> str:
    """A saving as indexes sort it."""
    return f"{max(Decimal(0), min(saving, _HIGHEST)):016.2f}"


def together(found: Iterable[Recommendation]) -> dict[str, Decimal]:
    """What all of them would save a month, by currency: of one resource the most that any of them saves.

    Whoever deletes a machine does not save by making it smaller as well.
    """
    best: dict[tuple[str, str], Decimal] = {}
    for one in found:
        key = (one.currency, one.resource_id)
        best[key] = max(best.get(key, Decimal(0)), one.saving)
    sums: dict[str, Decimal] = {}
    for (currency, _), saving in best.items():
        sums[currency] = sums.get(currency, Decimal(0)) + saving
    return sums

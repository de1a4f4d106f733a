"""An exemption: violations accepted by rule, resource, tag or account, by two people, for a time."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from functions.policy.model.finding import Waiver
from steward.contracts.policy import FindingView
from steward.store.collection import Collection, Index

MOST: Final = 300
"""Granted ones of a tenant: all stand in one document, which every new violation is held against."""
GRANTED_ID: Final = "granted"

ExemptionStatus: TypeAlias = Literal["asked", "granted", "refused", "ended"]


class ExemptionSelector(BaseModel):
    """Which violations: all the given fields must fit, and at least one is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rule: str | None = Field(default=None, min_length=1, max_length=200)
    resource: str | None = Field(default=None, min_length=1, max_length=200)
    account: str | None = Field(default=None, min_length=1, max_length=200)
    tag: str | None = Field(default=None, min_length=1, max_length=400)
    """``key=value``, or a key alone for any value."""

    @model_validator(mode="after")
    def _narrows(self) -> ExemptionSelector:
        if not any((self.rule, self.resource, self.account, self.tag)):
            raise ValueError("give at least one of rule, resource, account and tag")
        return self

    def fits(self, view: FindingView) -> bool:
        """Whether a violation is among them."""
        pairs = (
            (self.rule, view.rule_id),
            (self.resource, view.resource_id),
            (self.account, view.account),
        )
        return all(wanted in (None, has) for wanted, has in pairs) and self._tagged(view)

    def _tagged(self, view: FindingView) -> bool:
        if self.tag is None:
            return True
        key, equals, value = self.tag.partition("=")
        return key in view.tags and (not equals or view.tags[key] == value)


class Exemption(BaseModel):
    """What was asked for and why, by whom; who decided, and until when it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: str
    selector: ExemptionSelector
    reason: str
    until: AwareDatetime
    warn_days: int
    status: ExemptionStatus
    asked_by: str
    asked_at: AwareDatetime
    decided_by: str | None = None
    decided_at: AwareDatetime | None = None
    remark: str | None = None

    def waiver(self) -> Waiver:
        """The waiver that each of its findings has."""
        by = self.decided_by or self.asked_by
        return Waiver(reason=self.reason, by=by, until=self.until, exemption=self.id)


class Granted(BaseModel):
    """The exemptions that hold, all in one place."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: str = GRANTED_ID
    exemptions: tuple[Exemption, ...] = ()

    def without(self, exemption: str) -> Granted:
        """The others."""
        left = tuple(each for each in self.exemptions if each.id != exemption)
        return Granted(exemptions=left)


EXEMPTIONS = Collection(
    "exemptions",
    Exemption,
    id=lambda exemption: exemption.id,
    indexes=(Index("by_status", key=lambda e: e.status, sort=lambda e: e.asked_at.isoformat()),),
)
# Each of them has an audit entry of its own.
GRANTS = Collection("grants", Granted, id=lambda granted: granted.id, audit="digest")

"""Finding findings, and accepting one for a time."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

from functions.policy.model.finding import ACTIVE_KEY, SETTLED_KEY, Finding, Waiver, ranked
from functions.policy.model.risk import BASE, REDUCED
from functions.policy.model.status import ACTIVE
from steward.contracts.policy import FindingStatus, FindingView, SeverityName
from steward.store.collection import Page
from steward.store.work import Entities

BY_RISK = ("by_status", "by_standing")
PAGES = 10
"""Pages read to fill one answer when a filter leaves much out; the cursor goes on from there."""


class FindingDetail(FindingView):
    """A finding with its waiver and why it was resolved."""

    waiver: Waiver | None = None
    resolved_reason: str | None = None


class FindingsWanted(BaseModel):
    """Which findings: all the given fields must fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: FindingStatus | None = None
    severity: SeverityName | None = None
    rule: str | None = None
    resource: str | None = None
    account: str | None = None
    region: str | None = None
    resource_type: str | None = None
    owner: str | None = None
    assignee: str | None = None
    control: str | None = None
    """A control as ``framework/control``, or a whole framework by its id."""
    risk: int | None = Field(default=None, ge=0, le=100)
    """The least score."""
    active: bool | None = None
    """Whether something is still to be done: neither resolved nor waived nor a false positive."""

    def fits(self, view: FindingView) -> bool:
        """Whether a finding is wanted."""
        pairs = (
            (self.status, view.status),
            (self.severity, view.severity),
            (self.rule, view.rule_id),
            (self.resource, view.resource_id),
            (self.account, view.account),
            (self.region, view.region),
            (self.resource_type, view.resource_type),
            (self.owner, view.owner),
            (self.assignee, view.assignee),
            (self.active, view.status in ACTIVE),
        )
        same = all(wanted is None or wanted == has for wanted, has in pairs)
        return same and self._risky(view) and self._bears_on(view)

    def _risky(self, view: FindingView) -> bool:
        return self.risk is None or (view.risk is not None and view.risk.score >= self.risk)

    def _bears_on(self, view: FindingView) -> bool:
        if self.control is None:
            return True
        framework, _, control = self.control.partition("/")
        bearing = view.controls.get(framework, ())
        return control in bearing if control else bool(bearing)

    @property
    def bounds(self) -> tuple[str | None, str | None]:
        """The scores between which all wanted findings lie, as an index by risk sorts them."""
        low, high = self.risk or 0, 100
        if self.severity is not None:
            base = BASE[self.severity]
            low, high = max(low, round(base * REDUCED * REDUCED)), base
        # One beyond the highest, since a score is followed by a date.
        return (ranked(low) if low else None), ranked(high + 1)

    def index(self) -> tuple[str, str] | None:
        """The index that leaves out most, and its key; None where all have to be read."""
        if self.resource is not None:
            return "by_resource", self.resource
        if self.rule is not None:
            return "by_rule", self.rule
        if self.status is not None:
            return "by_status", self.status
        if self.active is None:
            return None
        return "by_standing", ACTIVE_KEY if self.active else SETTLED_KEY


def detail(finding: Finding) -> FindingDetail:
    """A finding as it is shown."""
    return FindingDetail(
        **finding.view.model_dump(),
        waiver=finding.waiver,
        resolved_reason=finding.resolved_reason,
    )


def find(
    wanted: FindingsWanted, *, findings: Entities[Finding], cursor: str | None, limit: int
) -> Page[FindingDetail]:
    """Wanted findings: those of a status the riskiest first, of a rule or resource the latest; else by id."""
    read = reader(wanted, findings)
    found: list[FindingDetail] = []
    for _ in range(PAGES):
        page = read(cursor, limit - len(found))
        found.extend(detail(one) for one in page.items if wanted.fits(one.view))
        cursor = page.cursor
        if cursor is None or len(found) == limit:
            break
    return Page(tuple(found), cursor)


def reader(
    wanted: FindingsWanted, findings: Entities[Finding]
) -> Callable[[str | None, int], Page[Finding]]:
    """Reads a page, of so many at most, among which are all the wanted findings after a cursor."""
    chosen = wanted.index()
    if chosen is None:
        return lambda after, limit: findings.list(after=after, limit=limit)
    index, key = chosen
    low, high = wanted.bounds if index in BY_RISK else (None, None)
    return lambda after, limit: findings.query(
        index=index, key=key, after=after, limit=limit, descending=True, low=low, high=high
    )

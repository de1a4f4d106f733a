"""How a tenant's standing against the frameworks is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.policy.model.compliance.assessment import ControlOutcome, Result, Score, by_section
from functions.policy.model.compliance.scores import DayScore
from steward.identity.items import Facts


class ComplianceSectionScore(BaseModel):
    """The score of a section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str
    total: Score


class ControlResult(BaseModel):
    """One control: its outcome, and the checks of the rules that bear on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str
    control: str
    asks: str
    check: str
    outcome: ControlOutcome
    rules: tuple[str, ...]
    passed: int
    failed: int
    accepted: int
    unknown: int


class FrameworkView(BaseModel):
    """How a framework stands, in all accounts or in one, as counted ``at``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    framework: str
    title: str
    at: AwareDatetime
    account: str | None = None
    resources: int
    total: Score


class FrameworkDetail(FrameworkView):
    """The same with its sections and controls."""

    sections: tuple[ComplianceSectionScore, ...]
    controls: tuple[ControlResult, ...]


class ComplianceAccountView(BaseModel):
    """How a framework stands in an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    account: str
    resources: int
    total: Score

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.account, self.provider, self.account)


class ComplianceDayView(BaseModel):
    """How a framework stood on a day, in all accounts or in one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    at: AwareDatetime
    total: Score
    sections: tuple[ComplianceSectionScore, ...] = ()


class ComplianceCountAsked(BaseModel):
    """A count was asked for; ``newest`` is when the last one was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    newest: AwareDatetime | None


def day_view(score: DayScore, account: str | None) -> ComplianceDayView | None:
    """A day in all accounts or in one; None where the account was not counted then."""
    if account is None:
        return ComplianceDayView(
            day=score.day,
            at=score.at,
            total=score.total,
            sections=tuple(
                ComplianceSectionScore(section=name, total=total)
                for name, total in score.sections.items()
            ),
        )
    totals = [each.total for each in score.accounts if each.account == account]
    return ComplianceDayView(day=score.day, at=score.at, total=totals[0]) if totals else None


def section_views(found: Iterable[Result]) -> tuple[ComplianceSectionScore, ...]:
    """The score of each section."""
    return tuple(
        ComplianceSectionScore(section=name, total=total)
        for name, total in by_section(found).items()
    )


def control_views(found: Iterable[Result]) -> tuple[ControlResult, ...]:
    """Each control with its outcome."""
    return tuple(
        ControlResult(
            section=each.section,
            control=each.control.id,
            asks=each.control.asks,
            check=each.control.check,
            outcome=each.outcome,
            rules=each.rules,
            **each.checks._asdict(),
        )
        for each in found
    )

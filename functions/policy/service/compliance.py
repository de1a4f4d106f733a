"""Counting how a tenant stands against frameworks, and reading it: now, by account and over time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from functions.policy.model.compliance.assessment import (
    Bearing,
    Result,
    Score,
    by_section,
    results,
    score_of,
)
from functions.policy.model.compliance.scores import NEWEST, AccountTotal, DayScore, Newest
from functions.policy.model.compliance.standing import Place, Standing, counted, read, written
from functions.policy.model.controls import Framework
from functions.policy.model.evaluation import Evaluation
from functions.policy.model.finding import Finding
from functions.policy.ports import Bodies, Publish
from functions.policy.service.compliance_views import (
    ComplianceAccountView,
    ComplianceCountAsked,
    ComplianceDayView,
    FrameworkDetail,
    FrameworkView,
    control_views,
    day_view,
    section_views,
)
from steward.contracts.policy import ComplianceCounted, ComplianceDue, FrameworkScore
from steward.errors import NotFound
from steward.store.collection import Page
from steward.store.work import Entities


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """The frameworks, the rules that bear on them, and what was counted of a tenant."""

    frameworks: Mapping[str, Framework]
    bearing: Bearing
    scores: Entities[DayScore]
    standings: Entities[Newest]
    evaluations: Entities[Evaluation]
    findings: Entities[Finding]
    bodies: Bodies
    publish: Publish
    now: datetime

    def ask(self) -> ComplianceCountAsked:
        """Have everything counted anew."""
        newest = self.standings.get(NEWEST)
        self.publish(ComplianceDue())
        return ComplianceCountAsked(newest=None if newest is None else newest.at)

    def count(self) -> None:
        """Count every evaluation of the tenant, and keep what it comes to for the day."""
        standing = counted(
            map(json.loads, self.evaluations.bodies()),
            map(json.loads, self.findings.bodies(index="by_status", key="false_positive")),
        )
        before = self.standings.get(NEWEST)
        if before is not None and before.before is not None:
            self.bodies.delete(before.before)
        newest = Newest(
            key=self.bodies.put(written(standing)),
            at=self.now,
            resources=sum(standing.resources.values()),
            before=None if before is None else before.key,
        )
        self.standings.put(newest)
        self._keep(standing)

    def listed(self, account: str | None) -> Page[FrameworkView]:
        """Every framework with its score.

        Raises:
            NotFound: nothing was counted yet, or the account has no resource.
        """
        newest, standing = self._standing(account)
        return Page(
            tuple(self._view(name, newest, standing, account)[0] for name in self.frameworks)
        )

    def show(self, framework: str, account: str | None) -> FrameworkDetail:
        """One framework with its sections and controls.

        Raises:
            NotFound: no such framework or account, or nothing was counted yet.
        """
        self.require(framework)
        newest, standing = self._standing(account)
        view, found = self._view(framework, newest, standing, account)
        return FrameworkDetail(
            **view.model_dump(), sections=section_views(found), controls=control_views(found)
        )

    def accounts(self, framework: str) -> Page[ComplianceAccountView]:
        """The accounts that have a resource, each with its score.

        Raises:
            NotFound: no such framework, or nothing was counted yet.
        """
        self.require(framework)
        _, standing = self._standing(None)
        return Page(
            tuple(
                ComplianceAccountView(
                    provider=place.provider,
                    account=place.account,
                    resources=standing.resources[place],
                    total=self._total(framework, standing.only(place)),
                )
                for place in standing.places
            )
        )

    def over_time(  # where a page begins, ends and what it is about
        self,
        framework: str,
        *,
        account: str | None,
        since: date | None,
        until: date | None,
        cursor: str | None,
        limit: int,
    ) -> Page[ComplianceDayView]:
        """The days on which a framework was counted, the first one first; without the account's absence.

        Raises:
            NotFound: there is no such framework.
        """
        self.require(framework)
        page = self.scores.query(
            index="by_framework",
            key=framework,
            after=cursor,
            limit=limit,
            low=None if since is None else since.isoformat(),
            high=None if until is None else until.isoformat(),
        )
        shown = (day_view(score, account) for score in page.items)
        return Page(tuple(day for day in shown if day is not None), page.cursor)

    def place_of(self, account: str) -> Place:
        """Where an account is.

        Raises:
            NotFound: no resource of it was judged, or nothing was counted yet.
        """
        _, standing = self._standing(None)
        return _place(standing, account)

    def require(self, framework: str) -> Framework:
        """The framework.

        Raises:
            NotFound: there is none of that id.
        """
        found = self.frameworks.get(framework)
        if found is None:
            raise NotFound(
                f"framework {framework[:80]!r}: not found; use {', '.join(self.frameworks)}"
            )
        return found

    def _standing(self, account: str | None) -> tuple[Newest, Standing]:
        newest = self.standings.get(NEWEST)
        if newest is None:
            raise NotFound(
                "compliance: nothing was counted yet; run 'steward policy compliance --count', "
                "or wait for the night's count"
            )
        standing = read(self.bodies.get(newest.key))
        return newest, standing if account is None else standing.only(_place(standing, account))

    def _view(
        self, framework: str, newest: Newest, standing: Standing, account: str | None
    ) -> tuple[FrameworkView, tuple[Result, ...]]:
        found = results(self.bearing[framework], standing.whole())
        view = FrameworkView(
            framework=framework,
            title=self.frameworks[framework].title,
            at=newest.at,
            account=account,
            resources=sum(standing.resources.values()),
            total=score_of(found),
        )
        return view, found

    def _total(self, framework: str, standing: Standing) -> Score:
        return score_of(results(self.bearing[framework], standing.whole()))

    def _keep(self, standing: Standing) -> None:
        whole = standing.whole()
        parts = {place: standing.only(place) for place in standing.places}
        kept = []
        for name in self.frameworks:
            found = results(self.bearing[name], whole)
            day = DayScore(
                framework=name,
                day=self.now.date(),
                at=self.now,
                total=score_of(found),
                sections=by_section(found),
                accounts=tuple(
                    AccountTotal(
                        provider=place.provider,
                        account=place.account,
                        total=self._total(name, part),
                    )
                    for place, part in parts.items()
                ),
            )
            self.scores.get(day.id)
            self.scores.put(day)
            kept.append(day)
        self.publish(ComplianceCounted(scores=tuple(_told(day) for day in kept)))


def _told(day: DayScore) -> FrameworkScore:
    counts = day.total
    return FrameworkScore(
        framework=day.framework,
        score=counts.score,
        passed=counts.passed,
        failed=counts.failed,
        unclear=counts.unclear,
        accepted=counts.accepted,
        not_evaluated=counts.not_evaluated,
    )


def _place(standing: Standing, account: str) -> Place:
    for place in standing.places:
        if place.account == account:
            return place
    raise NotFound(f"account {account[:80]!r}: no resource of it was judged; list the accounts")

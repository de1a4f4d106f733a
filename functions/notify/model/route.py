"""Who hears of what: a route lets some notices through to one endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from functions.notify.model.notice import Notice, Severity

MAX_ROUTES = 100
TOLD = (
    "audit.gap.found.v1",
    "audit.verification.failed.v1",
    "cost.anomaly.opened.v1",
    "cost.budget.crossed.v1",
    "identity.access.elevated.v1",
    "identity.access.impersonated.v1",
    "policy.finding.opened.v1",
    "policy.finding.reopened.v1",
    "policy.finding.resolved.v1",
    "policy.finding.updated.v1",
)
"""The events that messages are made of."""


class Filter(BaseModel):
    """What a notice must be to pass; an empty condition lets everything through.

    ``events`` are patterns over event types (``policy.*``, ``*.resolved.v1``, ``identity.access.*``);
    ``tags`` must all be on the resource, with ``*`` and ``?`` in their values; ``quiet`` is the time in
    which one finding is told of at most once, the last state at its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    minimum: Severity = Severity.INFO
    events: Annotated[tuple[str, ...], Field(min_length=1, max_length=10)] = ("policy.finding.*",)
    accounts: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    tags: Annotated[dict[str, str], Field(max_length=20)] = {}
    quiet: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=7))] = timedelta(0)

    @field_validator("events")
    @classmethod
    def _check_events(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in events:
            if not any(fnmatchcase(type_, pattern) for type_ in TOLD):
                raise ValueError(f"{pattern[:80]!r} matches none of {', '.join(TOLD)}")
        return events

    def passes(self, notice: Notice) -> bool:
        """Whether the notice fulfils every condition."""
        return (
            notice.severity.at_least(self.minimum)
            and any(fnmatchcase(notice.event_type, pattern) for pattern in self.events)
            and (not self.accounts or notice.account in self.accounts)
            and all(
                fnmatchcase(notice.tags.get(name, ""), value) if name in notice.tags else False
                for name, value in self.tags.items()
            )
        )


class Route(BaseModel):
    """A filter in front of an endpoint."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    endpoint_id: str
    filter: Filter
    created_at: AwareDatetime


def chosen(notice: Notice, routes: Iterable[Route]) -> dict[str, Route]:
    """The route by which each endpoint hears of the notice: of several, the least quiet one."""
    passing = (route for route in routes if route.filter.passes(notice))
    best: dict[str, Route] = {}
    for route in sorted(passing, key=lambda route: (route.filter.quiet, route.id)):
        best.setdefault(route.endpoint_id, route)
    return best

"""Tickets in other people's trackers, one a finding and tracker, and which findings get one."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.status import ACTIVE
from steward.contracts.policy import FindingStatus, FindingView, SeverityName
from steward.store.collection import Collection, Index

LEVELS: Final[tuple[SeverityName, ...]] = ("info", "low", "medium", "high", "critical")
PATIENCE: Final = (1, 5, 15, 60, 240)
"""Minutes to wait after so many failures; after one more it is given up."""

Standing: TypeAlias = Literal["open", "doing", "done", "dropped"]
"""How a ticket stands: to be done, being done, done, or not going to be done."""


class Jira(BaseModel):
    """A project of Jira Cloud, and whose API token opens it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["jira"] = "jira"
    site: str = Field(pattern=r"^https://[a-z0-9-]+\.atlassian\.net$")
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,49}$")
    issue_type: str = Field(default="Task", min_length=1, max_length=60)
    email: str = Field(min_length=3, max_length=254)


class GitHub(BaseModel):
    """A repository's issues on GitHub."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["github"] = "github"
    repository: str = Field(pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")


Place: TypeAlias = Annotated[Jira | GitHub, Field(discriminator="kind")]


class TicketRoute(BaseModel):
    """Which findings get a ticket: at least this severe, of these rules and accounts (empty: of all)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    least: SeverityName = "high"
    rules: tuple[str, ...] = Field(default=(), max_length=100)
    accounts: tuple[str, ...] = Field(default=(), max_length=100)

    def takes(self, view: FindingView) -> bool:
        """Whether a finding gets a ticket."""
        severe = LEVELS.index(view.severity) >= LEVELS.index(self.least)
        pairs = ((self.rules, view.rule_id), (self.accounts, view.account))
        return severe and all(not named or has in named for named, has in pairs)


class Tracker(BaseModel):
    """Where tickets are made, for which findings, and the name of the secret that opens it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    place: Place
    route: TicketRoute
    secret: str
    created_at: AwareDatetime
    created_by: str


class Ticket(BaseModel):
    """The ticket of a finding: how it should stand (``wanted``), and how we left it (``stands``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    finding: str
    tracker: str
    wanted: Standing
    stands: Standing | None = None
    key: str | None = None
    url: str | None = None
    attempts: int = 0
    error: str | None = None

    @property
    def given_up(self) -> bool:
        """Whether it failed too often to be tried again by itself."""
        return self.attempts > len(PATIENCE)

    @property
    def wait(self) -> timedelta:
        """How long to wait after the failures so far."""
        return timedelta(minutes=PATIENCE[min(self.attempts, len(PATIENCE)) - 1])


TRACKERS = Collection("trackers", Tracker, id=lambda tracker: tracker.id)
# A ticket is written at each change of a finding, whose own audit entry says all there is.
TICKETS = Collection(
    "tickets",
    Ticket,
    id=lambda ticket: ticket.id,
    indexes=(Index("by_finding", key=lambda t: t.finding, sort=lambda t: t.tracker),),
    audit="digest",
)


def ticket_id(finding: str, tracker: str) -> str:
    """The id of a finding's ticket in a tracker, also the mark by which it is found there."""
    return blake2b(f"{finding}\x1f{tracker}".encode(), digest_size=12).hexdigest()


def standing_of(status: FindingStatus) -> Standing:
    """How the ticket of a finding of that status stands."""
    if status in ("in_review", "remediating"):
        return "doing"
    if status in ACTIVE:
        return "open"
    return "done" if status == "resolved" else "dropped"

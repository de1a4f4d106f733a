"""Findings to AWS Security Hub: what changed is collected for a minute and pushed in batches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.policy.model.exports.asff import asff
from functions.policy.model.finding import Finding
from functions.policy.model.hub import Hub, HubEntry, batches, place_of, slot, wait_after
from functions.policy.ports import HubFailure, Later, NewId, Publish, SecurityHub
from functions.policy.service.findings import FindingsWanted, find
from steward.contracts.policy import FindingView, HubContinued, HubDue
from steward.errors import BadInput, Denied, Transient
from steward.store.collection import Page
from steward.store.work import Entities

AT_ONCE: Final = 80
"""Findings of one message: each stages an item."""
_ROLE: Final = re.compile(
    r"arn:aws(-[a-z]+)*:iam::(?P<account>[0-9]{12}):role/Steward[\w+=,.@/-]{0,57}"
)


class HubRequest(BaseModel):
    """Push the findings of ``account`` to its Security Hub, let in by ``role``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str = Field(pattern=r"^[0-9]{12}$")
    role: str = Field(max_length=200)


class HubView(BaseModel):
    """A connected account; the role's trust policy has to ask for ``external_id``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    role: str
    external_id: str
    connected_at: AwareDatetime
    connected_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubs:
    """The Security Hubs of a tenant's accounts, in one Work."""

    hubs: Entities[Hub]
    entries: Entities[HubEntry]
    findings: Entities[Finding]
    far: SecurityHub
    publish: Publish
    later: Later
    new_id: NewId
    now: datetime
    by: str

    def connect(self, request: HubRequest) -> HubView:
        """Push an account's findings from now on, and all that are active already.

        Connecting again changes the role and keeps the external id.

        Raises:
            BadInput: the role is not one of the account that Steward may assume.
        """
        named = _ROLE.fullmatch(request.role)
        if named is None or named["account"] != request.account:
            raise BadInput(
                f"role {request.role!r}: give the ARN of a role of account {request.account} whose name "
                "begins with Steward; Steward may assume no other"
            )
        known = self.hubs.get(request.account)
        hub = Hub(
            account=request.account,
            role=request.role,
            external_id=self.new_id() if known is None else known.external_id,
            connected_at=self.now,
            connected_by=self.by,
        )
        self.hubs.put(hub)
        self.publish(HubContinued(account=hub.account))
        return hub_view(hub)

    def disconnect(self, account: str) -> None:
        """Push nothing more; what Security Hub has stays there.

        Raises:
            NotFound: the account is not connected.
        """
        self.hubs.require(account)
        self.hubs.delete(account)

    def listed(self, *, cursor: str | None, limit: int) -> Page[HubView]:
        """The connected accounts."""
        page = self.hubs.list(after=cursor, limit=limit)
        return Page(tuple(map(hub_view, page.items)), page.cursor)

    def refused(self, account: str, *, cursor: str | None, limit: int) -> Page[HubEntry]:
        """Findings of an account that Security Hub does not take, with its reason."""
        return self.entries.query(index="refused", key=account, after=cursor, limit=limit)

    def note(self, view: FindingView) -> None:
        """Have a finding pushed with what else changes in this minute, if its account is connected."""
        if view.provider == "aws" and self.hubs.get(view.account) is not None:
            self._wait(view)

    def go_on(self, event: HubContinued) -> None:
        """Have the next few active findings of a newly connected account pushed."""
        if self.hubs.get(event.account) is None:
            return
        wanted = FindingsWanted(account=event.account, active=True)
        page = find(wanted, findings=self.findings, cursor=event.cursor, limit=AT_ONCE)
        for view in page.items:
            if view.provider == "aws":
                self._wait(view)
        if page.cursor is not None:
            self.publish(HubContinued(account=event.account, cursor=page.cursor))

    def push(self, due: HubDue) -> None:
        """Push what waits for a place; what fails is tried again later, or set aside with the reason."""
        hub = self.hubs.get(due.account)
        place = place_of(due.account, due.region)
        page = self.entries.query(index="by_place", key=place, after=None, limit=AT_ONCE)
        if hub is None:
            self._drop(page.items)
            return
        entries = {f"steward/{entry.finding}": entry for entry in page.items}
        found = [self.findings.get(entry.finding) for entry in page.items]
        documents = [asff(finding.view) for finding in found if finding is not None]
        failures: dict[str, HubFailure] = {}
        for batch in batches(documents):
            ids = [str(document["Id"]) for document in batch]
            try:
                failed = self.far.send(hub, due.region, batch)
            except (Transient, Denied) as error:
                failed = [HubFailure(id_, type(error).__name__, str(error)) for id_ in ids]
            failures |= {failure.id: failure for failure in failed}
        self._settle(due, entries, failures, more=page.cursor is not None)

    def _settle(
        self,
        due: HubDue,
        entries: dict[str, HubEntry],
        failures: dict[str, HubFailure],
        *,
        more: bool,
    ) -> None:
        again: list[HubEntry] = []
        for id_, entry in entries.items():
            failure = failures.get(id_)
            if failure is None:
                self.entries.delete(entry.finding)
                continue
            after = entry.failed(failure.code, failure.message)
            self.entries.put(after)
            again += [] if after.refused else [after]
        if again:
            wait = wait_after(max(entry.attempts for entry in again))
            self._remember(due.account, due.region, self.now + wait)
        # When all of a full page failed, the rest would fail alike: it waits as well.
        if more and len(again) < len(entries):
            self.publish(HubDue(account=due.account, region=due.region))

    def _wait(self, view: FindingView) -> None:
        region = str(asff(view)["Region"])
        # Written even where it stands so already: a push that read the finding as it was must not commit.
        self.entries.get(view.id)
        self.entries.put(HubEntry(finding=view.id, account=view.account, region=region))
        self._remember(view.account, region, slot(self.now))

    def _remember(self, account: str, region: str, when: datetime) -> None:
        due = HubDue(account=account, region=region)
        self.later(when, due, key=f"hub/{account}/{region}/{when:%Y%m%dT%H%M}")

    def _drop(self, entries: tuple[HubEntry, ...]) -> None:
        for entry in entries:
            self.entries.delete(entry.finding)


def hub_view(hub: Hub) -> HubView:
    """A connected account as it is shown."""
    return HubView(**hub.model_dump())

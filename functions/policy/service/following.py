"""What follows a finding outside of Steward: tickets, and what its account's Security Hub shows."""

from __future__ import annotations

from dataclasses import dataclass

from functions.policy.service.hubbing import Hubs
from functions.policy.service.ticketing import Tickets
from steward.contracts.policy import FindingView


@dataclass(frozen=True, slots=True)
class Following:
    """The trackers and hubs of a tenant, in one Work."""

    tickets: Tickets
    hubs: Hubs

    def note(self, view: FindingView) -> None:
        """Have tickets and hubs follow the finding; nothing where there is neither."""
        self.tickets.note(view)
        self.hubs.note(view)

"""Whether an exemption that holds accepts a violation."""

from __future__ import annotations

from datetime import datetime

from functions.policy.model.exemption import GRANTED_ID, Granted
from functions.policy.model.finding import Waiver
from steward.contracts.policy import FindingView
from steward.store.work import Entities


def exempt(view: FindingView, *, grants: Entities[Granted], now: datetime) -> Waiver | None:
    """The waiver that a violation has from an exemption that holds; the one that lasts longest."""
    held = grants.get(GRANTED_ID) or Granted()
    fitting = [each for each in held.exemptions if each.until > now and each.selector.fits(view)]
    return max(fitting, key=lambda each: each.until).waiver() if fitting else None

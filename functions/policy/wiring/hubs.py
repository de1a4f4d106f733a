"""The Security Hubs of a tenant."""

from __future__ import annotations

from functions.policy.adapters.security_hub import AwsSecurityHub, client
from functions.policy.model.finding import FINDINGS
from functions.policy.model.hub import HUB_ENTRIES, HUBS
from functions.policy.service.hubbing import Hubs
from functions.policy.wiring.tables import TABLE
from steward.store.work import Work


def hubs(work: Work) -> Hubs:
    """The Security Hubs of a Work's tenant."""
    table = work.table(TABLE)
    return Hubs(
        hubs=table.of(HUBS),
        entries=table.of(HUB_ENTRIES),
        findings=table.of(FINDINGS),
        far=AwsSecurityHub(client),
        publish=work.publish,
        later=work.at,
        new_id=work.new_id,
        now=work.now,
        by=work.actor,
    )

"""Every hour, each tenant's chain is signed as it stands."""

from __future__ import annotations

from functions.audit.service.heads import sign_next
from functions.audit.wiring import Deps, wire
from steward.edge import Tick, on_schedule


@on_schedule(wire=wire)
def handler(tick: Tick, deps: Deps) -> None:
    """Sign head after head until each holds all there is."""
    del tick
    for tenant in deps.apart.tenants():
        while deps.apart.for_tenant(tenant, lambda theirs: sign_next(theirs.desk)):
            pass

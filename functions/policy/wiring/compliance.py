"""How a tenant stands against the frameworks."""

from __future__ import annotations

from functools import cache

from functions.policy.adapters.frameworks import frameworks
from functions.policy.adapters.rule_files import shipped
from functions.policy.adapters.standing_objects import StandingObjects
from functions.policy.model.compliance.assessment import Bearing, bearing
from functions.policy.model.compliance.scores import SCORES, STANDINGS
from functions.policy.model.evaluation import EVALUATIONS
from functions.policy.model.finding import FINDINGS
from functions.policy.service.compliance import Compliance
from functions.policy.wiring.tables import COMPLIANCE, TABLE
from steward.edge.resources import current
from steward.store.work import Work


def compliance(work: Work) -> Compliance:
    """How a Work's tenant stands against the frameworks."""
    table = work.table(TABLE)
    objects = current().buckets(COMPLIANCE, work.tenant)
    return Compliance(
        frameworks=frameworks(),
        bearing=_bearing(),
        scores=table.of(SCORES),
        standings=table.of(STANDINGS),
        evaluations=table.of(EVALUATIONS),
        findings=table.of(FINDINGS),
        bodies=StandingObjects(objects, tenant=work.tenant, now=work.now),
        publish=work.publish,
        now=work.now,
    )


@cache
def _bearing() -> Bearing:
    """The controls of the frameworks that ship, with the rules that do; read once a process."""
    return bearing(shipped().all(), frameworks().values())

"""One resource judged: by the rules in force for its account, and by the versions in shadow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.policy.model.evaluation import Evaluation
from functions.policy.model.finding import Finding
from functions.policy.ports import Exempt, PackOf, Publish
from functions.policy.service.evaluation import Notice, evaluate
from functions.policy.service.shadowing import Shadowing
from steward.store.work import Entities


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What it takes to judge the resources of a tenant, in one Work."""

    pack: PackOf
    evaluations: Entities[Evaluation]
    findings: Entities[Finding]
    shadowing: Shadowing
    publish: Publish
    now: datetime
    exempt: Exempt

    def judge(self, notice: Notice) -> None:
        """Bring a resource's findings in line, and note what is found in shadow."""
        pack = self.pack(notice.resource.account)
        evaluation = evaluate(
            notice,
            pack=pack,
            evaluations=self.evaluations,
            findings=self.findings,
            publish=self.publish,
            now=self.now,
            exempt=self.exempt,
        )
        if evaluation is not None and evaluation.settled:
            self.shadowing.judge(notice.resource, pack, evaluation)

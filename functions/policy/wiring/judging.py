"""What judges the resources of a tenant."""

from __future__ import annotations

from functools import partial

from functions.policy.adapters.rule_files import shipped
from functions.policy.adapters.stored_rules import StoredRules
from functions.policy.model.evaluation import EVALUATIONS
from functions.policy.model.exemption import GRANTS
from functions.policy.model.finding import FINDINGS
from functions.policy.model.rulebook.book import BOOK_ID, BOOKS, Rulebook
from functions.policy.model.rulebook.overlay import Overlay
from functions.policy.model.rulebook.shadow import SHADOWS
from functions.policy.model.rulebook.versions import VERSIONS
from functions.policy.service.exempt import exempt
from functions.policy.service.judging import Judging
from functions.policy.service.shadowing import Shadowing
from functions.policy.wiring.tables import TABLE
from steward.store.work import Work


def judging(work: Work) -> Judging:
    """What judges the resources of a Work's tenant."""
    table = work.table(TABLE)
    book = table.of(BOOKS).get(BOOK_ID) or Rulebook()
    read = StoredRules(table.of(VERSIONS))
    return Judging(
        pack=lambda account: Overlay(shipped(), book, account, read),
        evaluations=table.of(EVALUATIONS),
        findings=table.of(FINDINGS),
        shadowing=shadowing(work),
        publish=work.publish,
        now=work.now,
        exempt=partial(exempt, grants=table.of(GRANTS), now=work.now),
    )


def shadowing(work: Work) -> Shadowing:
    """What a tenant's versions in shadow say."""
    return Shadowing(shadows=work.table(TABLE).of(SHADOWS), now=work.now)

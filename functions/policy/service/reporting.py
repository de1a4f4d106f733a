"""What a framework's printed report says: its standing, and the open findings that bear on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from functions.policy.service.compliance import Compliance
from functions.policy.service.compliance_views import FrameworkDetail
from functions.policy.service.findings import FindingDetail, FindingsWanted, detail, reader

Visible: TypeAlias = Callable[[Sequence[FindingDetail]], tuple[FindingDetail, ...]]

MOST_READ: Final = 10_000
"""Findings read for one report: more would take longer than a request may."""
_PAGE: Final = 500


class Reported(NamedTuple):
    """A report's content, the riskiest finding first; ``cut`` when not all findings were read."""

    view: FrameworkDetail
    findings: tuple[FindingDetail, ...]
    cut: bool


def reported(
    framework: str, account: str | None, *, compliance: Compliance, visible: Visible
) -> Reported:
    """How a framework stands in all accounts or in one, with the findings that are ``visible``.

    Raises:
        NotFound: no such framework or account, or nothing was counted yet.
    """
    view = compliance.show(framework, account)
    wanted = FindingsWanted(active=True, account=account, control=framework)
    read, cursor = reader(wanted, compliance.findings), None
    found: list[FindingDetail] = []
    for _ in range(MOST_READ // _PAGE):
        page = read(cursor, _PAGE)
        found.extend(visible([detail(one) for one in page.items if wanted.fits(one.view)]))
        cursor = page.cursor
        if cursor is None:
            break
    return Reported(view, tuple(found), cut=cursor is not None)

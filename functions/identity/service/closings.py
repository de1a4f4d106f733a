"""Closing a tenant, step by step: each is decided in the system tenant, on its one record.

What is done within the tenant's own part, the concerns do, and report.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.identity.model.closings import (
    MAX_ROUNDS,
    NEXT_ROUND,
    SETTLED,
    Closing,
    ClosingState,
    Part,
)
from functions.identity.model.names import shown_reason
from functions.identity.model.tenants import KEPT, settings_of
from functions.identity.ports import Post
from functions.identity.service.tenants import require
from steward.contracts.identity import (
    ClosingDue,
    ExportedFile,
    TenantClosed,
    TenantErasureRequested,
    TenantExportRequested,
    WalkFinished,
)
from steward.errors import BadInput, NotFound
from steward.identity.directory import Account, Issuer, Standing, Tenant
from steward.objects import Objects
from steward.store.collection import Page
from steward.store.work import Entities

AT_ONCE = 40
"""Accounts and issuers that one message removes, of each."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Notary:
    """What closing works with: the system tenant's books, and where exports are."""

    tenants: Entities[Tenant]
    closings: Entities[Closing]
    accounts: Entities[Account]
    issuers: Entities[Issuer]
    exports: Callable[[str], Objects]
    concerns: tuple[str, ...]
    """Who has to report before a step is done."""
    post: Post
    now: datetime


def request(tenant_id: str, reason: str, *, id_: str, by: str, notary: Notary) -> Closing:
    """Begin to close a tenant: from now on it is only read, and exported.

    Raises:
        BadInput: it operates the installation, closes already, or no reason is given.
    """
    if tenant_id in KEPT:
        raise BadInput(f"tenant {tenant_id!r}: operates this installation, and stays as it is")
    tenant = require(tenant_id, tenants=notary.tenants, now=notary.now)
    if tenant.standing in (Standing.CLOSING, Standing.DELETED):
        raise BadInput(f"tenant {tenant_id!r}: is {tenant.standing.value} already")
    closing = Closing(
        id=id_,
        tenant=tenant_id,
        reason=shown_reason(reason),
        requested_by=by,
        requested_at=notary.now,
        grace_days=settings_of(tenant).grace_days,
        before=tenant.standing,
    )
    notary.closings.add(closing)
    notary.tenants.put(tenant.model_copy(update={"standing": Standing.CLOSING}))
    # Later than any process remembers that the tenant was served: the export then is the last word.
    _due(closing, "export", notary.now + SETTLED, notary)
    return closing


def cancel(tenant_id: str, *, by: str, notary: Notary) -> Closing:
    """Take a closing back, as long as nothing is erased: the tenant stands as it did before.

    Raises:
        NotFound: the tenant is not closing.
        BadInput: its erasure has begun.
    """
    closing = newest(tenant_id, notary)
    if closing.state not in (ClosingState.EXPORTING, ClosingState.WAITING):
        raise BadInput(f"closing of {tenant_id!r}: is {closing.state.value}, and stays so")
    after = closing.model_copy(update={"state": ClosingState.CANCELLED, "cancelled_by": by})
    notary.closings.put(after)
    tenant = notary.tenants.require(tenant_id)
    notary.tenants.put(tenant.model_copy(update={"standing": closing.before}))
    notary.post.cancel(_timer(closing))
    return after


def newest(tenant_id: str, notary: Notary) -> Closing:
    """The tenant's closing.

    Raises:
        NotFound: there is none.
    """
    page: Page[Closing] = notary.closings.query(
        index="by_tenant", key=tenant_id, limit=1, descending=True
    )
    if not page.items:
        raise NotFound(f"tenant {tenant_id[:80]!r}: is not closing")
    return notary.closings.require(page.items[0].id)


def file_of(closing: Closing, key: str) -> str:
    """The key of one of the closing's files.

    Raises:
        NotFound: it has no such file.
    """
    files = [file for part in closing.exported for file in part.files]
    if closing.manifest is not None:
        files.append(closing.manifest)
    if not any(file.key == key for file in files):
        raise NotFound(f"file {key[:120]!r}: not one of this export; its manifest lists them")
    return key


def step(due: ClosingDue, *, notary: Notary) -> None:
    """Take the step whose time has come; one that is not the closing's next changes nothing."""
    closing = notary.closings.get(due.closing)
    if closing is None:
        return
    match due.step:
        case "export" if closing.state is ClosingState.EXPORTING:
            export = TenantExportRequested(tenant=closing.tenant, closing=closing.id)
            notary.post.publish(export, tenant=closing.tenant)
        case "begin" if closing.state in (ClosingState.WAITING, ClosingState.ERASING):
            _begin(closing, notary)
        case "round" if closing.state is ClosingState.ERASING and due.round == closing.round + 1:
            notary.closings.put(closing.begun_round(due.round))
            asked = TenantErasureRequested(
                tenant=closing.tenant, closing=closing.id, round=due.round
            )
            notary.post.publish(asked, tenant=closing.tenant)


def report(walk: WalkFinished, *, notary: Notary) -> None:
    """Note what a concern has done, and go on when it was the last."""
    closing = notary.closings.get(walk.errand.job)
    if closing is None:
        return
    part = Part(concern=walk.keeper, counts=walk.counts, files=walk.files)
    if walk.errand.task == "export-tenant" and closing.state is ClosingState.EXPORTING:
        _exported(closing.with_export(part), notary)
    elif walk.errand.task == "erase-tenant" and closing.state is ClosingState.ERASING:
        _erased(closing.with_round(part, walk.errand.round), notary)


def _exported(closing: Closing, notary: Notary) -> None:
    if {part.concern for part in closing.exported} >= set(notary.concerns):
        after = notary.now + timedelta(days=closing.grace_days)
        closing = closing.model_copy(
            update={
                "state": ClosingState.WAITING,
                "erase_after": after,
                "manifest": _manifest(closing, notary),
            }
        )
        _due(closing, "begin", after, notary)
    notary.closings.put(closing)


def _manifest(closing: Closing, notary: Notary) -> ExportedFile:
    files = [file.model_dump() for part in closing.exported for file in part.files]
    body = {
        "tenant": closing.tenant,
        "closing": closing.id,
        "requested_at": closing.requested_at.isoformat(),
        "counts": {name: n for part in closing.exported for name, n in part.counts.items()},
        "files": sorted(files, key=lambda file: str(file["key"])),
    }
    text = json.dumps(body, indent=2, sort_keys=True).encode()
    key = f"tenants/{closing.tenant}/exports/{closing.id}/{MANIFEST}"
    notary.exports(closing.tenant).put(key, text)
    return ExportedFile(
        key=key, sha256=hashlib.sha256(text).hexdigest(), items=len(files), bytes=len(text)
    )


def _begin(closing: Closing, notary: Notary) -> None:
    # The point of no return: from here on the tenant is gone, and its accounts are nobody's.
    if closing.state is ClosingState.WAITING:
        tenant = notary.tenants.require(closing.tenant)
        gone = {"standing": Standing.DELETED, "name": "", "settings": {}}
        notary.tenants.put(tenant.model_copy(update=gone))
        closing = closing.model_copy(update={"state": ClosingState.ERASING})
        notary.closings.put(closing)
    if _removed(closing.tenant, notary):
        _due(closing, "round", notary.now + SETTLED, notary, round_=1)
    else:
        notary.post.publish(ClosingDue(tenant=closing.tenant, closing=closing.id, step="begin"))


def _removed(tenant: str, notary: Notary) -> bool:
    accounts = notary.accounts.query(index="by_tenant", key=tenant, limit=AT_ONCE)
    for account in accounts.items:
        notary.accounts.delete(account.id)
    issuers = notary.issuers.query(index="by_tenant", key=tenant, limit=AT_ONCE)
    for issuer in issuers.items:
        notary.issuers.delete(issuer.id)
    return accounts.cursor is None and issuers.cursor is None


def _erased(closing: Closing, notary: Notary) -> None:
    if set(closing.reported) >= set(notary.concerns):
        if closing.touched and closing.round < MAX_ROUNDS:
            _due(closing, "round", notary.now + NEXT_ROUND, notary, round_=closing.round + 1)
        else:
            closing = closing.done(now=notary.now)
            notary.post.publish(TenantClosed(tenant=closing.tenant, closing=closing.id))
    notary.closings.put(closing)


def _due(closing: Closing, step_: str, when: datetime, notary: Notary, *, round_: int = 1) -> None:
    due = ClosingDue.model_validate(
        {"tenant": closing.tenant, "closing": closing.id, "step": step_, "round": round_}
    )
    notary.post.at(when, due, key=_timer(closing))


def _timer(closing: Closing) -> str:
    return f"identity/closing/{closing.id}"

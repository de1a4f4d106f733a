"""Requests of persons about their data, over HTTPS."""

from __future__ import annotations

from functions.identity.model.privacy import PrivacyRequest
from functions.identity.service import privacy
from functions.identity.service.privacy import PrivacyDraft
from functions.identity.wiring import CONCERNS, Deps, ExportedText, exported_text, wire
from steward.edge.http import Api
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/identity/privacy/requests"


@api.get(ROOT, permission="privacy:view")
def list_requests(
    cursor: str | None = None, limit: int = 50, *, deps: Deps
) -> Page[PrivacyRequest]:
    """The requests, newest first."""
    return deps.books.requests.query(
        index="by_time", key="all", after=cursor, limit=limit, descending=True
    )


@api.post(ROOT, permission="privacy:manage")
def create_request(draft: PrivacyDraft, *, deps: Deps) -> PrivacyRequest:
    """Export or erase what every concern keeps about a person; an erasure shuts them out at once."""
    return privacy.request(
        draft, id_=deps.fresh_id, concerns=CONCERNS, desk=deps.desk, post=deps.post
    )


@api.get(f"{ROOT}/<request_id>", permission="privacy:view")
def get_request(request_id: str, *, deps: Deps) -> PrivacyRequest:
    """One request, and what each concern reported; done when none is missing."""
    return deps.books.requests.require(request_id)


@api.get(f"{ROOT}/<request_id>/files", permission="privacy:manage")
def get_file(request_id: str, file: str, *, deps: Deps) -> ExportedText:
    """One file of an access export."""
    key = privacy.file_of(deps.books.requests.require(request_id), file)
    return exported_text(key, tenant=deps.tenant)

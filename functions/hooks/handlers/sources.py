"""Sources over HTTPS."""

from __future__ import annotations

from functions.hooks.model.source import HookSource
from functions.hooks.service import sources
from functions.hooks.service.sources import FreshSecret, Opened, SourceDraft
from functions.hooks.wiring import Deps, wire
from steward.edge.http import Api
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/hooks/sources"


@api.get(ROOT, permission="hook:view")
def list_sources(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[HookSource]:
    """The sources, without their secrets."""
    return deps.sources.list(after=cursor, limit=limit)


@api.post(ROOT, permission="hook:manage")
def create_source(draft: SourceDraft, *, deps: Deps) -> Opened:
    """A new source; a secret that Steward made is shown here and never again."""
    return sources.create(draft, sources=deps.sources, workshop=deps.workshop, now=deps.now)


@api.get(f"{ROOT}/<source_id>", permission="hook:view")
def get_source(source_id: str, *, deps: Deps) -> HookSource:
    """One source."""
    source = deps.sources.require(source_id)
    api.etag(deps.sources.version(source_id))
    return source


@api.delete(f"{ROOT}/<source_id>", permission="hook:manage")
def delete_source(source_id: str, *, deps: Deps) -> None:
    """Close a source's door."""
    source = deps.sources.require(source_id)
    api.check_match(deps.sources.version(source_id))
    sources.delete(source, sources=deps.sources, vault=deps.workshop.vault)


@api.post(f"{ROOT}/<source_id>/rotate", permission="hook:manage")
def rotate_source(source_id: str, fresh: FreshSecret, *, deps: Deps) -> Opened:
    """Another secret; the old one holds for 24 hours more."""
    return sources.rotate(
        deps.sources.require(source_id),
        fresh,
        sources=deps.sources,
        workshop=deps.workshop,
        now=deps.now,
    )

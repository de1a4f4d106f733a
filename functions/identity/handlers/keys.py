"""API keys, service accounts, and what everybody may do with their own, over HTTPS."""

from __future__ import annotations

from functions.identity.service import keys, services, sessions
from functions.identity.service.keys import (
    IssuedKey,
    KeyDraft,
    KeyRotation,
    KeyView,
    OwnKeyDraft,
)
from functions.identity.service.services import (
    IssuedService,
    Rotation,
    ServiceDraft,
    ServiceView,
)
from functions.identity.service.sessions import SessionView
from functions.identity.wiring import Deps, wire
from steward.edge.http import Api
from steward.identity.directory import Standing
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/identity"
KEY = f"{ROOT}/keys/<key_id>"
OWN = f"{ROOT}/self/keys"
SERVICE = f"{ROOT}/services/<service_id>"


@api.get(f"{ROOT}/keys", permission="key:view")
def list_keys(
    owner: str | None = None, cursor: str | None = None, limit: int = 50, *, deps: Deps
) -> Page[KeyView]:
    """The tenant's API keys, oldest first."""
    page = keys.find(desk=deps.desk, owner=owner, after=cursor, limit=limit)
    return Page(
        tuple(keys.view(key, now=deps.now, used=deps.used(key.hash)) for key in page.items),
        page.cursor,
    )


@api.post(f"{ROOT}/keys", permission="key:manage")
def create_key(draft: KeyDraft, *, deps: Deps) -> IssuedKey:
    """A new key of an owner or with a role; it is shown here and never again."""
    return keys.create(draft, tenant=deps.tenant, desk=deps.desk)


@api.get(KEY, permission="key:view")
def get_key(key_id: str, *, deps: Deps) -> KeyView:
    """One key."""
    key = keys.require(key_id, desk=deps.desk)
    api.etag(deps.register.keys.version(key.hash))
    return keys.view(key, now=deps.now, used=deps.used(key.hash))


@api.post(f"{KEY}/rotate", permission="key:manage")
def rotate_key(key_id: str, rotation: KeyRotation, *, deps: Deps) -> IssuedKey:
    """A new key in the place of an old one, which holds on for the overlap."""
    key = keys.require(key_id, desk=deps.desk)
    return keys.rotate(key, rotation, tenant=deps.tenant, desk=deps.desk)


@api.delete(KEY, permission="key:manage")
def revoke_key(key_id: str, *, deps: Deps) -> KeyView:
    """Refuse the key everywhere within a minute."""
    key = keys.require(key_id, desk=deps.desk)
    api.check_match(deps.register.keys.version(key.hash))
    return keys.revoke(key, desk=deps.desk)


@api.get(OWN, permission="self:view")
def list_own_keys(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[KeyView]:
    """The caller's own keys, oldest first."""
    owner = keys.check_principal(deps.caller.id)
    page = keys.find(desk=deps.desk, owner=owner, after=cursor, limit=limit)
    return Page(
        tuple(keys.view(key, now=deps.now, used=deps.used(key.hash)) for key in page.items),
        page.cursor,
    )


@api.post(OWN, permission="self:manage")
def create_own_key(draft: OwnKeyDraft, *, deps: Deps) -> IssuedKey:
    """A new key for oneself; it is shown here and never again."""
    return keys.create_own(draft, tenant=deps.tenant, desk=deps.desk)


@api.post(f"{OWN}/<key_id>/rotate", permission="self:manage")
def rotate_own_key(key_id: str, rotation: KeyRotation, *, deps: Deps) -> IssuedKey:
    """A new key in the place of an old one of one's own."""
    key = keys.require_own(key_id, desk=deps.desk)
    return keys.rotate(key, rotation, tenant=deps.tenant, desk=deps.desk)


@api.delete(f"{OWN}/<key_id>", permission="self:manage")
def revoke_own_key(key_id: str, *, deps: Deps) -> KeyView:
    """Refuse a key of one's own everywhere within a minute."""
    return keys.revoke(keys.require_own(key_id, desk=deps.desk), desk=deps.desk)


@api.get(f"{ROOT}/self/sessions", permission="self:view")
def list_own_sessions(*, deps: Deps) -> Page[SessionView]:
    """The caller's own browser sessions, newest first."""
    return Page(sessions.of(keys.check_principal(deps.caller.id), desk=deps.desk))


@api.delete(f"{ROOT}/self/sessions", permission="self:manage")
def end_own_sessions(*, deps: Deps) -> None:
    """Sign out everywhere: all sessions and tokens of before are refused."""
    sessions.end_all(keys.check_principal(deps.desk.who), desk=deps.desk)


@api.delete(f"{ROOT}/self/sessions/<session_id>", permission="self:manage")
def end_own_session(session_id: str, *, deps: Deps) -> None:
    """End one of one's own sessions."""
    sessions.end(keys.check_principal(deps.desk.who), session_id, desk=deps.desk)


@api.get(f"{ROOT}/services", permission="service:view")
def list_services(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[ServiceView]:
    """The service accounts by name, without their secrets."""
    page = deps.books.services.query(index="by_name", key="all", after=cursor, limit=limit)
    return Page(tuple(services.view(each, deps.tenant) for each in page.items), page.cursor)


@api.post(f"{ROOT}/services", permission="service:manage")
def create_service(draft: ServiceDraft, *, deps: Deps) -> IssuedService:
    """A new service account; its secret is shown here and never again."""
    return services.create(draft, id_=deps.fresh_id, tenant=deps.tenant, desk=deps.desk)


@api.get(SERVICE, permission="service:view")
def get_service(service_id: str, *, deps: Deps) -> ServiceView:
    """One service account."""
    service = services.require(service_id, deps.desk)
    api.etag(deps.books.services.version(service_id))
    return services.view(service, deps.tenant)


@api.put(SERVICE, permission="service:manage")
def change_service(service_id: str, change: ServiceDraft, *, deps: Deps) -> ServiceView:
    """Another name, and other grants in the place of all there are."""
    api.check_match(deps.books.services.version(service_id))
    return services.view(services.change(service_id, change, desk=deps.desk), deps.tenant)


@api.post(f"{SERVICE}/rotate", permission="service:manage")
def rotate_service(service_id: str, rotation: Rotation, *, deps: Deps) -> IssuedService:
    """A new secret, good at once; the old one holds on for the overlap."""
    return services.rotate(service_id, rotation, tenant=deps.tenant, desk=deps.desk)


@api.post(f"{SERVICE}/suspend", permission="service:manage")
def suspend_service(service_id: str, *, deps: Deps) -> ServiceView:
    """Let the service in no more, until resumed."""
    after = services.stand(service_id, Standing.SUSPENDED, desk=deps.desk)
    return services.view(after, deps.tenant)


@api.post(f"{SERVICE}/resume", permission="service:manage")
def resume_service(service_id: str, *, deps: Deps) -> ServiceView:
    """Let the service in again."""
    after = services.stand(service_id, Standing.ACTIVE, desk=deps.desk)
    return services.view(after, deps.tenant)


@api.delete(SERVICE, permission="service:manage")
def delete_service(service_id: str, *, deps: Deps) -> None:
    """Shut the service out for good; its keys go after it."""
    api.check_match(deps.books.services.version(service_id))
    services.delete(service_id, desk=deps.desk, post=deps.post)

"""Service accounts: made, changed, shut out, and their secrets rotated with an overlap."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.identity.model.names import shown_name
from functions.identity.model.privileges import MAX_GRANTS
from functions.identity.model.services import Service, client_id, new_client_secret
from functions.identity.ports import Post
from functions.identity.service.standing import Desk, check_charge, keep
from steward.contracts.identity import UserDeleted
from steward.errors import NotFound
from steward.identity import Grant
from steward.identity.directory import Standing

MAX_OVERLAP_HOURS = 24 * 30


class ServiceDraft(BaseModel):
    """What it takes to make, or to change, a service account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    grants: Annotated[tuple[Grant, ...], Field(max_length=MAX_GRANTS)] = ()


class Rotation(BaseModel):
    """How long the old secret holds beside the new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24


class SecretView(BaseModel):
    """A secret as it is shown: never itself."""

    model_config = ConfigDict(frozen=True)

    hint: str
    created_at: AwareDatetime
    retires_at: AwareDatetime | None


class ServiceView(BaseModel):
    """A service account as it is shown."""

    model_config = ConfigDict(frozen=True)

    id: str
    client_id: str
    name: str
    standing: Standing
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]
    secrets: tuple[SecretView, ...]
    created_at: AwareDatetime
    created_by: str


class IssuedService(BaseModel):
    """A service account and its newest secret, which is never shown again."""

    model_config = ConfigDict(frozen=True)

    service: ServiceView
    client_secret: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


def create(draft: ServiceDraft, *, id_: str, tenant: str, desk: Desk) -> IssuedService:
    """A new service account with its first secret.

    Raises:
        Denied: a grant is not the caller's to give.
    """
    desk.authority.check_grants(draft.grants)
    forged = new_client_secret(desk.now)
    service = Service(
        id=f"service:{id_}",
        name=shown_name(draft.name, what="service name"),
        grants=draft.grants,
        secrets=(forged.kept,),
        created_at=desk.now,
        created_by=desk.who,
    )
    keep(service, desk.books, desk.register)
    return IssuedService(service=view(service, tenant), client_secret=forged.plaintext)


def change(service_id: str, wanted: ServiceDraft, *, desk: Desk) -> Service:
    """The service with another name and other grants.

    Raises:
        Denied: it holds, or would hold, more than the caller.
    """
    service = require(service_id, desk)
    check_charge(service, desk)
    desk.authority.check_grants(wanted.grants)
    name = shown_name(wanted.name, what="service name")
    after = service.model_copy(update={"name": name, "grants": wanted.grants})
    keep(after, desk.books, desk.register)
    return after


def rotate(service_id: str, rotation: Rotation, *, tenant: str, desk: Desk) -> IssuedService:
    """A new secret, good at once; the old one holds until the overlap ends.

    Raises:
        Denied: the service holds more than the caller, who would get at that by its secret.
    """
    service = require(service_id, desk)
    check_charge(service, desk)
    forged = new_client_secret(desk.now)
    after = service.rotated(forged.kept, overlap=timedelta(hours=rotation.overlap_hours))
    keep(after, desk.books, desk.register)
    return IssuedService(service=view(after, tenant), client_secret=forged.plaintext)


def stand(service_id: str, standing: Standing, *, desk: Desk) -> Service:
    """The service, suspended or let in again.

    Raises:
        Denied: it holds more than the caller.
    """
    service = require(service_id, desk)
    check_charge(service, desk)
    after = service.model_copy(update={"standing": standing})
    keep(after, desk.books, desk.register)
    return after


def delete(service_id: str, *, desk: Desk, post: Post) -> None:
    """Shut the service out for good; its keys and memberships go after it.

    Raises:
        Denied: it holds more than the caller.
    """
    service = require(service_id, desk)
    check_charge(service, desk)
    gone = {"standing": Standing.DELETED, "secrets": (), "grants": ()}
    keep(service.model_copy(update=gone), desk.books, desk.register)
    post.publish(UserDeleted(principal=service.id))


def require(service_id: str, desk: Desk) -> Service:
    """The service, which is not deleted.

    Raises:
        NotFound: there is none of that id.
    """
    service = desk.books.services.get(service_id)
    if service is None or service.standing is Standing.DELETED:
        raise NotFound(f"service {service_id[:80]!r}: not found; list them to see the ids")
    return service


def view(service: Service, tenant: str) -> ServiceView:
    """The service without its hashes."""
    return ServiceView(
        id=service.id,
        client_id=client_id(tenant, service.id),
        name=service.name,
        standing=service.standing,
        grants=service.grants,
        groups=service.groups,
        secrets=tuple(SecretView(**secret.model_dump()) for secret in service.secrets),
        created_at=service.created_at,
        created_by=service.created_by,
    )

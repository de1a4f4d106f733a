"""API keys over HTTPS: issued within what the caller holds, rotated with an overlap, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from functions.identity.model.names import shown_name
from functions.identity.model.privileges import MAX_SCOPES
from functions.identity.service.standing import Desk, check_charge, effective, holder_of
from steward.errors import BadInput, Denied, NotFound
from steward.identity import Grant, Role
from steward.identity.directory import ApiKey, new_key
from steward.store.collection import Page

MAX_DAYS = 3650
MAX_OVERLAP_HOURS = 24 * 30
ID_LENGTH = 12

_Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
_Scopes = Annotated[tuple[str, ...], Field(max_length=MAX_SCOPES)]


class OwnKeyDraft(BaseModel):
    """A key for oneself: it holds what its owner holds, within its scopes if it names some."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    scopes: _Scopes = ()
    days: _Days | None = None


class KeyDraft(OwnKeyDraft):
    """A key of an ``owner``, or one with a ``role`` of its own in the whole tenant."""

    owner: str | None = None
    role: Role | None = None


class KeyRotation(BaseModel):
    """How long the old key holds beside the new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24


class KeyView(BaseModel):
    """A key as it is shown: never itself."""

    model_config = ConfigDict(frozen=True)

    id: str
    hint: str
    name: str
    owner: str
    role: Role | None
    scopes: tuple[str, ...]
    state: Literal["valid", "retiring", "revoked", "expired"]
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    replaces: str
    last_used_at: AwareDatetime | None = None


class IssuedKey(BaseModel):
    """A key, which is never shown again, and what is kept of it."""

    model_config = ConfigDict(frozen=True)

    key: KeyView
    plaintext: Annotated[str | None, Field(json_schema_extra={"x-shown-once": True})] = None


def create(draft: KeyDraft, *, tenant: str, desk: Desk) -> IssuedKey:
    """A new key.

    Raises:
        BadInput: it names both an owner and a role, or neither; or an expiry that is past.
        Denied: it would hold more than the caller, or be another person's.
    """
    if (draft.owner is None) == (draft.role is None):
        raise BadInput("key: name either an owner or a role")
    if draft.owner is not None:
        _check_not_silent(draft.owner, desk)
        check_charge(holder_of(draft.owner, desk.books), desk)
    else:
        desk.authority.check_grants((Grant(role=draft.role or Role.VIEWER),))
    return _issue(draft, tenant=tenant, owner=draft.owner or "", role=draft.role, desk=desk)


def create_own(draft: OwnKeyDraft, *, tenant: str, desk: Desk) -> IssuedKey:
    """A new key for the caller.

    Raises:
        Denied: the caller is no user or service account, so that the key would have no owner.
    """
    holder = holder_of(check_principal(desk.who), desk.books)
    return _issue(draft, tenant=tenant, owner=holder.id, role=None, desk=desk)


def rotate(key: ApiKey, rotation: KeyRotation, *, tenant: str, desk: Desk) -> IssuedKey:
    """A key that takes the place of another: good at once, while the old one holds on for a time.

    Raises:
        BadInput: the old one holds no more.
        Denied: the key holds more than the caller, or is another person's or a borrowed one.
    """
    if view(key, now=desk.now).state != "valid":
        raise BadInput(f"key {key.hash[:ID_LENGTH]}: holds no more; make a new one")
    check_key(key, desk)
    plaintext, fresh = new_key(tenant=tenant, role=key.role, name=key.name, now=desk.now)
    life = None if key.expires_at is None else key.expires_at - key.created_at
    kept = fresh.model_copy(
        update={
            "owner": key.owner,
            "scopes": key.scopes,
            "created_by": desk.who,
            "replaces": key.hash[:ID_LENGTH],
            "expires_at": None if life is None else desk.now + life,
        }
    )
    desk.register.keys.add(kept)
    retired = desk.now + timedelta(hours=rotation.overlap_hours)
    desk.register.keys.put(key.model_copy(update={"revoked_at": retired}))
    return IssuedKey(key=view(kept, now=desk.now), plaintext=plaintext)


def revoke(key: ApiKey, *, desk: Desk) -> KeyView:
    """The key, refused everywhere within a minute; taking away needs no rights but the route's."""
    after = key.model_copy(update={"revoked_at": min(desk.now, key.revoked_at or desk.now)})
    desk.register.keys.put(after)
    return view(after, now=desk.now)


def require(id_: str, *, desk: Desk) -> ApiKey:
    """The one key whose hash begins so.

    Raises:
        NotFound: there is none.
    """
    page = desk.register.keys.query(index="by_id", key=id_[:ID_LENGTH], limit=2)
    if len(page.items) != 1 or len(id_) != ID_LENGTH:
        raise NotFound(f"key {id_[:40]!r}: not found; list them to see the ids")
    return desk.register.keys.require(page.items[0].hash)


def require_own(id_: str, *, desk: Desk) -> ApiKey:
    """The caller's own key of that id.

    Raises:
        NotFound: the caller has none.
    """
    key = require(id_, desk=desk)
    if key.owner != check_principal(desk.who):
        raise NotFound(f"key {id_[:40]!r}: not one of yours; list them to see the ids")
    return key


def find(*, desk: Desk, owner: str | None, after: str | None, limit: int) -> Page[ApiKey]:
    """Keys, oldest first; of one owner, or all."""
    keys = desk.register.keys
    if owner is not None:
        return keys.query(index="by_owner", key=owner, after=after, limit=limit)
    return keys.query(index="by_age", key="all", after=after, limit=limit)


def check_principal(who: str) -> str:
    """The caller's id, which is a principal's.

    Raises:
        Denied: it is a key of its own or the operator.
    """
    if not who.startswith(("user:", "service:")):
        raise Denied(f"{who}: is no user or service account; sign in as one")
    return who


def check_key(key: ApiKey, desk: Desk) -> None:
    """Refuse whoever holds less than the key.

    Raises:
        Denied: they do.
    """
    desk.authority.check_own()
    if key.on_behalf_of:
        raise Denied(f"key {key.hash[:ID_LENGTH]}: is of a borrowed identity; borrow it again")
    if key.owner:
        if key.owner != desk.who:
            _check_not_silent(key.owner, desk)
            desk.authority.check_grants(effective(holder_of(key.owner, desk.books), desk.books))
    else:
        desk.authority.check_grants((Grant(role=key.role),))
    if key.scopes or desk.authority.scopes is not None:
        desk.authority.check_scopes(key.scopes)


def view(key: ApiKey, *, now: datetime, used: datetime | None = None) -> KeyView:
    """The key without its hash."""
    return KeyView(
        id=key.hash[:ID_LENGTH],
        hint=key.hint,
        name=key.name,
        owner=key.owner,
        role=None if key.owner else key.role,
        scopes=key.scopes,
        state=_state(key, now),
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        replaces=key.replaces,
        last_used_at=used,
    )


def _state(key: ApiKey, now: datetime) -> Literal["valid", "retiring", "revoked", "expired"]:
    if key.revoked_at is not None and key.revoked_at <= now:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "valid" if key.revoked_at is None else "retiring"


def _check_not_silent(owner: str, desk: Desk) -> None:
    # Whoever is handed another person's key is that person, with nobody on record behind them.
    if owner.startswith("user:") and owner != desk.who:
        raise Denied(f"{owner}: makes their own keys; to act as them, impersonate them")


def _issue(
    draft: OwnKeyDraft, *, tenant: str, owner: str, role: Role | None, desk: Desk
) -> IssuedKey:
    desk.authority.check_own()
    if draft.scopes or desk.authority.scopes is not None:
        desk.authority.check_scopes(draft.scopes)
    name = shown_name(draft.name, what="key name")
    # A key of an owner holds what the owner does; its role is then the least there is.
    plaintext, fresh = new_key(tenant=tenant, role=role or Role.VIEWER, name=name, now=desk.now)
    kept = fresh.model_copy(
        update={
            "owner": owner,
            "scopes": tuple(dict.fromkeys(draft.scopes)),
            "created_by": desk.who,
            "expires_at": None if draft.days is None else desk.now + timedelta(days=draft.days),
        }
    )
    desk.register.keys.add(kept)
    return IssuedKey(key=view(kept, now=desk.now), plaintext=plaintext)
